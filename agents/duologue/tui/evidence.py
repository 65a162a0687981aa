"""From a criterion to the words that it rests on."""

from collections.abc import Iterator
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.record.parts import Evidence
from duologue.record.view import RunView
from duologue.tui.keymap import helped, hint, named
from duologue.tui.palette import SIGNS, Palette
from duologue.tui.strips import words


class EvidenceScreen(ModalScreen[Evidence | None]):
    """The quote that was chosen, or None."""

    DEFAULT_CSS = """
    EvidenceScreen { align: center middle; }
    EvidenceScreen VerticalScroll {
        width: 90%; max-width: 84; height: auto; max-height: 90%;
        border: round $primary; padding: 0 1; background: $surface; scrollbar-size-vertical: 1;
    }
    EvidenceScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("escape,q,e", "dismiss", "close"),
            Binding("up,k", "move(-1)", "choose the one before", id="choose_previous", priority=True),
            Binding("down,j,tab", "move(1)", "choose the next", id="choose_next", priority=True),
            Binding("enter", "choose", "go there", id="choose", priority=True),
            helped(),
        ],
        scope="evidence",
    )

    def __init__(self, view: RunView, palette: Palette) -> None:
        super().__init__()
        self._criteria = list(view.criteria.values())
        self._quotes = [quote for known in self._criteria for quote in known.evidence]
        self._palette = palette
        self._chosen = 0

    def compose(self) -> ComposeResult:
        """The criteria with their quotes."""
        frame = VerticalScroll(Static(self._shown(), markup=False))
        yield frame

    def on_mount(self) -> None:
        """Say what enter does."""
        frame = self.query_one(VerticalScroll)
        frame.border_title = "evidence"
        frame.border_subtitle = hint(
            self, "{choose} goes to the quote · {close} closes", "{choose} go · {close}"
        )

    def _shown(self) -> RenderableType:
        return Group(*self._lines()) if self._quotes else Text("No verdict has quoted anything yet.")

    def _lines(self) -> Iterator[Text]:
        number = 0
        for known in self._criteria:
            style = self._palette.state(known.state)
            yield Text(f"{SIGNS[known.state]} ", style).append_text(words(known.criterion.text))
            for quote in known.evidence:
                line = words(f"  “{quote.quote.strip()}” {quote.where}")
                line.stylize("reverse" if number == self._chosen else "italic")
                yield line
                number += 1

    def action_move(self, by: int) -> None:
        """Choose the next or the previous quote."""
        if self._quotes:
            self._chosen = (self._chosen + by) % len(self._quotes)
            self.query_one(Static).update(self._shown())

    def action_choose(self) -> None:
        """Close with the quote."""
        self.dismiss(self._quotes[self._chosen] if self._quotes else None)
