"""The rows of a scene stacked in a column: how high each is, as far as that is known, and its lines."""

import time
from collections.abc import Callable
from typing import Final

from textual.cache import LRUCache
from textual.strip import Strip

from duologue.record.draft import Draft
from duologue.record.view import RunView
from duologue.tui.look import Look
from duologue.tui.offsets import Offsets
from duologue.tui.rows import Scene, Stamp

Paint = Callable[[Scene, int, Look], list[Strip]]
_Key = tuple[Stamp, Look]

_KEPT_ROWS: Final = 256
# Laying out a long draft may take this share of the time at most, so that keys are always answered.
_DRAFT_SHARE: Final = 0.25


class Column:
    """Lays out a row when it is measured, and keeps the lines of the rows last used.

    Until then a row's height is an estimate. Neither a long run nor a draft that grows costs more than
    the rows that are looked at.
    """

    def __init__(self, paint: Paint, look: Look) -> None:
        self._paint = paint
        self._look = look
        self._stamps: list[Stamp] = []
        self._measured: list[bool] = []
        self._settled = 0
        self._kept: LRUCache[_Key, list[Strip]] = LRUCache(_KEPT_ROWS)
        self._drafted: tuple[_Key, list[Strip]] | None = None
        self._draft_due = 0.0
        self.scene = Scene(RunView())
        self.offsets = Offsets()

    def __len__(self) -> int:
        return len(self._stamps)

    def show(self, view: RunView, draft: Draft | None) -> bool:
        """Take over what changed; returns whether anything did."""
        if view is not self.scene.view:
            self._settled = 0
        self.scene = Scene(view, self._held(draft))
        return self._restamp()

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

    def measure_up(self, index: int, lines: int) -> int:
        """Measure from the row upward until that many lines; returns by how many they grew."""
        grown = 0
        while index >= 0 and lines > 0:
            grown += self.measure(index)
            lines -= self.offsets.height(index)
            index -= 1
        return grown

    def measure_down(self, index: int, bottom: int) -> None:
        """Measure from the row downward until that line of the column."""
        while index < len(self) and self.offsets.top(index) < bottom:
            self.measure(index)
            index += 1

    def lines(self, index: int) -> list[Strip]:
        """The row's lines."""
        key = (self._stamps[index], self._look)
        if self.scene.draft_of(self.scene.row(index)) is not None:
            return self._draft_lines(index, key)
        lines = self._kept.get(key)
        if lines is None:
            lines = self._kept[key] = self._paint(self.scene, index, self._look)
        return lines

    def _draft_lines(self, index: int, key: _Key) -> list[Strip]:
        # Kept apart: each of its many versions is shown once, and would push out rows that are still seen.
        if self._drafted is None or self._drafted[0] != key:
            began = time.monotonic()
            self._drafted = key, self._paint(self.scene, index, self._look)
            now = time.monotonic()
            self._draft_due = now + (now - began) * (1 / _DRAFT_SHARE - 1)
        return self._drafted[1]
