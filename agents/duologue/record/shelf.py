"""The saved runs at a glance, kept up to date: only what changed since the last look is read again."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from duologue.errors import RecordError, UserError
from duologue.record.follow import Follower
from duologue.record.log import LOG_NAME
from duologue.record.runs import GZ_NAME, RunSummary, run_folders, summarise
from duologue.record.view import RunView

_PIECE: Final = 100
_MOST_FOLLOWED: Final = 8
_MOST_POLLS: Final = 8

_Stamp = tuple[int, int]
"""When a log was last written, in nanoseconds, and its size."""


@dataclass(frozen=True, slots=True)
class News:
    """What is new: runs that came or changed, and the folders of those that are gone."""

    changed: Sequence[RunSummary]
    gone: Sequence[Path] = ()


class Shelf:
    """A folder of saved runs. `look` may be called from a thread, one at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folder_stamp: int | None = None
        self._paths: list[Path] = []
        self._stamps: dict[Path, _Stamp | None] = {}
        self._known: dict[Path, RunSummary] = {}
        self._tallies: dict[Path, _Tally] = {}

    @property
    def known(self) -> list[RunSummary]:
        """All runs as last seen."""
        return list(self._known.values())

    def look(self) -> Iterator[News]:
        """What is new since the last look, if anything is: the newest runs first, in pieces that grow."""
        gone = self._list()
        piece: list[RunSummary] = []
        most = _PIECE
        for path in reversed(self._paths):
            found = self._renewed(path)
            if found is not None:
                piece.append(found)
            if len(piece) == most:
                yield News(piece)
                # Each piece costs whoever shows the list a look at all of it.
                piece, most = [], 2 * most
        if piece or gone:
            yield News(piece, gone)

    def _list(self) -> list[Path]:
        """Read the folder again if it changed; returns the runs that are gone."""
        try:
            stamp = os.stat(self.folder).st_mtime_ns
        except OSError:
            stamp = None
        if stamp is not None and stamp == self._folder_stamp:
            return []
        self._folder_stamp, self._paths = stamp, list(run_folders(self.folder))
        gone = [path for path in self._known if path not in set(self._paths)] if self._known else []
        for path in gone:
            self._forget(path)
        return gone

    def _forget(self, path: Path) -> None:
        for kept in (self._known, self._stamps, self._tallies):
            kept.pop(path, None)

    def _renewed(self, path: Path) -> RunSummary | None:
        stamp, known = _stamp(path), self._known.get(path)
        if known is not None and stamp == self._stamps[path] and known.state != "running":
            return None
        found = self._tallied(summarise(path))
        self._known[path], self._stamps[path] = found, stamp
        return found if found != known else None

    def _tallied(self, summary: RunSummary) -> RunSummary:
        """A run that is going on with what it has used by now, which its last line does not say."""
        if summary.state != "running":
            self._tallies.pop(summary.path, None)
            return summary
        if summary.path not in self._tallies and len(self._tallies) >= _MOST_FOLLOWED:
            return summary
        return self._tallies.setdefault(summary.path, _Tally(summary.path)).of(summary)


class _Tally:
    """Adds up a run that is going on."""

    def __init__(self, path: Path) -> None:
        self._follower = Follower(path)
        self._view = RunView()

    def of(self, summary: RunSummary) -> RunSummary:
        """The summary with what the run has used, as far as it was read by now."""
        try:
            self._read()
        except (RecordError, UserError):
            return summary
        view, bill = self._view, self._view.bill
        return replace(
            summary,
            turns=view.turns,
            tokens=bill.tokens,
            cost_usd=bill.cost_usd,
            unpriced_tokens=bill.unpriced,
            seconds=view.mono,
        )

    def _read(self) -> None:
        for _ in range(_MOST_POLLS):
            poll = self._follower.poll()
            for record in poll.records:
                self._view.apply(record)
            if not poll.behind:
                return


def _stamp(path: Path) -> _Stamp | None:
    for name in (LOG_NAME, GZ_NAME):
        try:
            found = os.stat(path / name)
        except OSError:
            continue
        return found.st_mtime_ns, found.st_size
    return None
