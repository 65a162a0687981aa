"""A question that is answered in the person's own words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.display import display_safe
from duologue.record.control import MOST_CHARACTERS
from duologue.tui.keymap import helped, hint, named

_KEYS: Final = "{{send}} {deed} · {{new_line}} new line · {{close}} cancel"
Drafts = dict[str, str]
"""What was being written as a dialog was closed, by what it was written for."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the person wrote; `choice` is the one of the choices that stood when it was sent, or empty."""

    text: str
    choice: str = ""


class WriteScreen(ModalScreen[Written | None]):
    """Asks for a text; None where the person would rather not.

    `shown` stands above it, as raw text; `choices` are gone through with tab; `deed` is what enter does;
    without a text it is refused in the words of `needed`, where there are some. What is written is kept in
    `drafts`, under `draft` or the title, where the person cancels, and stands there again the next time.
    """

    DEFAULT_CSS = """
    WriteScreen { align: center bottom; }
    WriteScreen Vertical {
        width: 100%; max-width: 100; height: auto; max-height: 100%;
        border: round $primary; padding: 0 1; background: $surface;
    }
    WriteScreen Static { height: auto; }
    WriteScreen VerticalScroll { height: auto; max-height: 50vh; scrollbar-size-vertical: 1; }
    WriteScreen.-low #whom, WriteScreen.-low VerticalScroll { max-height: 1; }
    WriteScreen.-low Entry { max-height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            # Before the field's own.
            Binding("enter", "send", "send it", id="send", priority=True),
            Binding("ctrl+j,shift+enter,alt+enter", "new_line", "a new line", id="new_line", priority=True),
            Binding("tab", "turn", "the next choice", id="next_choice", priority=True),
            Binding("pageup", "page(-1)", "scroll up", id="scroll_page_up", priority=True),
            Binding("pagedown", "page(1)", "scroll down", id="scroll_page_down", priority=True),
            Binding("escape", "cancel", "cancel; the text is kept", id="close"),
            helped("f1"),
        ],
        scope="write",
    )

    def __init__(
        self,
        title: str,
        *,
        deed: str = "send",
        text: str = "",
        shown: str = "",
        choices: Sequence[str] = (),
        needed: str = "",
        drafts: Drafts | None = None,
        draft: str = "",
    ) -> None:
        super().__init__()
        self._drafts = {} if drafts is None else drafts
        self._place, self._given = draft or title, text
        self._title, self._deed, self._needed = title, deed, needed
        self._shown, self._choices, self._choice = shown, choices, 0
        from duologue.tui.entry import Entry  # noqa: PLC0415 - the heaviest widget, seldom needed

        self._entry = Entry(self._drafts.get(self._place, text))
        self._whom = Static(id="whom", markup=False)
        self._hint = Static(markup=False)

    def compose(self) -> ComposeResult:
        """What is shown, the choices, the field, the keys."""
        with Vertical() as frame:
            frame.border_title = self._title
            if self._shown:
                with VerticalScroll(can_focus=False):
                    yield Static(display_safe(self._shown), markup=False)
            if self._choices:
                yield self._whom
            yield self._entry
            yield self._hint

    def on_mount(self) -> None:
        """Let the person write at once."""
        self._entry.focus()
        self._hint.update(hint(self, _KEYS.format(deed=self._deed)))
        self._show_choice()

    def _show_choice(self) -> None:
        line = Text("to ")
        for place, choice in enumerate(self._choices):
            chosen = place == self._choice
            line.append(f"{'▸' if chosen else ' '}{choice}", "bold underline" if chosen else "dim").append(
                " "
            )
        self._whom.update(line.append(hint(self, " ({next_choice})"), "dim"))

    def on_key(self, event: events.Key) -> None:
        """Take what was typed before the field had the focus."""
        if self.focused is not self._entry:
            self._entry.on_key(event)

    def action_page(self, by: int) -> None:
        """Scroll what is shown above the field."""
        for shown in self.query(VerticalScroll):
            shown.scroll_relative(y=by * max(shown.size.height - 1, 1), animate=False)

    def action_new_line(self) -> None:
        """Begin a line."""
        self._after_what_was_typed(self._entry.new_line)

    def action_cancel(self) -> None:
        """Close, and keep what was written."""
        text = self._entry.text
        if text.strip() and text != self._given:
            self._drafts[self._place] = text
        else:
            self._drafts.pop(self._place, None)
        self.dismiss(None)

    @property
    def keeps(self) -> bool:
        """Whether what was written is kept."""
        return self._place in self._drafts

    def action_turn(self) -> None:
        """Take the next choice."""
        if self._choices:
            self._choice = (self._choice + 1) % len(self._choices)
            self._show_choice()

    def action_send(self) -> None:
        """Close with what was written, or say what is wrong with it."""
        self._after_what_was_typed(self._send)

    def _after_what_was_typed(self, act: Callable[[], None]) -> None:
        """These keys come before the field's own, and would overtake what is typed, or sent, in one go."""
        self._entry.call_later(act)

    def _send(self) -> None:
        if not self.is_current:
            return  # it was sent by the key before
        text = self._entry.text.strip()
        refusal = self._refusal(text)
        if refusal:
            self._hint.update(refusal)
        else:
            self._drafts.pop(self._place, None)
            self.dismiss(Written(text, self._choices[self._choice] if self._choices else ""))

    def _refusal(self, text: str) -> str:
        if not text:
            return self._needed and self._needed + hint(self, " · {close} cancel")
        if len(text) > MOST_CHARACTERS:
            return f"That is too long: {len(text):,} characters of at most {MOST_CHARACTERS:,}."
        return ""
