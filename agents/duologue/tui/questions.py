"""Questions: one that is answered by y, and one that is answered with a line of text."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from duologue.display import display_safe
from duologue.tui.keymap import helped, hint, named
from duologue.tui.line import Line

Check = Callable[[str], str | None]
"""What is wrong with an answer, in one sentence; None where nothing is."""


class YesScreen(ModalScreen[bool]):
    """True where y was typed, and only then."""

    DEFAULT_CSS = """
    YesScreen { align: center middle; }
    YesScreen Static {
        width: auto; max-width: 90%; height: auto; border: round $warning; padding: 0 1; background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("y", "answer(True)", "yes"),
            Binding("n,escape,q,enter", "answer(False)", "no"),
            helped(),
        ],
        scope="yes",
    )

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = display_safe(question)

    def compose(self) -> ComposeResult:
        """The question."""
        yield Static(self._question, markup=False)

    def on_mount(self) -> None:
        """Say which keys answer."""
        keys = hint(self, "{yes} yes   {no} no")
        self.query_one(Static).update(f"{self._question}\n\n{keys}")

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)


class LineScreen(ModalScreen[str | None]):
    """A line of text, or None where none was given. What `check` objects to is said, and asked again."""

    DEFAULT_CSS = """
    LineScreen { align: center bottom; }
    LineScreen Vertical {
        width: 100%; max-width: 84; height: auto; border: round $primary; padding: 0 1; background: $surface;
    }
    LineScreen Static { height: auto; }
    """
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
            self.query_one(Static).update(f"{self._question}\n{display_safe(wrong)}")
