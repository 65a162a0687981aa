"""A log in pages: stretches of some 64 KiB that are read when they are looked at, and soon forgotten again.

A page begins where a turn begins, so that no turn lies on two. The pages of a log are known from its index
without reading it; how many turns one holds is known once it was read.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from duologue.record.events import Record, TurnCompleted
from duologue.record.index import Index, open_index
from duologue.record.index_rows import Row, RowTable
from duologue.record.reader import LineReader

_KEPT: Final = 12
"""Pages kept in memory once read: a screenful is on one or two of them."""


class Pages(Protocol):
    """What a screen reads a recorded run from. Pages are numbered from 0; one may hold nothing."""

    def __len__(self) -> int: ...

    def records(self, page: int) -> Sequence[Record]:
        """The page's records, in order. Raises RecordError, LogTooNew."""
        ...

    def read(self, page: int) -> tuple[Sequence[Record], Sequence[str]]:
        """The same, and what had to be skipped in it; for one who goes through all pages once."""
        ...

    def size(self, page: int) -> int:
        """About how many bytes of log the page is."""
        ...

    def page_of_seq(self, seq: int) -> int:
        """The page that holds the event of that number, or would."""
        ...

    def page_of_turn(self, turn: int) -> int:
        """The page on which that turn begins, or would."""
        ...

    @property
    def turns(self) -> int:
        """The number of the last complete turn, near enough to be told."""
        ...


class HeldPages:
    """Records that are in memory, as a single page."""

    def __init__(self, records: Sequence[Record], problems: Sequence[str] = ()) -> None:
        self._records = records
        self._problems = problems
        completed = (r.event.turn for r in reversed(records) if isinstance(r.event, TurnCompleted))
        self.turns = next(completed, 0)

    def __len__(self) -> int:
        return 1

    def records(self, page: int) -> Sequence[Record]:
        """All of them."""
        return self._records

    def read(self, page: int) -> tuple[Sequence[Record], Sequence[str]]:
        """All of them."""
        return self._records, self._problems

    def size(self, page: int) -> int:
        """Nothing is read for it."""
        return 0

    def page_of_seq(self, seq: int) -> int:
        """The only one."""
        return 0

    def page_of_turn(self, turn: int) -> int:
        """The only one."""
        return 0


class LogPages:
    """The pages of a log file. Use as a context manager. Raises RecordError."""

    def __init__(self, log: Path) -> None:
        self._index: Index = open_index(log)
        self._size = self._index.size
        self._table: RowTable | list[Row] = []
        self._starts: dict[int, int] = {}
        self._kept: OrderedDict[int, Sequence[Record]] = OrderedDict()
        self._turns = -1

    def _rows(self) -> RowTable | list[Row]:
        if not self._table:
            self._table = self._index.rows() or [Row(0, 1, 0, "", 0.0)]
        return self._table

    def __len__(self) -> int:
        return len(self._rows())

    def size(self, page: int) -> int:
        """Bytes from this page's row to the next one's."""
        return self._rows_end(page) - self._rows()[page].offset

    def records(self, page: int) -> Sequence[Record]:
        """The page's records; lines that are damaged are skipped."""
        found = self._kept.pop(page, None)
        if found is None:
            found = self.read(page)[0]
        self._kept[page] = found
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    def read(self, page: int) -> tuple[list[Record], list[str]]:
        """The page's records, and what had to be skipped in it, for one who goes through all pages once."""
        start, end = self._start(page), self._start(page + 1)
        reader = LineReader.after(self._index.line_end_before(start)) if start else LineReader()
        records: list[Record] = []
        problems: list[str] = []
        for found in reader.feed(self._index.span(start, end)):
            if isinstance(found, Record):
                records.append(found)
            else:
                problems.append(str(found) if not start else found.text)
        if page == len(self) - 1 and reader.pending:
            problems.append(f"the last line is torn: {reader.pending} bytes")
        return records, problems

    def place(self, page: int) -> tuple[int, bytes]:
        """Where the page begins, in bytes, and the end of the line before it; empty for the first."""
        start = self._start(page)
        return start, self._index.line_end_before(start) if start else b""

    def raw(self, page: int) -> bytes:
        """The page's bytes as they stand in the log."""
        return self._index.span(self._start(page), self._start(page + 1))

    def page_of_seq(self, seq: int) -> int:
        """By the index, then by where the turn begins."""
        rows = self._rows()
        page = max(bisect_right(rows, seq, key=lambda row: row.seq) - 1, 0)
        # What stands before the first turn that begins on a page belongs to the page before it.
        while page and (first := self._first_seq(page)) is not None and first > seq:
            page -= 1
        return page

    def _first_seq(self, page: int) -> int | None:
        records = self.records(page)
        return records[0].seq if records else self._rows()[page].seq + 1

    def page_of_turn(self, turn: int) -> int:
        """By the index: the event with which the turn begins."""
        try:
            return self.page_of_seq(self._index.seq_of_turn(turn))
        except IndexError:
            return len(self) - 1

    @property
    def turns(self) -> int:
        """The number of the last complete turn."""
        if self._turns < 0:
            self._turns = _last_turn(self._index)
        return self._turns

    def _start(self, page: int) -> int:
        """Where the page begins: at the first turn that begins in its block or after it."""
        if page <= 0:
            return 0
        if page >= len(self):
            return self._size
        if page not in self._starts:
            later = page + 1
            found = self._index.turn_after(self._rows()[page].offset, self._rows_end(page))
            self._starts[page] = self._start(later) if found is None else found
        return self._starts[page]

    def _rows_end(self, page: int) -> int:
        rows = self._rows()
        return rows[page + 1].offset if page + 1 < len(rows) else self._size

    def close(self) -> None:
        """Let go of the log."""
        self._index.close()

    def __enter__(self) -> "LogPages":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _last_turn(index: Index) -> int:
    for count in (64, 4096):
        for record in reversed(index.tail(count)):
            if isinstance(record.event, TurnCompleted):
                return record.event.turn
    return 0
