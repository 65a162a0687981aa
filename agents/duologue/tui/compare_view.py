"""Two texts a row, side by side or one below the other; draws only the rows in sight."""

from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from duologue.record.comparison import Row
from duologue.record.wording import changed_spans
from duologue.tui.keymap import named
from duologue.tui.offsets import Offsets
from duologue.tui.palette import DARK, Palette
from duologue.tui.strips import paint, words
from duologue.tui.themes import palette_of

WIDE: Final = 100
"""Columns from which both sides stand beside each other."""
SIGNS: Final = ("−", "+")
"""The first run and the second."""
_GAP: Final = " │ "
_INDENT: Final = " "
_ROOMY: Final = 30
"""Columns from which the rows are set in."""
_NOTHING: Final = "–"


class CompareView(ScrollView, can_focus=True, inherit_bindings=False):
    """The rows of a comparison, which scroll together."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    CompareView {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("up,k", "line(-1)", "Up", show=False),
            Binding("down,j", "line(1)", "Down", show=False),
            Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
            Binding("pagedown,ctrl+f,space", "page(1)", "Page down", show=False),
            Binding("home,ctrl+home,g", "edge(0)", "Top", show=False),
            Binding("end,ctrl+end,G", "edge(1)", "Bottom", show=False),
        ],
        "scroll_",
    )

    def __init__(self, names: tuple[str, str]) -> None:
        super().__init__()
        self._names = names
        self._rows: list[Row] = []
        self._painted: dict[int, list[Strip]] = {}
        self._offsets = Offsets()
        self._look: tuple[int, Palette] = (0, DARK)
        self._arranging = False

    def on_mount(self) -> None:
        """Paint anew when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._renew())

    def show(self, rows: list[Row]) -> None:
        """Show these rows, from the first."""
        self._rows = rows
        self._renew()
        self._go_to(0)

    def on_resize(self, _event: events.Resize) -> None:
        """Lay out anew, with the same row at the top."""
        self._renew()

    def _renew(self) -> None:
        width = self.size.width - self.scrollbar_size_vertical
        if width <= 0:
            return
        top = self._offsets.find(self.scroll_offset.y)[0] if len(self._offsets) else 0
        self._look = (width, palette_of(self.app.current_theme))
        self._painted.clear()
        self._offsets.truncate(0)
        for index, row in enumerate(self._rows):
            self._offsets.set(index, _estimate(row, width))
        self._go_to(self._offsets.top(min(top, len(self._rows))))

    def _go_to(self, line: int) -> None:
        """Scroll so that this line is at the top, with all in sight and a page above it laid out."""
        if not self._rows or self._look[0] <= 0:
            return
        height = max(self.size.height, 1)
        index, within = self._offsets.find(max(line, 0))
        above, lines = index, height
        while above > 0 and lines > 0:
            above -= 1
            self._lines(above)
            lines -= self._offsets.height(above)
        self._lines(index)
        line = self._offsets.top(index) + within
        while index < len(self._rows) and self._offsets.top(index) < line + height:
            self._lines(index)
            index += 1
        self._arranging = True
        self.virtual_size = Size(self._look[0], self._offsets.total)
        self.scroll_to(y=line, animate=False, force=True)
        self._arranging = False
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Lay out what came into sight."""
        super().watch_scroll_y(old_value, new_value)
        if not self._arranging and round(old_value) != round(new_value):
            self._go_to(round(new_value))

    def _lines(self, index: int) -> list[Strip]:
        lines = self._painted.get(index)
        if lines is None:
            width, palette = self._look
            lines = self._painted[index] = row_lines(self._rows[index], width, palette, self._names)
            self._offsets.set(index, len(lines))
        return lines

    def render_line(self, y: int) -> Strip:
        """The line at that place of the sight."""
        line = self.scroll_offset.y + y
        strip = Strip.blank(0)
        if self._rows and line < self._offsets.total:
            index, within = self._offsets.find(line)
            lines = self._lines(index)
            strip = lines[within] if within < len(lines) else strip
        return strip.crop_extend(0, self.size.width, None).apply_style(self.rich_style)

    def action_line(self, by: int) -> None:
        """Scroll by lines."""
        self._go_to(min(self.scroll_offset.y + by, round(self.max_scroll_y)))

    def action_page(self, by: int) -> None:
        """Scroll by pages, keeping one line in sight."""
        self.action_line(by * max(self.size.height - 1, 1))

    def action_edge(self, end: int) -> None:
        """Go to the beginning (0) or the end (1)."""
        if end:
            # What is laid out on the way grows; the end is reached when nothing does any more.
            before = -1
            while before != self._offsets.total:
                before = self._offsets.total
                self._go_to(max(before - self.size.height, 0))
        else:
            self._go_to(0)

    def to_difference(self, by: int) -> bool:
        """Go to the next row that differs (1), or the one before (-1); whether there is one."""
        at, within = self._offsets.find(self.scroll_offset.y) if self._rows else (0, 0)
        index = at if by < 0 and within else at + by
        while 0 <= index < len(self._rows):
            if not self._rows[index].same:
                self._go_to(self._offsets.top(index))
                return True
            index += by
        return False


def row_lines(row: Row, width: int, palette: Palette, names: tuple[str, str]) -> list[Strip]:
    """The row's title, both its sides and an empty line."""
    sign, style = ("=", palette.faint) if row.same else ("≠", palette.warn)
    indent = _INDENT if width >= _ROOMY else ""
    title = paint(words(f"{sign} {row.title}", style + palette.strong), width - len(indent))
    lines = [*title, *_body(row, width - len(indent), palette, names), Strip.blank(0)]
    return [Strip([Segment(indent), *line]) for line in lines]


def _body(row: Row, width: int, palette: Palette, names: tuple[str, str]) -> list[Strip]:
    if row.turns and not row.left and not row.right:
        return []
    if row.same:
        return paint(words(row.left or _NOTHING), width)
    left, right = _sides(row, palette)
    if width < WIDE - len(_INDENT):
        signed = zip(SIGNS, names, (left, right), strict=True)
        return [line for sign, name, text in signed for line in _labelled(sign, name, text, width, palette)]
    half = (width - len(_GAP)) // 2
    return _beside(paint(left, half), paint(right, half), half, palette.faint)


def _sides(row: Row, palette: Palette) -> tuple[Text, Text]:
    found = row.pieces()
    texts = words(row.left or _NOTHING), words(row.right or _NOTHING)
    if len(found) > 1:
        for side, text in enumerate(texts):
            for start, end in changed_spans(found, side):
                text.stylize(palette.warn + Style(bold=True, underline=True), start, end)
    return texts


def _labelled(sign: str, name: str, text: Text, width: int, palette: Palette) -> list[Strip]:
    """The text below whose it is; a side that has nothing says so in the same line."""
    label = words(f"{sign} {name}:", palette.faint + palette.strong)
    if text.plain == _NOTHING:
        return paint(label.append(f" {_NOTHING}"), width)
    return [*paint(label, width), *paint(text, width)]


def _beside(left: list[Strip], right: list[Strip], half: int, style: Style) -> list[Strip]:
    gap = paint(Text(_GAP, style, no_wrap=True), len(_GAP))[0].crop_extend(0, len(_GAP), None)
    blank = Strip.blank(half)
    count = max(len(left), len(right))
    lines = []
    for place in range(count):
        ours = (left[place] if place < len(left) else blank).crop_extend(0, half, None)
        theirs = (right[place] if place < len(right) else blank).crop_extend(0, half, None)
        lines.append(Strip.join([ours, gap, theirs]))
    return lines


def _estimate(row: Row, width: int) -> int:
    """About how many lines the row takes, without laying it out."""
    room = max(width if row.same or width < WIDE else width // 2, 1)
    high = [text.count("\n") + len(text) // room + 1 for text in (row.left, row.right)]
    return 2 + (high[0] if row.same else max(high) if width >= WIDE else sum(high) + 2)
