"""A run that goes on, opened at its end and followed from there, however long it is already.

What came before is read where one looks at it, and counted behind the screen; when that is done, the run is
given anew, as it stood before its last pages.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from duologue.record.follow import Follower, Poll
from duologue.record.log import LOG_NAME
from duologue.record.pages import LogPages
from duologue.record.view import RunView
from duologue.tui.chronicle import Chronicle
from duologue.tui.ledger import Ledger
from duologue.tui.player import IDLE_S, recall

_HELD: Final = 2
"""Pages at the end whose items are held from the beginning."""


class Watched:
    """A feed of a run's folder or log file. `pages` are those of the log as it was when opened, `first` is
    the page from which on the records are given. Raises RecordError."""

    def __init__(self, path: Path) -> None:
        self.pages = LogPages(path / LOG_NAME if path.is_dir() else path)
        self.first = max(len(self.pages) - _HELD, 0)
        self.ledger = Ledger(self.pages, IDLE_S, self.first)
        self.chronicle = Chronicle()
        """What is known in outline of what came before the records given."""
        self._path = path
        self._told = 0
        """Problems that were told of the records given."""
        self._again = 0
        """Of these, the ones that are still to come once more."""
        self._begin()

    def _begin(self) -> None:
        """Give the records from the first page on, after all that is known of what came before."""
        self.counted = self.ledger.done
        self._base: RunView | None = None
        self._view = RunView()
        self._follower = Follower(self._path)
        if self.first:
            self._base = self._view = self.ledger.view_at(self.first)
            self._follower = Follower(self._path, *self.pages.place(self.first))
        if self.counted:
            self.chronicle = self.ledger.chronicle
        self._again = self._told

    @property
    def seq(self) -> int:
        """The number of the first event that is given."""
        records = self.pages.records(self.first)
        return records[0].seq if records else 0

    def poll(self) -> Poll:
        """What is new since the last poll; all from the first page on when what came before is counted."""
        counted_now = self.ledger.done and not self.counted
        if counted_now:
            self._begin()
        poll = self._follower.poll()
        recall(self._view, poll.records, self.pages)
        base, self._base = self._base, None
        known = min(self._again, len(poll.problems))
        problems, self._again = poll.problems[known:], self._again - known
        self._told += len(problems)
        return replace(poll, base=base, problems=(self.ledger.problems if counted_now else []) + problems)
