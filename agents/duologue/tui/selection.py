"""What is selected in the talk: from one cell to another, wherever these come to lie."""

from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

SELECTED: Final = Style(reverse=True)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A cell of the talk: the first event of its row, the line in the row, the column."""

    seq: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Selection:
    """From where the button was pressed to where it is now; either may be the earlier one."""

    anchor: Place
    head: Place

    @property
    def first(self) -> Place:
        """The earlier of the two."""
        return min(self.anchor, self.head)

    @property
    def last(self) -> Place:
        """The later of the two, which is selected too."""
        return max(self.anchor, self.head)

    def span(self, seq: int, line: int, width: int) -> tuple[int, int] | None:
        """From which column up to which the line is selected, whose width that is; None where it is not."""
        first, last = self.first, self.last
        if not (first.seq, first.line) <= (seq, line) <= (last.seq, last.line):
            return None
        start = first.column if (seq, line) == (first.seq, first.line) else 0
        end = last.column + 1 if (seq, line) == (last.seq, last.line) else width
        return min(start, width), min(end, width)


def marked(strip: Strip, start: int, end: int) -> Strip:
    """The strip with these columns shown as selected."""
    width = strip.cell_length
    chosen = strip.crop(start, end)
    parts = (strip.crop(0, start), Strip(_reversed(chosen)), strip.crop(end, max(width, end)))
    return Strip.join(parts)


def _reversed(strip: Strip) -> list[Segment]:
    return [Segment(text, (style or Style()) + SELECTED) for text, style, _ in strip]
