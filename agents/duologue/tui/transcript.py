"""The talk: one widget that draws only the lines in sight, however long the run is."""

from dataclasses import replace
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.theme import Theme

from duologue.record.draft import Draft
from duologue.record.items import TurnItem
from duologue.record.pages import Pages
from duologue.record.view import RunView
from duologue.tui.blocks import paint_row
from duologue.tui.column import Column, Paint
from duologue.tui.keymap import named
from duologue.tui.look import Look
from duologue.tui.palette import DARK
from duologue.tui.selection import Place, Selection, marked
from duologue.tui.sources import selected
from duologue.tui.themes import palette_of

HINT: Final = " ↓ new below: G follows "
# Measuring what is in sight may bring other rows into it; a few passes come to rest.
_MOST_PASSES: Final = 8


class Transcript(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a run, and follows its end until scrolled up; what is then in sight stays where it is."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Transcript {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("up,k", "line(-1)", "Up", show=False),
            Binding("down,j", "line(1)", "Down", show=False),
            Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
            Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
            Binding("home,ctrl+home", "top", "Top", show=False),
            Binding("end,ctrl+end,G", "bottom", "Follow", show=False),
            Binding("J", "turn(1)", "Next turn", show=False),
            Binding("K", "turn(-1)", "Previous turn", show=False),
        ],
        "scroll_",
    )

    def __init__(self, *, paint: Paint = paint_row) -> None:
        super().__init__()
        self._look = Look(0, DARK)
        self._column = Column(paint, self._look)
        self._arranging = False
        self._style = Style()
        self._selection: Selection | None = None
        self._pressed: Place | None = None
        self._drawn = False
        self.follows = True
        self.unseen = False

    def show(self, view: RunView, draft: Draft | None) -> None:
        """Show the run as it stands. Rows that did not change are not touched."""
        column = self._column
        moved = len(column) > 0 and not self.follows and view.page != column.scene.view.page
        row, line = column.offsets.find(self.scroll_offset.y) if moved else (0, 0)
        seq = column.scene.seq(row) if moved else 0
        if column.show(view, draft):
            self.unseen = not self.follows
            if moved:
                self._go_to(column.offsets.top(column.index_of_seq(seq)) + line)
            self._arrange()

    def read_from(self, pages: Pages) -> None:
        """Read what a view leaves out from there."""
        self._column.pages = pages

    def change_look(self, **changes: object) -> None:
        """Fold, filter or highlight otherwise than now; the names are those of `Look`."""
        self._set_look(replace(self._look, **changes))  # type: ignore[arg-type]  # by the names of its fields

    @property
    def look(self) -> Look:
        """How rows are painted just now."""
        return self._look

    @property
    def seq_at_top(self) -> int:
        """The number of the event with which the row at the top of the sight begins."""
        column = self._column
        return column.scene.seq(column.enter(self.scroll_offset.y)[0]) if len(column) else 0

    @property
    def turn_at_top(self) -> TurnItem | None:
        """The first turn in sight, or the last one before it; while the end is followed, the last turn."""
        column = self._column
        if not len(column):
            return None
        top = len(column) - 1 if self.follows else column.enter(self.scroll_offset.y)[0]
        rows = (column.scene.row(at) for at in (*range(top, -1, -1), *range(top, len(column))))
        return next((row for row in rows if isinstance(row, TurnItem)), None)

    @property
    def said_at_top(self) -> tuple[int, str] | None:
        """The number of that turn, and what was said in it so far."""
        if (turn := self.turn_at_top) is None:
            return None
        draft = self._column.scene.draft_of(turn)
        return turn.turn, draft.text if draft else turn.text

    def scroll_to_seq(self, seq: int) -> None:
        """Bring the row of that event to the top, and the first place found in it into sight."""
        if len(self._column):
            self._to_row(self._column.index_of_seq(seq))
            self.scroll_to_found()

    def _to_row(self, index: int) -> None:
        column = self._column
        column.measure(index)
        self._scroll(column.offsets.top(index))
        if column.offsets.top(index) < self.max_scroll_y:
            self.follows = False
            self._arrange()

    def scroll_to_found(self) -> None:
        """Where the row at the top has what is looked for further down than is in sight, go there."""
        find, column = self._look.find.lower(), self._column
        if not find or not len(column):
            return
        row, _, _ = column.enter(self.scroll_offset.y)
        places = (at for at, line in enumerate(column.lines(row)) if find in line.text.lower())
        if (place := next(places, 0)) >= self.size.height - 1:
            self._scroll(column.offsets.top(row) + place - self.size.height // 2)

    def selected(self) -> str:
        """The words that are selected, or nothing."""
        if self._selection is None:
            return ""
        seq, (_, within) = self.seq_at_top, self._column.offsets.find(self.scroll_offset.y)
        words = selected(self._column, self._look, self._selection)
        # Pages that were opened to be read must not move what is in sight.
        if not self.follows:
            self._go_to(self._column.offsets.top(self._column.index_of_seq(seq)) + within)
        self._arrange()
        return words

    def select_nothing(self) -> None:
        """Let go of what is selected."""
        self._selection = None
        self.refresh()

    def key_escape(self) -> None:
        """Let go of what is selected."""
        self.select_nothing()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select, if the mouse is drawn from here."""
        if event.button == 1 and len(self._column):
            self._pressed, self._drawn = self._place(event.x, event.y), False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select up to here, as long as the button is held; past an edge, scroll."""
        if self._pressed is None:
            return
        if event.button != 1:  # the button was let go where nobody was told of it
            self.on_mouse_up()
            return
        if event.y < 0 or event.y >= self.size.height:
            self._scroll(self.scroll_offset.y + (-1 if event.y < 0 else 1))
        head = self._place(event.x, event.y)
        if head != self._pressed or self._drawn:
            self._drawn, self.follows = True, False
            self._selection = Selection(self._pressed, head)
            self.refresh()

    def on_mouse_up(self) -> None:
        """What is selected stays so."""
        self._pressed = None
        self.release_mouse()

    def _place(self, x: int, y: int) -> Place:
        """The cell there; of what is beyond an edge, the one at the edge."""
        column = self._column
        line = self.scroll_offset.y + min(max(y, 0), self.size.height - 1)
        row, within = column.offsets.find(min(line, max(column.offsets.total - 1, 0)))
        return Place(column.scene.seq(row), within, max(x, 0))

    def on_click(self, event: events.Click) -> None:
        """Fold or unfold the row that is clicked, or let go of what is selected."""
        if self._drawn:
            return
        if self._selection is not None:
            self.select_nothing()
            return
        line = self.scroll_offset.y + event.y
        if len(self._column) and line < self._column.offsets.total:
            self._column.flip(self._column.offsets.find(line)[0])
            self._arrange()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew where the width changed."""
        palette = palette_of(self.app.current_theme)
        width = event.size.width - self.scrollbar_size_vertical
        self._set_look(replace(self._look, width=width, palette=palette))

    def on_mount(self) -> None:
        """Paint anew when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, self._take_theme)

    def _take_theme(self, theme: Theme) -> None:
        self._set_look(replace(self._look, palette=palette_of(theme)))

    def _set_look(self, look: Look) -> None:
        """Lay out anew, with the same row at the top; what is selected has no lines any more."""
        self._look, self._selection = look, None
        if not len(self._column):
            self._column.set_look(look)
            return
        offsets = self._column.offsets
        row, _, line = self._column.enter(self.scroll_offset.y)
        self._column.set_look(look)
        if not self.follows and look.width > 0:
            self._column.measure(row)
            self._go_to(offsets.top(row) + max(min(line, offsets.height(row) - 1), 0))
        self._arrange()

    def _arrange(self) -> None:
        """Measure what is in sight until nothing moves any more."""
        if not len(self._column) or self._look.width <= 0:
            return
        for _ in range(_MOST_PASSES):
            before = (self._column.offsets.total, self.scroll_offset.y)
            self._measure_sight()
            if before == (self._column.offsets.total, self.scroll_offset.y):
                break
        self._column.tidy(self._column.offsets.find(self.scroll_offset.y)[0])
        self.unseen = self.unseen and not self.follows
        self.refresh()

    def _measure_sight(self) -> None:
        """Measure the rows in sight and a page above them, so that scrolling up is even."""
        column, height = self._column, self.size.height
        if self.follows:
            column.measure_up(len(column) - 1, 2 * height)
            self._go_to(column.offsets.total - height)
            return
        first, line, _ = column.enter(self.scroll_offset.y)
        line += column.measure_up(first - 1, height)
        first, within = column.offsets.find(line)
        grown = column.measure(first)
        # What grows above the first line in sight must not push it down.
        line += grown if within > 0 else 0
        column.measure_down(first + 1, line + height)
        self._go_to(line)

    def _go_to(self, line: int) -> None:
        self._arranging = True
        self.virtual_size = Size(self._look.width, self._column.offsets.total)
        self.scroll_to(y=line, animate=False, force=True)
        self._arranging = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow again when the end is reached, and no longer once it is left."""
        super().watch_scroll_y(old_value, new_value)
        if not self._arranging and round(old_value) != round(new_value):
            self.follows = new_value >= self.max_scroll_y
            self._arrange()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines in that part of the sight; the widget's own style is worked out once for all of them."""
        self._style = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """The line at that place of the sight."""
        width = self.size.width
        if self._look.width <= 0:
            # It is painted once before it is told its size.
            return Strip.blank(width)
        if self.unseen and y == self.size.height - 1:
            hint = Strip([Segment(HINT, self._look.palette.warn)])
            return hint.crop_extend(0, width, None).apply_style(self._style)
        line = self.scroll_offset.y + y
        strip = self._line(line) if line < self._column.offsets.total else Strip.blank(0)
        return strip.crop_extend(0, width, None).apply_style(self._style)

    def _line(self, line: int) -> Strip:
        row, within = self._column.offsets.find(line)
        lines = self._column.lines(row)
        strip = lines[within] if within < len(lines) else Strip.blank(0)
        if self._selection is None:
            return strip
        span = self._selection.span(self._column.scene.seq(row), within, strip.cell_length)
        return strip if span is None else marked(strip, *span)

    def _scroll(self, line: int) -> None:
        self.scroll_to(y=line, animate=False)

    def action_line(self, by: int) -> None:
        """Scroll by lines."""
        self._scroll(self.scroll_offset.y + by)

    def action_page(self, by: int) -> None:
        """Scroll by pages, keeping one line in sight."""
        self._scroll(self.scroll_offset.y + by * max(self.size.height - 1, 1))

    def action_top(self) -> None:
        """Go to the goal."""
        self._scroll(0)

    def action_bottom(self) -> None:
        """Go to the end and follow it."""
        self.follows = True
        self._arrange()

    def action_turn(self, by: int) -> None:
        """Scroll to the next turn's head (1) or the previous one (-1)."""
        column = self._column
        row, _, within = column.enter(self.scroll_offset.y)
        index = row if by < 0 and within > 0 else row + by
        while 0 <= index < len(column):
            opened = column.open(index)
            if opened < 0:
                index += min(by, 0)
                continue
            index += opened if by < 0 else 0
            if isinstance(column.scene.row(index), TurnItem) and column.height(index):
                self._scroll(column.offsets.top(index))
                return
            index += by
        self._scroll(0 if by < 0 else column.offsets.total)

    def scroll_to_turn(self, turn: int) -> None:
        """Scroll to the head of that turn, or of the first one after it."""
        index = self._column.index_of_turn(turn)
        if index is None:
            self.action_bottom()
        else:
            self._scroll(self._column.offsets.top(index))
