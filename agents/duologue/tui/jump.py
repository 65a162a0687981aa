"""Where to? The number of a turn."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input


class JumpScreen(ModalScreen[int | None]):
    """The number of a turn, or None where it was closed."""

    DEFAULT_CSS = """
    JumpScreen { align: center bottom; }
    JumpScreen Input { width: 100%; max-width: 40; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close")]

    def __init__(self, last: int) -> None:
        super().__init__()
        self._last = last

    def compose(self) -> ComposeResult:
        """A field for digits."""
        field = Input(restrict=r"\d*", max_length=7)
        field.border_title = f"go to turn (1 to {self._last})"
        yield field

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the number."""
        self.dismiss(int(event.value) if event.value.isdecimal() else None)
