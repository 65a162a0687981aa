"""A question that is answered with a line of text."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from duologue.display import display_safe
from duologue.tui.frame import field_frame
from duologue.tui.keymap import helped, hint, named
from duologue.tui.line import Line
from duologue.tui.room import is_low

Check = Callable[[str], str | None]
"""What is wrong with an answer, in one sentence; None where nothing is."""


class LineScreen(ModalScreen[str | None]):
    """A line of text, or None where none was given. What `check` objects to is said, and asked again."""

    DEFAULT_CSS = (
        field_frame("LineScreen")
        + """
    LineScreen.-low Vertical { border: none; border-bottom: round $primary; }
    LineScreen.-low Static { max-height: 3; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = named(
        [Binding("escape", "dismiss", "close"), helped("f1")], scope="line"
    )

    def __init__(self, question: str, value: str = "", check: Check = lambda _: None) -> None:
        super().__init__()
        self._question, self._value, self._check = display_safe(question), value, check

    def compose(self) -> ComposeResult:
        """The question with its field."""
        with Vertical():
            yield Static(self._question, markup=False)
            yield Line(display_safe(self._value, newlines=False))

    def on_mount(self) -> None:
        """Say which keys answer."""
        self.query_one(Vertical).border_subtitle = hint(
            self, "enter takes it · {close} closes", "⏎ · {close}"
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the line, unless something is wrong with it."""
        event.stop()
        if not self.is_current:
            return  # it was sent by the key before
        answer = event.value.strip()
        wrong = self._check(answer)
        if wrong is None:
            self.dismiss(answer)
        else:
            before = "" if is_low(self) else f"{self._question}\n"
            self.query_one(Static).update(before + display_safe(wrong))
