"""The run in one line: a cell a turn, or a stretch of turns where there are more of them than columns."""

from collections.abc import Callable
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from duologue.tui.chronicle import SIGNS, Chronicle
from duologue.tui.palette import DARK, Palette

_BARS: Final = "▁▂▃▄▅▆▇█"


class Cells(Widget, can_focus=False):
    """Shows where in the run one is, and what stands out where; a click goes there."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Cells { height: 1; background: $panel; }"

    def __init__(self, go: Callable[[int], None]) -> None:
        super().__init__()
        self._go = go
        self._chronicle = Chronicle()
        self._turns = 0
        self._turn = 0
        self._palette = DARK
        self._shown: object = None

    def show(self, chronicle: Chronicle, turn: int, turns: int, palette: Palette) -> None:
        """Show the run with that turn as the present one, of so many; drawn anew only where that changed."""
        shown = (turn, turns, chronicle.version, palette)
        self._chronicle, self._turn, self._turns, self._palette = chronicle, turn, turns, palette
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def turns_at(self, cell: int) -> tuple[int, int]:
        """The first and the last turn that the cell stands for."""
        count = max(min(self._turns, self.size.width), 1)
        return cell * self._turns // count + 1, max((cell + 1) * self._turns // count, 1)

    def render_line(self, y: int) -> Strip:
        """The line."""
        count = min(self._turns, self.size.width)
        return Strip([self._segment(*self.turns_at(cell)) for cell in range(count)]).extend_cell_length(
            self.size.width, self.rich_style
        )

    def _segment(self, first: int, last: int) -> Segment:
        sign, style = self._sign(self._chronicle.flags(first, last), first)
        if first <= self._turn <= last:
            style += Style(reverse=True)
        elif first > self._turn:
            style += self._palette.faint
        return Segment(sign, self.rich_style + style)

    def _sign(self, flags: int, first: int) -> tuple[str, Style]:
        palette = self._palette
        for name, sign, style in (
            ("done", "✓", palette.good),
            ("control", "⏎", palette.warn),
            ("failure", "✗", palette.bad),
            ("guard", "!", palette.warn),
            ("verdict", "◆", palette.judge),
        ):
            if flags & SIGNS[name]:  # type: ignore[index]  # the names are those of SIGNS
                return sign, style
        if first > len(self._chronicle):
            return "·", palette.faint  # not counted yet
        return "━", palette.user if self._chronicle.by_user(first) else palette.assistant

    def on_click(self, event: events.Click) -> None:
        """Go to the cell's last turn."""
        if self._turns and event.x < min(self._turns, self.size.width):
            self._go(self.turns_at(event.x)[1])

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Scrub: with the button held, go along."""
        if event.button == 1 and self._turns and 0 <= event.x < min(self._turns, self.size.width):
            self._go(self.turns_at(event.x)[1])


def sparkline(values: list[int], most: int, width: int) -> str:
    """The last values as bars, as many as there is room for."""
    top = max(most, 1)
    return "".join(_BARS[min(value * (len(_BARS) - 1) // top, len(_BARS) - 1)] for value in values[-width:])
