"""Where each block of a long column begins, as heights come to be known one by one."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


class Offsets:
    """Heights of blocks stacked on one another, with prefix sums that are brought up to date when asked.

    Changing the last block, which is what a growing text does, costs nothing for those before it.
    """

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._tops: list[int] = [0]
        self._valid = 0

    def __len__(self) -> int:
        return len(self._heights)

    def height(self, index: int) -> int:
        """The block's height in lines."""
        return self._heights[index]

    def set(self, index: int, height: int) -> None:
        """Give the block a height; the index one past the last appends a block."""
        if index == len(self._heights):
            self._heights.append(height)
        elif self._heights[index] != height:
            self._heights[index] = height
            self._valid = min(self._valid, index)

    def splice(self, index: int, count: int, heights: Sequence[int]) -> None:
        """Put blocks of these heights in the stead of `count` blocks."""
        self._heights[index : index + count] = heights
        self._valid = min(self._valid, index)

    def truncate(self, count: int) -> None:
        """Forget all blocks but the first `count`."""
        del self._heights[count:]
        self._valid = min(self._valid, count)

    @property
    def total(self) -> int:
        """The height of all blocks together."""
        return self.top(len(self._heights))

    def top(self, index: int) -> int:
        """The first line of the block."""
        self._sync()
        return self._tops[index]

    def find(self, line: int) -> tuple[int, int]:
        """The block at that line, and the line within it; past the end, the last block's end."""
        self._sync()
        last = len(self._heights) - 1
        index = min(bisect_right(self._tops, line, hi=len(self._heights) + 1) - 1, last)
        return index, line - self._tops[index]

    def _sync(self) -> None:
        if self._valid == len(self._heights) and len(self._tops) == self._valid + 1:
            return
        start = self._valid
        sums = accumulate(self._heights[start:], initial=self._tops[start])
        self._tops[start:] = sums
        self._valid = len(self._heights)
