"""The question that is asked before a run is left."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.tui.keymap import helped, hint, named


class ParkScreen(ModalScreen[bool]):
    """True where the run is to be parked."""

    DEFAULT_CSS = """
    ParkScreen { align: center middle; }
    ParkScreen Static {
        width: auto; max-width: 90%; height: auto;
        border: round $warning; padding: 0 1; background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("y,enter", "answer(True)", "park", id="yes"),
            Binding("n,escape,q", "answer(False)", "go on", id="no"),
            helped(),
        ],
        scope="park",
    )

    def compose(self) -> ComposeResult:
        """The question."""
        yield Static("Park this run? It can be resumed.", markup=False)

    def on_mount(self) -> None:
        """Say which keys answer."""
        keys = hint(self, "{yes} park   {no} go on")
        self.query_one(Static).update(f"Park this run? It can be resumed.\n\n{keys}")

    def action_answer(self, park: bool) -> None:
        """Close with the answer."""
        self.dismiss(park)
