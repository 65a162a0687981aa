"""The dialogs whose keys can be set."""

from typing import Final

from textual.dom import DOMNode

from duologue.tui.confirm import ConfirmScreen
from duologue.tui.evidence import EvidenceScreen
from duologue.tui.export import ExportScreen
from duologue.tui.jump import JumpScreen
from duologue.tui.links_screen import LinksScreen
from duologue.tui.overlay import Overlay
from duologue.tui.park import ParkScreen
from duologue.tui.questions import LineScreen
from duologue.tui.raise_limit import RaiseLimitScreen
from duologue.tui.review import ReviewScreen
from duologue.tui.write import WriteScreen

TYPED: Final[tuple[type[DOMNode], ...]] = (ExportScreen, LineScreen, WriteScreen)
"""Those in which characters are text, and no keys."""
DIALOGS: Final[tuple[type[DOMNode], ...]] = (
    ConfirmScreen,
    EvidenceScreen,
    JumpScreen,
    LinksScreen,
    Overlay,
    ParkScreen,
    RaiseLimitScreen,
    ReviewScreen,
    *TYPED,
)
