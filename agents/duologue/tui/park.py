"""The question that is asked before a run is left."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static


class ParkScreen(ModalScreen[bool]):
    """True where the run is to be parked."""

    DEFAULT_CSS = """
    ParkScreen { align: center middle; }
    ParkScreen Static {
        width: auto; max-width: 90%; height: auto;
        border: round $warning; padding: 0 1; background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "Park"),
        Binding("n,escape,q", "answer(False)", "Go on"),
    ]

    def compose(self) -> ComposeResult:
        """The question."""
        yield Static("Park this run? It can be resumed.\n\ny park   n go on", markup=False)

    def action_answer(self, park: bool) -> None:
        """Close with the answer."""
        self.dismiss(park)
