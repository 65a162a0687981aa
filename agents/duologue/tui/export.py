"""Where a run is saved to, in which form, and whether what is private is replaced."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.display import display_safe
from duologue.tui.frame import field_frame
from duologue.tui.keymap import helped, hint, named
from duologue.tui.line import Line
from duologue.tui.room import is_low

_QUESTION: Final = "Save the run as a web page (.html), Markdown (.md) or messages (.jsonl):"
_ENDINGS: Final = (".html", ".htm", ".md", ".markdown", ".jsonl")
_HOW: Final = ("as it is", "redacted: secrets, keys, cards, e-mail addresses, user names")
_KEYS: Final = "{send} save · {next_choice} redact or not · {close} cancel"
_FEW: Final = "{send} save · {next_choice} how · {close} cancel"


@dataclass(frozen=True, slots=True)
class Export:
    """The file, and whether what is private is replaced in it."""

    output: Path
    redact: bool


class ExportScreen(ModalScreen[Export | None]):
    """Where to, or None where the person would rather not. A file that is there is not written over."""

    DEFAULT_CSS = (
        field_frame("ExportScreen")
        + """
    ExportScreen.-low #question { display: none; }
    ExportScreen.-low #how { max-height: 1; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            # Before the field's own.
            Binding("enter", "send", "save it", id="send", priority=True),
            Binding("tab", "turn", "redact, or not", id="next_choice", priority=True),
            Binding("escape", "dismiss", "cancel", id="close"),
            helped("f1"),
        ],
        scope="export",
    )

    def __init__(self, name: str, redact: bool) -> None:
        super().__init__()
        self._redact = redact
        self._field = Line(display_safe(name, newlines=False))
        self._how, self._keys = Static(id="how", markup=False), Static(markup=False)

    def compose(self) -> ComposeResult:
        """The question with its field, how it is saved, the keys."""
        with Vertical():
            yield Static(_QUESTION, id="question", markup=False)
            yield self._field
            yield self._how
            yield self._keys

    def on_mount(self) -> None:
        """Show what stands."""
        self._field.focus()
        self._show()

    def _show(self, wrong: str = "") -> None:
        line = Text()
        for place, how in enumerate(_HOW):
            if place != self._redact and is_low(self):
                continue
            chosen = place == self._redact
            line.append("▸" if chosen else " ", "bold" if chosen else "")
            line.append(how, "bold underline" if chosen else "dim").append(" ")
        self._how.update(line)
        self._keys.update(
            Text(display_safe(wrong)) if wrong else Text(hint(self, _FEW if is_low(self) else _KEYS), "dim")
        )

    def action_turn(self) -> None:
        """Redact it, or save it as it is."""
        self._redact = not self._redact
        self._show()

    def action_send(self) -> None:
        """Close with the file, unless something is wrong with it."""
        # After what was typed before it, as the key comes before the field's own.
        self._field.call_later(self._send)

    def _send(self) -> None:
        if not self.is_current:
            return  # it was sent by the key before
        told = self._field.value.strip()
        output = Path(os.path.expanduser(told))
        if not told:
            self._show("It needs a name.")
        elif output.suffix.lower() not in _ENDINGS:
            self._show("The name ends in .html, .md or .jsonl.")
        elif os.path.exists(output):
            self._show("There is a file of that name.")
        else:
            self.dismiss(Export(output, self._redact))
