"""A recorded run, played: its records and its typing by the clock, at any speed, from any turn.

The player knows nothing of screens. It is a feed like a live run's; only that it can also go back. It reads
the page of the recording that is being played, however long the recording is.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from duologue.record.draft import Draft
from duologue.record.events import Record, RunEnded, RunParked, TurnCompleted
from duologue.record.follow import Poll
from duologue.record.pages import HeldPages, Pages
from duologue.record.view import RunView
from duologue.tui.ledger import Ledger
from duologue.tui.timeline import Moment, shown_by, timeline, typed

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
IDLE_S: Final = 2.0
_MOST_PAGES: Final = 3
"""Pages of which the items are held; those before them are read again where one looks at them."""


class Player:
    """Plays records. Positions are seconds on the timeline, on which no pause is longer than `idle_s`.

    `ledger` counts what came before the page that is played, when it is let work. `problems` is what had to
    be skipped in reading records that are given as such; the first poll tells it.
    """

    def __init__(
        self,
        recording: Sequence[Record] | Pages,
        *,
        problems: Sequence[str] = (),
        idle_s: float = IDLE_S,
        playing: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pages: Pages = HeldPages(recording) if isinstance(recording, Sequence) else recording
        self.ledger = Ledger(self.pages, idle_s)
        self._problems = list(problems)
        self._idle_s = idle_s
        self._clock = clock
        self._polled_s = clock()
        self._sent: tuple[int, int] | None = None
        self._base = 0
        self._partial = False
        self._told = 0
        self.playing = playing
        self.speed = 1.0
        self._place_s = 0.0
        self._turn_to(0)

    def _turn_to(self, page: int) -> None:
        """Have the page at hand on which the position is."""
        self._page = page
        self._records: Sequence[Record] = self.pages.records(page)
        self._moments: list[Moment] = timeline(self._records, self._idle_s)

    @property
    def position_s(self) -> float:
        """Where on the timeline it is."""
        return self.ledger.top_s(self._page) + self._place_s

    @property
    def duration_s(self) -> float:
        """The position at which all is shown; about that, while the recording is being counted."""
        if self._last:
            return self.ledger.top_s(self._page) + self._page_s
        return self.ledger.top_s(len(self.pages))

    @property
    def turns(self) -> int:
        """The number of the last complete turn in the recording."""
        return self.pages.turns

    @property
    def turn(self) -> int:
        """The last turn that is complete at this position."""
        shown = self._shown()
        found = next((turn for index, turn in reversed(self._completed(self._page)) if index < shown), None)
        if found is not None:
            return found
        return max(getattr(self._records[0].event, "turn", 1) - 1, 0) if self._page and self._records else 0

    @property
    def seq(self) -> int:
        """The number of the last record shown."""
        shown = self._shown()
        return self._records[shown - 1].seq if shown else 0

    @property
    def _last(self) -> bool:
        return self._page >= len(self.pages) - 1

    @property
    def _page_s(self) -> float:
        return self._moments[-1].shown_s if self._moments else 0.0

    @property
    def _at_end(self) -> bool:
        return self._last and self._place_s >= self._page_s

    def poll(self) -> Poll:
        """Move on by the clock; what is new at the position reached, or the page up to it after a jump."""
        self._advance()
        shown = self._shown()
        base, records = self._fresh(shown)
        self._sent = self._page, shown
        skipped = self.ledger.problems
        problems, self._problems = self._problems + skipped[self._told :], []
        self._told = len(skipped)
        return Poll(records, self._draft(shown), problems, live=False, base=base)

    def _advance(self) -> None:
        now = self._clock()
        if self.playing:
            self._place_s += (now - self._polled_s) * self.speed
        self._polled_s = now
        while self._place_s >= self._page_s and not self._last:
            left_s = self._place_s - self._page_s
            self._turn_to(self._page + 1)
            self._place_s = left_s if self._moments else 0.0
        if self._at_end:
            self._place_s, self.playing = self._page_s, False

    def _fresh(self, shown: int) -> tuple[RunView | None, list[Record]]:
        """What is new; with the run as it stood before it where that is not what was given last."""
        page, count = self._sent or (self._page, 0)
        counted = self._partial and self._base <= self.ledger.counted
        goes_on = page <= self._page < self._base + _MOST_PAGES and (page, count) <= (self._page, shown)
        if goes_on and not counted and (self._sent or not self._page):
            return None, list(self._between(page, count, shown))
        self._base = max(self._page - 1, 0)
        base = self.ledger.view_at(self._base)
        self._partial = base.partial
        records = list(self._between(self._base, 0, shown))
        recall(base, records, self.pages)
        return base, records

    def _between(self, page: int, count: int, shown: int) -> Iterator[Record]:
        for number in range(page, self._page + 1):
            start, end = (count if number == page else 0), (shown if number == self._page else None)
            yield from self.pages.records(number)[start:end]

    def _shown(self) -> int:
        # The first record is always shown: an empty screen says nothing, and going back needs a start.
        return max(shown_by(self._moments, self._place_s), min(1, len(self._records)))

    def _draft(self, shown: int) -> Draft | None:
        if shown >= len(self._records):
            return None
        return typed(self._records[shown], self._place_s - self._moments[shown].begins_s, self._idle_s)

    def toggle(self) -> None:
        """Play or pause; at the end, play again from the start."""
        if not self.playing and self._at_end:
            self.home()
        self.playing = not self.playing

    def faster(self) -> None:
        """The next higher speed."""
        self.speed = next((speed for speed in SPEEDS if speed > self.speed), SPEEDS[-1])

    def slower(self) -> None:
        """The next lower speed."""
        self.speed = next((speed for speed in reversed(SPEEDS) if speed < self.speed), SPEEDS[0])

    def step(self, by: int) -> None:
        """Pause, and show `by` records more (or fewer) than now."""
        self.playing = False
        index = self._shown() - 1 + by
        if index < 0 and self._page:
            before = self._filled(self._page - 1, -1)
            self._show(before, index + len(self.pages.records(before)))
        elif index >= len(self._records) and not self._last:
            self._show(self._filled(self._page + 1, 1), index - len(self._records))
        else:
            self._show(self._page, index)

    def _filled(self, page: int, by: int) -> int:
        """The page, or the nearest one in that direction that holds anything."""
        while 0 < page < len(self.pages) - 1 and not self.pages.records(page):
            page += by
        return page

    def step_turn(self, by: int) -> None:
        """Show the next (1) or the previous (-1) turn complete; past the first and last, start and end."""
        shown = self._shown()
        if by > 0:
            self._show_first(self._page, lambda page, index, _turn: (page, index) >= (self._page, shown))
            return
        seen = [(self._page, index) for index, _ in self._completed(self._page) if index < shown]
        page = self._page
        while len(seen) < 2 and page > 0:
            page -= 1
            seen = [*((page, index) for index, _ in self._completed(page)), *seen]
        self._show(*seen[-2]) if len(seen) > 1 else self.home()

    def go_to_turn(self, turn: int) -> None:
        """Show that turn complete, or the nearest one after it."""
        self._show_first(self.pages.page_of_turn(turn), lambda _page, _index, known: known >= turn)

    def go_to_seq(self, seq: int) -> None:
        """Pause, and show all up to the event of that number."""
        self.playing = False
        page = self.pages.page_of_seq(seq)
        records = self.pages.records(page)
        self._show(page, next((at for at, record in enumerate(records) if record.seq >= seq), len(records)))

    def _show_first(self, page: int, wanted: Callable[[int, int, int], bool]) -> None:
        for number in range(page, len(self.pages)):
            for index, turn in self._completed(number):
                if wanted(number, index, turn):
                    self._show(number, index)
                    return
        self.end()

    def _completed(self, page: int) -> list[tuple[int, int]]:
        """The turns that are completed on that page: place and number."""
        records = enumerate(self.pages.records(page))
        return [(at, r.event.turn) for at, r in records if isinstance(r.event, TurnCompleted)]

    def seek(self, part: float) -> None:
        """Go to that part of the recording, from 0 to 1: by its time, or by turns until that is counted."""
        part = min(max(part, 0.0), 1.0)
        if not self.ledger.done and len(self.pages) > 1:
            self.go_to_turn(round(part * self.turns)) if part else self.home()
            return
        position_s = part * self.duration_s
        page = self.ledger.page_at(position_s)
        self._turn_to(page)
        self._place_s = min(position_s - self.ledger.top_s(page), self._page_s)

    def home(self) -> None:
        """Go to the start."""
        self._show(0, 0)

    def end(self) -> None:
        """Go to the end."""
        page = self._filled(len(self.pages) - 1, -1)
        self._show(page, len(self.pages.records(page)))

    def _show(self, page: int, index: int) -> None:
        self._turn_to(page)
        if self._moments:
            place = min(max(index, 0), len(self._moments) - 1)
            self._place_s = self._moments[place].shown_s


def recall(base: RunView, records: Sequence[Record], pages: Pages) -> None:
    """Let the view know the result that an ending among the records names: it may have been said long ago."""
    for record in records:
        if isinstance(record.event, RunEnded | RunParked) and record.event.result is not None:
            seq = record.event.result.completion
            said = next((r for r in pages.records(pages.page_of_seq(seq)) if r.seq == seq), None)
            if said is not None:
                base.recall(seq, getattr(said.event, "text", ""))
