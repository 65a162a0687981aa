"""A feed's records folded into the view that is shown, a bounded number at a time."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from duologue.errors import DuologueError
from duologue.record.draft import Draft
from duologue.record.events import Record
from duologue.record.view import RunView
from duologue.tui.chronicle import Chronicle
from duologue.tui.feed import Feed
from duologue.tui.watched import Watched

MOST_RECORDS: Final = 10_000
"""Records applied in one advance: some 20 ms of work."""


class Reel:
    """Holds the run as it is shown: `view`, and `draft`, the completion in progress.

    At most `most` records are applied in one advance, so that a huge log does not hold up the screen.
    `fault` is why the feed could not be read, if so; `problems` is what had to be skipped in it.
    """

    def __init__(
        self, feed: Feed, *, most: int = MOST_RECORDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._feed = feed
        self._most = most
        self._clock = clock
        self._pending: deque[Record] = deque()
        self._behind = False
        self._applied_at = clock()
        self._drafted: Draft | None = None
        self.view = RunView()
        self.chronicle = Chronicle()
        """In outline, what was applied; of a recording, the player's ledger knows all of it."""
        self.live = False
        self.problems = 0
        self.fault = ""

    @property
    def loading(self) -> bool:
        """Whether more is known to come at once than was applied."""
        return bool(self._pending) or self._behind

    @property
    def draft(self) -> Draft | None:
        """The completion in progress; None while records that came before it are still to be applied."""
        return None if self.loading else self._drafted

    @property
    def elapsed_s(self) -> float:
        """The run's clock: that of its last record, and going on while the run does."""
        going = self.live and self.view.ending is None and self.view.seq
        return self.view.mono + (self._clock() - self._applied_at if going else 0.0)

    def advance(self) -> None:
        """Poll the feed and apply what is due."""
        if self.fault:
            return
        try:
            poll = self._feed.poll()
        except DuologueError as exc:
            self.fault, self.live, self._behind = str(exc), False, False
            return
        if poll.base is not None:
            self._pending.clear()
            self.view = poll.base
            self.chronicle = self._feed.chronicle if isinstance(self._feed, Watched) else Chronicle()
        self._take(poll.records)
        self._drafted, self.live, self._behind = poll.draft, poll.live, poll.behind
        self.problems += len(poll.problems)
        self._apply()

    def _take(self, records: list[Record]) -> None:
        last = self._pending[-1].seq if self._pending else self.view.seq
        if records and records[0].seq <= last:
            # The feed went back: what is shown then is folded anew from the start.
            self._pending.clear()
            self.view, self.chronicle = RunView(), Chronicle()
        self._pending.extend(records)

    def _apply(self) -> None:
        for _ in range(min(self._most, len(self._pending))):
            record = self._pending.popleft()
            self.view.apply(record)
            self.chronicle.apply(record)
            self._applied_at = self._clock()
