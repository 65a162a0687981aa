"""A question that is answered with yes or no, by a key and by nothing else."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.display import display_safe
from duologue.tui.frame import text_frame
from duologue.tui.keymap import helped, hint, named


class ConfirmScreen(ModalScreen[bool]):
    """True for yes. Only `y` means it; the mouse answers nothing, and enter and escape are no.

    `text` is shown raw, and can be scrolled where it is long.
    """

    DEFAULT_CSS = text_frame("ConfirmScreen", border="$warning")
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("y", "answer(True)", "yes"),
            Binding("n,enter,escape,q", "answer(False)", "no"),
            helped(),
        ],
        scope="confirm",
    )

    def __init__(self, title: str, text: str, *, yes: str = "yes", no: str = "no") -> None:
        super().__init__()
        self._title, self._text = title, text
        self._keys = f"{{yes}} {yes} · {{no}} {no}"

    def compose(self) -> ComposeResult:
        """The text in a frame."""
        with VerticalScroll() as frame:
            frame.border_title = self._title
            yield Static(display_safe(self._text), markup=False)

    def on_mount(self) -> None:
        """Say which keys answer."""
        self.query_one(VerticalScroll).border_subtitle = hint(self, self._keys)

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)
