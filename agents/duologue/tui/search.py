"""Finding words in a run: what is held at once, and the pages of a long recording a little at a time."""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from duologue.record import events as ev
from duologue.record.items import Item, MarkItem, TurnItem, VerdictItem
from duologue.record.pages import Pages
from duologue.tui.chronicle import stands_out


class Search:
    """The events in whose words the needle stands, letter case aside: those found so far, in order.

    Looked through are that many `pages`, and then the items that are held, as they come: none of a recording,
    whose pages are all of it. `done` says that all there is was looked through, of what comes later too.
    """

    def __init__(
        self, needle: str, pages: Pages | None, count: int, items: Callable[[], Sequence[Item]] = tuple
    ) -> None:
        self.needle = needle
        self.hits: list[int] = []
        self.done = False
        self._words = needle.casefold()
        self._past = _in_pages(self._words, pages, count) if pages else iter(())
        self._items = items
        self._seen = 0

    def work(self, for_s: float) -> None:
        """Go on looking for that long."""
        until = time.perf_counter() + for_s
        for seq in chain(self._past, self._in_items()):
            if seq is not None:
                self._found(seq)
            if time.perf_counter() >= until:
                return
        self.done = True

    def _found(self, seq: int) -> None:
        place = bisect_left(self.hits, seq)
        if self.hits[place : place + 1] != [seq]:
            self.hits.insert(place, seq)

    def _in_items(self) -> Iterator[int | None]:
        """What was not looked at; a turn that is being written, and what stands after it, will be again."""
        settled = True
        for item in self._items()[self._seen :]:
            settled = settled and not (isinstance(item, TurnItem) and item.ended is None)
            self._seen += settled
            yield item.seq if self._words in _words(item).casefold() else None

    def next(self, seq: int, by: int) -> int | None:
        """The next (1) or the previous (-1) hit seen from that event, going round at the end."""
        if not self.hits:
            return None
        place = bisect_right(self.hits, seq) if by > 0 else bisect_left(self.hits, seq) - 1
        return self.hits[place % len(self.hits)]

    def place(self, seq: int) -> int:
        """Which of the hits it is, from 1; 0 for none."""
        place = bisect_left(self.hits, seq)
        return place + 1 if place < len(self.hits) and self.hits[place] == seq else 0


def marks(pages: Pages, seq: int, by: int) -> Iterator[int | None]:
    """The next (1) or the previous (-1) event of note, seen from that one, read from the pages one by one;
    None for each page that holds none."""
    first = pages.page_of_seq(seq)
    for page in range(first, len(pages)) if by > 0 else range(first, -1, -1):
        records = pages.read(page)[0]
        for record in records if by > 0 else reversed(records):
            if (record.seq - seq) * by > 0 and stands_out(record.event):
                yield record.seq
                return
        yield None


def _words(item: Item) -> str:
    match item:
        case TurnItem(text=text):
            return text
        case VerdictItem(verdict=verdict):
            return verdict.summary
        case MarkItem(text=text):
            return text


def _in_pages(needle: str, pages: Pages, count: int) -> Iterator[int | None]:
    for page in range(count):
        for record in pages.read(page)[0]:
            yield record.seq if needle in _said(record.event).casefold() else None


def _said(event: ev.Event) -> str:
    match event:
        case ev.CompletionReceived(purpose="turn", text=text) | ev.ToolFinished(text=text):
            return text
        case ev.VerdictGiven(summary=text) | ev.GuardRaised(reason=text) | ev.ControlReceived(text=text):
            return text
        case _:
            return ""
