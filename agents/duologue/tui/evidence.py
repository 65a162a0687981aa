"""From a criterion to the words that it rests on."""

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from duologue.record.parts import Evidence
from duologue.record.view import RunView
from duologue.tui.choice import ChoiceScreen, choosing
from duologue.tui.palette import SIGNS, Palette
from duologue.tui.strips import words


class EvidenceScreen(ChoiceScreen[Evidence]):
    """The criteria with their quotes, of which one is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = choosing("evidence", "e", "go there")

    def __init__(self, view: RunView, palette: Palette) -> None:
        self._criteria = list(view.criteria.values())
        self._palette = palette
        super().__init__([quote for known in self._criteria for quote in known.evidence])

    def compose(self) -> ComposeResult:
        """A line a row."""
        yield VerticalScroll(*(Static(markup=False) for _ in self._lines()))

    def on_mount(self) -> None:
        """Show them, with the keys."""
        self.tell("evidence", "goes to the quote", "go")
        self.show()

    def show(self) -> None:
        """Show them anew, the chosen one in sight."""
        for row, (line, chosen) in zip(self.query(Static), self._lines(), strict=True):
            row.update(line)
            if chosen:
                row.scroll_visible(animate=False)

    def _lines(self) -> Iterator[tuple[Text, bool]]:
        """The lines, and whether it is the chosen quote."""
        if not self.given:
            yield Text("No verdict has quoted anything yet."), False
            return
        number = 0
        for known in self._criteria:
            style = self._palette.state(known.state)
            yield Text(f"{SIGNS[known.state]} ", style).append_text(words(known.criterion.text)), False
            for quote in known.evidence:
                chosen = number == self.chosen
                line = words(f"  “{quote.quote.strip()}” {quote.where}")
                line.stylize("reverse" if chosen else "italic")
                yield line, chosen
                number += 1
