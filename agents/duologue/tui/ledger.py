"""What a recorded run had come to at each of its pages: counted behind the screen, a little at a time."""

import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from duologue.record.pages import Pages
from duologue.record.view import RunView
from duologue.tui.chronicle import Chronicle
from duologue.tui.timeline import timeline

_MOST_CHECKPOINTS: Final = 1024
_STRIDE: Final = 32
"""Records between two looks at the clock."""


class Ledger:
    """Folds a recording from its beginning, and keeps the view as it stood before every so many pages. It
    counts the first `count` pages, or all of them where that is None.

    `chronicle` is the run in outline, as far as it was counted; `problems` is what had to be skipped.
    """

    def __init__(self, pages: Pages, idle_s: float, count: int | None = None) -> None:
        self._pages = pages
        self._count = len(pages) if count is None else count
        self._idle_s = idle_s
        self._every = max(1, len(pages) // _MOST_CHECKPOINTS)
        self._view = RunView()
        self._checkpoints = [self._view.bare(0)]
        self._tops_s = [0.0]
        self._steps = self._fold()
        self.chronicle = Chronicle()
        self.problems: list[str] = []

    @property
    def counted(self) -> int:
        """Pages that were counted."""
        return len(self._tops_s) - 1

    @property
    def percent(self) -> int:
        """How much of it that is, in a hundred."""
        return 100 * self.counted // max(self._count, 1)

    @property
    def seq(self) -> int:
        """The number of the last event that was counted; 0 before the first."""
        return self._view.seq

    @property
    def done(self) -> bool:
        """Whether all were."""
        return self.counted >= self._count

    def work(self, for_s: float) -> None:
        """Go on counting for that long."""
        until = time.perf_counter() + for_s
        for _ in self._steps:
            if time.perf_counter() >= until:
                return

    def _fold(self) -> Iterator[None]:
        for page in range(self._count):
            records, problems = self._pages.read(page)
            self.problems += problems
            for place, record in enumerate(records):
                self._view.apply(record)
                self.chronicle.apply(record)
                if place % _STRIDE == 0:
                    yield
            moments = timeline(records, self._idle_s)
            self._view = self._view.bare(page + 1)
            if (page + 1) % self._every == 0:
                self._checkpoints.append(self._view.bare(page + 1))
            self._tops_s.append(self._tops_s[-1] + (moments[-1].shown_s if moments else 0.0))
            yield

    def view_at(self, page: int) -> RunView:
        """The run as it stood before that page, to be gone on with; partial where it was not counted yet."""
        while page and not self.counted:
            next(self._steps)  # the first page says whose run it is
        if page > self.counted:
            view = self._view.bare(page)
            # Whatever is waited for is the last thing that was said.
            view.steered = replace(view.steered, paused=False, asked=None, proposed=(), idle_since=None)
            view.partial = True
            return view
        view = self._checkpoints[page // self._every].bare(page)
        for before in range(page // self._every * self._every, page):
            for record in self._pages.records(before):
                view.apply(record)
            view = view.bare(page)
        return view

    def top_s(self, page: int) -> float:
        """The position at which the page begins; as far as was counted, else about so."""
        if page <= self.counted:
            return self._tops_s[page]
        return self._tops_s[-1] * page / self.counted if self.counted else 0.0

    def page_at(self, position_s: float) -> int:
        """The page that is played at that position."""
        last = len(self._pages) - 1
        return max(bisect_right(range(last + 1), position_s, key=self.top_s) - 1, 0)
