"""The talk: one widget that draws only the lines in sight, however long the run is."""

import time
from collections.abc import Callable
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from duologue.record.draft import Draft
from duologue.record.view import RunView, TurnItem
from duologue.tui.blocks import paint_row
from duologue.tui.look import Look
from duologue.tui.offsets import Offsets
from duologue.tui.palette import DARK, LIGHT
from duologue.tui.rows import Scene, Stamp

Paint = Callable[[Scene, int, Look], list[Strip]]

HINT: Final = " ↓ new below: G follows "
_KEPT_ROWS: Final = 256
# Laying out a long draft may take this share of the time at most, so that keys are always answered.
_DRAFT_SHARE: Final = 0.25
# Measuring what is in sight may bring other rows into it; a few passes always come to rest.
_MOST_PASSES: Final = 8


class Transcript(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a scene, and follows its end until scrolled up.

    Heights are estimated until a row comes near the sight, and the lines of few rows are kept; so neither
    a long run nor a draft that grows costs more than what can be seen.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Transcript {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "line(-1)", "Up", show=False),
        Binding("down,j", "line(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("home,ctrl+home", "top", "Top", show=False),
        Binding("end,ctrl+end,G", "bottom", "Follow", show=False),
        Binding("J", "turn(1)", "Next turn", show=False),
        Binding("K", "turn(-1)", "Previous turn", show=False),
    ]

    def __init__(self, *, paint: Paint = paint_row) -> None:
        super().__init__()
        self._paint = paint
        self._scene = Scene(RunView())
        self._reasoning = False
        self._stamps: list[Stamp] = []
        self._measured: list[bool] = []
        self._offsets = Offsets()
        self._settled = 0
        self._kept: LRUCache[tuple[Stamp, int, bool], list[Strip]] = LRUCache(_KEPT_ROWS)
        self._drafted: tuple[tuple[Stamp, int, bool], list[Strip]] | None = None
        self._draft_due = 0.0
        self._arranging = False
        self._width = 0
        self.follows = True
        self.unseen = False

    def show(self, view: RunView, draft: Draft | None) -> None:
        """Show the run as it stands. Rows that did not change are not touched."""
        if view is not self._scene.view:
            self._settled = 0
        self._scene = Scene(view, self._held(draft))
        if self._restamp():
            self.unseen = not self.follows
            self._arrange()

    def _held(self, draft: Draft | None) -> Draft | None:
        shown = self._scene.draft
        early = time.monotonic() < self._draft_due
        return shown if early and draft and shown and draft.attempt == shown.attempt else draft

    def _restamp(self) -> bool:
        changed = len(self._stamps) != len(self._scene)
        del self._stamps[len(self._scene) :], self._measured[len(self._scene) :]
        self._offsets.truncate(len(self._scene))
        for index in range(min(self._settled, len(self._stamps)), len(self._scene)):
            stamp = self._scene.stamp(index)
            if index == len(self._stamps):
                self._stamps.append(stamp)
                self._measured.append(False)
            elif stamp == self._stamps[index]:
                continue
            self._stamps[index], self._measured[index], changed = stamp, False, True
            self._offsets.set(index, self._scene.estimate(index, self._width))
        self._settled = self._scene.settled()
        return changed

    def set_reasoning(self, shown: bool) -> None:
        """Show reasoning in full, or as one line."""
        self._reasoning = shown
        self._lay_out_anew()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew where the width changed, staying at the same row."""
        width = event.size.width - self.scrollbar_size_vertical
        if width != self._width:
            self._width = width
            self._lay_out_anew()
        self._arrange()

    def _lay_out_anew(self) -> None:
        if not self._stamps:
            return
        row, line = self._offsets.find(self.scroll_offset.y)
        for index in range(len(self._stamps)):
            self._measured[index] = False
            self._offsets.set(index, self._scene.estimate(index, self._width))
        if not self.follows:
            self._measure(row)
            self._go_to(self._offsets.top(row) + min(line, max(self._offsets.height(row) - 1, 0)))
        self._arrange()

    def _arrange(self) -> None:
        if self._arranging or not self._stamps or self._width <= 0:
            return
        for _ in range(_MOST_PASSES):
            before = (self._offsets.total, self.scroll_offset.y)
            self._measure_sight()
            if before == (self._offsets.total, self.scroll_offset.y):
                break
        self.unseen = self.unseen and not self.follows
        self.refresh()

    def _measure_sight(self) -> None:
        """Measure the rows in sight and a page above, keeping in place what is seen."""
        height = self.size.height
        if self.follows:
            self._measure_up(len(self._stamps) - 1, 2 * height)
            self._go_to(self._offsets.total - height)
            return
        top = self.scroll_offset.y
        first, _ = self._offsets.find(max(top, 0))
        shift = self._measure_up(first - 1, height)
        known = self._offsets.height(first)
        begins = self._offsets.top(first)
        self._measure(first)
        if begins < top + shift:
            shift += self._offsets.height(first) - known
        self._measure_down(first + 1, top + shift + height)
        self._go_to(top + shift)

    def _measure_up(self, index: int, lines: int) -> int:
        """Measure rows upward from there until that many lines; returns by how much they grew."""
        grown = 0
        while index >= 0 and lines > 0:
            before = self._offsets.height(index)
            self._measure(index)
            grown += self._offsets.height(index) - before
            lines -= self._offsets.height(index)
            index -= 1
        return grown

    def _measure_down(self, index: int, bottom: int) -> None:
        while index < len(self._stamps) and self._offsets.top(index) < bottom:
            self._measure(index)
            index += 1

    def _measure(self, index: int) -> None:
        if not self._measured[index]:
            self._offsets.set(index, len(self._lines(index)))
            self._measured[index] = True

    def _go_to(self, line: int) -> None:
        self._arranging = True
        self.virtual_size = Size(self._width, self._offsets.total)
        self.scroll_to(y=line, animate=False, force=True, immediate=True)
        self._arranging = False

    def _lines(self, index: int) -> list[Strip]:
        key = (self._stamps[index], self._width, self._reasoning)
        if self._scene.draft_of(self._scene.row(index)) is not None:
            return self._draft_lines(index, key)
        lines = self._kept.get(key)
        if lines is None:
            lines = self._kept[key] = self._paint(self._scene, index, self._look())
        return lines

    def _draft_lines(self, index: int, key: tuple[Stamp, int, bool]) -> list[Strip]:
        if self._drafted is None or self._drafted[0] != key:
            began = time.monotonic()
            self._drafted = key, self._paint(self._scene, index, self._look())
            now = time.monotonic()
            self._draft_due = now + (now - began) * (1 / _DRAFT_SHARE - 1)
        return self._drafted[1]

    def _look(self) -> Look:
        return Look(self._width, DARK if self.app.current_theme.dark else LIGHT, self._reasoning)

    def render_line(self, y: int) -> Strip:
        """The line at that place of the sight."""
        width = self.size.width
        if self.unseen and y == self.size.height - 1:
            hint = Strip([Segment(HINT, self.rich_style + self._look().palette.warn)])
            return hint.crop_extend(0, width, self.rich_style)
        line = self.scroll_offset.y + y
        if not self._stamps or line >= self._offsets.total:
            return Strip.blank(width, self.rich_style)
        index, within = self._offsets.find(line)
        lines = self._lines(index)
        strip = lines[within] if within < len(lines) else Strip.blank(0)
        return strip.crop_extend(0, width, None).apply_style(self.rich_style)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow again when the end is reached, and no longer once it is left."""
        super().watch_scroll_y(old_value, new_value)
        if not self._arranging and round(old_value) != round(new_value):
            self.follows = new_value >= self.max_scroll_y
            self._arrange()

    def action_line(self, by: int) -> None:
        """Scroll by lines."""
        self.scroll_to(y=self.scroll_offset.y + by, animate=False)

    def action_page(self, by: int) -> None:
        """Scroll by pages, keeping one line in sight."""
        self.scroll_to(y=self.scroll_offset.y + by * max(self.size.height - 1, 1), animate=False)

    def action_top(self) -> None:
        """Go to the goal."""
        self.scroll_to(y=0, animate=False)

    def action_bottom(self) -> None:
        """Go to the end and follow it."""
        self.follows = True
        self._arrange()

    def action_turn(self, by: int) -> None:
        """Scroll to the next turn's head (1) or the previous one (-1)."""
        row, within = self._offsets.find(self.scroll_offset.y)
        index = row if by < 0 and within > 0 else row + by
        while 0 <= index < len(self._stamps):
            if isinstance(self._scene.row(index), TurnItem):
                self.scroll_to(y=self._offsets.top(index), animate=False)
                return
            index += by
        self.scroll_to(y=0 if by < 0 else self._offsets.total, animate=False)

    def scroll_to_turn(self, turn: int) -> None:
        """Scroll to the head of that turn, or of the first one after it."""
        for index in range(len(self._stamps)):
            row = self._scene.row(index)
            if isinstance(row, TurnItem) and row.turn >= turn:
                self.scroll_to(y=self._offsets.top(index), animate=False)
                return
        self.action_bottom()
