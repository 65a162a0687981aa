"""Where to? The number of a turn."""

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.tui.keymap import helped, hint, named

_MOST_DIGITS: Final = 7


class JumpScreen(ModalScreen[int | None]):
    """The number of a turn, or None where none was given.

    The screen takes the digits itself: a field would miss those typed before it has the focus.
    """

    DEFAULT_CSS = """
    JumpScreen { align: center bottom; }
    JumpScreen Static {
        width: auto; height: auto; border: round $primary; padding: 0 1; background: $surface;
    }
    JumpScreen.-low Static { border: none; border-bottom: round $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("enter", "go", "go there", id="choose"),
            Binding("backspace", "erase", "take back a digit", id="erase"),
            Binding("escape,q", "dismiss", "close"),
            helped(),
        ],
        scope="jump",
    )

    def __init__(self, last: int) -> None:
        super().__init__()
        self._digits = ""
        self._last = last
        self._prompt = Static(self._words(), markup=False)

    def compose(self) -> ComposeResult:
        """The prompt."""
        yield self._prompt

    def on_mount(self) -> None:
        """Say which keys answer."""
        self._prompt.border_subtitle = hint(
            self, "{choose} goes there · {close} closes", "{choose} · {close}"
        )

    def _words(self) -> str:
        return f"go to turn (1 to {self._last}): {self._digits}▌"

    def _type(self, digits: str) -> None:
        self._digits = digits[:_MOST_DIGITS]
        self._prompt.update(self._words())

    def on_key(self, event: events.Key) -> None:
        """Take a digit."""
        if event.character is not None and event.character in "0123456789":
            event.stop()
            self._type(self._digits + event.character)

    def action_erase(self) -> None:
        """Take the last digit back."""
        self._type(self._digits[:-1])

    def action_go(self) -> None:
        """Close with the number."""
        self.dismiss(int(self._digits) if self._digits else None)
