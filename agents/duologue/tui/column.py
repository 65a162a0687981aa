"""The rows of a scene stacked in a column: how high each is, as far as that is known, and its lines."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from textual.cache import LRUCache
from textual.strip import Strip

from duologue.record.draft import Draft
from duologue.record.items import TurnItem
from duologue.record.pages import Pages
from duologue.record.view import RunView
from duologue.tui.look import Look
from duologue.tui.offsets import Offsets
from duologue.tui.past import Page, Past
from duologue.tui.rows import Scene, Stamp
from duologue.tui.turn_block import Growth

Paint = Callable[[Scene, int, Look, Growth], list[Strip]]
_Key = tuple[Stamp, Look]

_KEPT_ROWS: Final = 256
# Laying out a draft may take this share of the time at most, so that keys are always answered.
_DRAFT_SHARE: Final = 0.25


class Column:
    """Lays out a row when it is measured, and keeps the lines of the rows last used.

    Until then a row's height is an estimate, as is that of a page of the log that is not open. Neither a
    long run nor a draft that grows costs more than the rows that are looked at, and of a draft no more than
    its last block is laid out again. `pages` is what the run is
    read from where its view does not begin with its first item.
    """

    def __init__(self, paint: Paint, look: Look, *, draft_share: float = _DRAFT_SHARE) -> None:
        self._paint = paint
        self._draft_share = draft_share
        self._look = look
        self._stamps: list[Stamp] = []
        self._measured: list[bool] = []
        self._settled = 0
        self._kept: LRUCache[_Key, list[Strip]] = LRUCache(_KEPT_ROWS)
        self._growth = Growth()
        self._drafted: tuple[_Key, list[Strip]] | None = None
        self._draft_due = 0.0
        self._past = Past(None, 0, None)
        self.pages: Pages | None = None
        self.scene = Scene(RunView())
        self.offsets = Offsets()

    def __len__(self) -> int:
        return len(self._stamps)

    def show(self, view: RunView, draft: Draft | None) -> bool:
        """Take over what changed; returns whether anything did."""
        if view is not self.scene.view:
            self._settled = 0
        if view.page != self._past.count:
            self._past = Past(self.pages, view.page, view.started)
        self.scene = Scene(view, self._held(draft), self._past.rows, self.scene.flipped)
        return self._restamp()

    def open(self, index: int) -> int:
        """Where the row is a page, put its items in its stead; returns how many rows there are more: one
        fewer where it has none, and another row is at that place then."""
        if not isinstance(self.scene.row(index), Page):
            return 0
        count = self._past.open(index - 1)
        self._splice(index, 1, count)
        return count - 1

    def _splice(self, index: int, count: int, rows: int, height: int | None = None) -> None:
        fresh = range(index, index + rows)
        width = self._look.width
        heights = [self.scene.estimate(at, width) if height is None else height for at in fresh]
        self._stamps[index : index + count] = [self.scene.stamp(at) for at in fresh]
        self._measured[index : index + count] = [False] * rows
        self.offsets.splice(index, count, heights)
        self._settled += rows - count

    def tidy(self, index: int) -> int:
        """Close the pages that lie farthest from that row, with their height as it is; returns by how many
        rows that row moved."""
        moved = 0
        while (found := self._past.to_close(index + moved - 1)) is not None:
            first, last = found
            height = self.offsets.top(last + 1) - self.offsets.top(first + 1)
            self._past.close(first, last)
            self._splice(first + 1, last - first, 1, height)
            moved -= (last - first - 1) if first + 1 < index + moved else 0
        return moved

    def index_of_seq(self, seq: int) -> int:
        """The row that begins with that event, or that it belongs to; its page is opened."""
        place = self._past.place_of_seq(seq)
        if place is not None and place < len(self._past.rows):
            self.open(place + 1)
        elif place is None:
            place = len(self._past.rows)
        index = place
        while index + 1 < len(self) - 1 and 0 < self.scene.seq(index + 1) <= seq:
            index += 1
        return index

    def index_of_turn(self, turn: int) -> int | None:
        """The row of that turn, or of the first one after it; None where there is none."""
        index = self._past.place_of_turn(turn)
        index = len(self._past.rows) if index is None else index
        while (index := index + 1) < len(self):
            while self.open(index) < 0:
                pass
            row = self.scene.row(index)
            if isinstance(row, TurnItem) and row.turn >= turn:
                return index
        return None

    def flip(self, index: int) -> None:
        """Fold or unfold this row alone."""
        seq = self.scene.seq(index)
        self.scene = replace(self.scene, flipped=self.scene.flipped ^ {seq})
        self._renew(index, self.scene.stamp(index))

    def _held(self, draft: Draft | None) -> Draft | None:
        shown = self.scene.draft
        early = time.monotonic() < self._draft_due
        return shown if early and draft and shown and draft.attempt == shown.attempt else draft

    def _restamp(self) -> bool:
        count = len(self.scene)
        changed = len(self._stamps) > count
        del self._stamps[count:], self._measured[count:]
        self.offsets.truncate(count)
        for index in range(min(self._settled, len(self._stamps)), count):
            changed = self._renew(index, self.scene.stamp(index)) or changed
        self._settled = self.scene.settled()
        return changed

    def _renew(self, index: int, stamp: Stamp) -> bool:
        if index < len(self._stamps) and self._stamps[index] == stamp:
            return False
        self._stamps[index : index + 1] = [stamp]
        self._measured[index : index + 1] = [False]
        self.offsets.set(index, self.scene.estimate(index, self._look.width))
        return True

    def set_look(self, look: Look) -> None:
        """Lay out anew: all heights are estimates again."""
        if look == self._look:
            return
        self._look = look
        for index in range(len(self)):
            self._measured[index] = False
            self.offsets.set(index, self.scene.estimate(index, look.width))

    def measure(self, index: int) -> int:
        """Make the row's height exact; returns by how many lines it grew."""
        if self._measured[index]:
            return 0
        before = self.offsets.height(index)
        self.offsets.set(index, len(self.lines(index)))
        self._measured[index] = True
        return self.offsets.height(index) - before

    def height(self, index: int) -> int:
        """The row's height, made exact."""
        self.measure(index)
        return self.offsets.height(index)

    def enter(self, line: int) -> tuple[int, int, int]:
        """The row at that line, opened where it is a page; with the line as it has moved by that, and the
        line within the row."""
        index, within = self.offsets.find(line)
        while isinstance(self.scene.row(index), Page):
            top, height = self.offsets.top(index), self.offsets.height(index)
            rows = self.open(index) + 1
            line = top + within * (self.offsets.top(index + rows) - top) // max(height, 1)
            index, within = self.offsets.find(line)
        return index, line, within

    def measure_up(self, index: int, lines: int) -> int:
        """Measure from the row upward until that many lines; returns by how many they grew."""
        before = self.offsets.total
        while index >= 0 and lines > 0:
            if isinstance(self.scene.row(index), Page):
                index += self.open(index)
            else:
                self.measure(index)
                lines -= self.offsets.height(index)
                index -= 1
        return self.offsets.total - before

    def measure_down(self, index: int, bottom: int) -> None:
        """Measure from the row downward until that line of the column."""
        while index < len(self) and self.offsets.top(index) < bottom:
            if isinstance(self.scene.row(index), Page):
                self.open(index)
            else:
                self.measure(index)
                index += 1

    def lines(self, index: int) -> list[Strip]:
        """The row's lines."""
        key = (self._stamps[index], self._look)
        if self.scene.draft_of(self.scene.row(index)) is not None:
            return self._draft_lines(index, key)
        lines = self._kept.get(key)
        if lines is None:
            lines = self._kept[key] = self._paint(self.scene, index, self._look, self._growth)
        return lines

    def _draft_lines(self, index: int, key: _Key) -> list[Strip]:
        # Kept apart: each of its many versions is shown once, and would push out rows that are still seen.
        if self._drafted is None or self._drafted[0] != key:
            began = time.monotonic()
            self._drafted = key, self._paint(self.scene, index, self._look, self._growth)
            now = time.monotonic()
            self._draft_due = now + (now - began) * (1 / self._draft_share - 1)
        return self._drafted[1]
