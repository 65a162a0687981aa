"""What came before the items that are held: pages of the log, open while they are in sight."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from duologue.record.events import RunStarted
from duologue.record.items import Item
from duologue.record.pages import Pages
from duologue.record.view import RunView

MOST_OPEN: Final = 6
"""Pages that stay open; a screen shows one or two, and one above and below them."""
_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is not open; `size` is its bytes of log."""

    number: int
    size: int


class Past:
    """The pages before `count`, each as itself or as its items."""

    def __init__(self, pages: Pages | None, count: int, started: RunStarted | None) -> None:
        self._pages = pages
        self._started = started
        self._owners = list(range(count))
        self._open: OrderedDict[int, None] = OrderedDict()
        self._items: OrderedDict[int, list[Item]] = OrderedDict()
        self.count = count
        self.rows: list[Page | Item] = [
            Page(number, pages.size(number) if pages else 0) for number in range(count)
        ]

    def place_of_seq(self, seq: int) -> int | None:
        """The page that holds the event of that number; None where that is none of these."""
        page = self._pages.page_of_seq(seq) if self._pages else 0
        return bisect_left(self._owners, page) if page < self.count else None

    def place_of_turn(self, turn: int) -> int | None:
        """The place of the page on which the turn begins; None where that is none of these."""
        page = self._pages.page_of_turn(turn) if self._pages else 0
        return bisect_left(self._owners, page) if page < self.count else None

    def open(self, place: int) -> int:
        """Put the items of the page at that place in its stead; returns how many, which is none where a
        turn that began before goes on to its end."""
        number = self._owners[place]
        items = self._load(number)
        self.rows[place : place + 1] = items
        self._owners[place : place + 1] = [number] * len(items)
        if items:
            self._open[number] = None
        return len(items)

    def to_close(self, near: int) -> tuple[int, int] | None:
        """Of too many open pages, where the one farthest from that place lies; None where all may stay."""
        if len(self._open) <= MOST_OPEN:
            return None
        page = self._owners[min(near, len(self._owners) - 1)] if self._owners else 0
        farthest = max(self._open, key=lambda number: abs(number - page))
        return bisect_left(self._owners, farthest), bisect_right(self._owners, farthest)

    def close(self, first: int, last: int) -> None:
        """Put the page in the stead of its items."""
        number = self._owners[first]
        del self._open[number]
        self.rows[first:last] = [Page(number, self._pages.size(number) if self._pages else 0)]
        self._owners[first:last] = [number]

    def _load(self, number: int) -> list[Item]:
        items = self._items.pop(number, None)
        if items is None:
            items = self._fold(number)
        self._items[number] = items
        while len(self._items) > _KEPT:
            self._items.popitem(last=False)
        return items

    def _fold(self, number: int) -> list[Item]:
        assert self._pages is not None
        records = self._pages.records(number)
        view = RunView.midway(self._started, records, begins=number == 0)
        for record in records:
            view.apply(record)
        following = next(
            (found for page in range(number + 1, len(self._pages)) if (found := self._pages.records(page))),
            None,
        )
        if following is None:
            return view.items
        # The turn that begins the next page may be one that was cut off here and taken again.
        view.apply(following[0])
        return view.items[:-1]
