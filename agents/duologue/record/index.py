"""Jumping about in a log without reading it: its last events, the event of a number, the start of a turn.

The rows that lead there are kept in `index.bin`, which may be deleted at any time: it is built when it is
first needed, extended when the log grew, and rebuilt where it is damaged or belongs to another log. It is
never trusted. What is read at an offset has to be that event, and to follow the line before it.
"""

import os
import re
import tempfile
from bisect import bisect_right
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from duologue.errors import LogDamaged, RecordError
from duologue.record.compressed import GzipLog
from duologue.record.events import Record
from duologue.record.index_rows import BLOCK, INDEX_NAME, Row, RowTable, read_head
from duologue.record.index_tail import last_records, last_seq
from duologue.record.lines import BadLine, parse_line
from duologue.record.reader import open_log

_PIECE: Final = 2 * BLOCK
_MOST_NEEDLE: Final = 256
_LONGEST: Final = 1 << 26
_TURN_HEAD: Final = re.compile(rb'\n\{"seq":\d{1,18},"type":"turn\.started",')
_TAIL: Final = re.compile(rb'"sum":"([0-9a-f]{16})"\}\n\Z')
_TAIL_BYTES: Final = len(b'"sum":"0123456789abcdef"}\n')


class Index:
    """A log that is open for jumping about in. Use as a context manager."""

    def __init__(self, log: Path) -> None:
        self._path = log
        self._table: RowTable | None = None
        try:
            self._descriptor, self._sidecar = _descriptor_of(log)
        except OSError as exc:
            raise RecordError(f"The log {log} cannot be read: {exc.strerror or exc}.") from exc

    def __len__(self) -> int:
        """The number of the last event; the log is not read for it."""
        return last_seq(self._descriptor)

    def tail(self, count: int) -> list[Record]:
        """The last records, read backwards from the end; needs no index. Raises LogTooNew."""
        return last_records(self._descriptor, count)

    def row(self, seq: int) -> Row:
        """Where the event of that number stands. Raises IndexError where there is none."""
        offset = self._offset_of(seq)
        found = None if offset is None else read_head(self._line(offset))
        if offset is None or found is None:
            raise IndexError(seq)
        return replace(found, offset=offset)

    def read(self, seq: int) -> Record:
        """The event of that number. Raises IndexError where there is none, LogDamaged where its line or
        the one before it was altered."""
        offset = self._offset_of(seq)
        if offset is None:
            raise IndexError(seq)
        try:
            line = parse_line(self._line(offset))
        except BadLine as exc:
            raise LogDamaged(f"Event {seq} of the log {self._path} is damaged: {exc}.", line=seq) from exc
        if line.record.seq != seq or not line.follows(self._sum_before(offset)):
            raise LogDamaged(f"Event {seq} of the log {self._path} was altered.", line=seq)
        return line.record

    def offset_of_turn(self, turn: int) -> int | None:
        """Where the turn's first line begins, in bytes; None where there is no such turn."""
        needle = re.compile(
            rb'\{"seq":\d{1,18},"type":"turn\.started","at":"[^"\\]{0,64}","mono":[0-9.]{1,24},"turn":%d[,}]'
            % turn
        )
        rows = self._rows()
        place = bisect_right(range(len(rows)), turn - 1, key=lambda i: rows[i].turn)
        return self._find(b'"type":"turn.started"', needle, place)

    def seq_of_turn(self, turn: int) -> int:
        """The number of the turn's first event. Raises IndexError where there is no such turn."""
        offset = self.offset_of_turn(turn)
        head = None if offset is None else read_head(self._line(offset))
        if head is None:
            raise IndexError(turn)
        return head.seq

    @property
    def size(self) -> int:
        """The log's whole lines, in bytes; what is torn at its end is counted in."""
        return os.fstat(self._descriptor).st_size

    def rows(self) -> RowTable:
        """A row for the first line that begins in each full block, as the log stands now."""
        table = self._rows()
        return RowTable(table.packed[:], table.size)

    def span(self, start: int, end: int) -> bytes:
        """The log's bytes from one offset to another."""
        return os.pread(self._descriptor, max(end - start, 0), start)

    def line_end_before(self, offset: int) -> bytes:
        """The end of the line before that offset, which holds the sum that the next line follows."""
        begin = max(0, offset - _TAIL_BYTES)
        return os.pread(self._descriptor, offset - begin, begin).rstrip(b"\n")

    def turn_after(self, start: int, end: int) -> int | None:
        """Where the first turn begins in the lines from `start`, where one begins, to `end`; None where none
        does."""
        for begin in range(max(start - 1, 0), end, _PIECE):
            found = _TURN_HEAD.search(os.pread(self._descriptor, _PIECE + _MOST_NEEDLE, begin))
            if found is not None:
                offset = begin + found.start() + 1
                return offset if offset < end else None
        return None

    def _offset_of(self, seq: int) -> int | None:
        literal = b'{"seq":%d,' % seq
        rows = self._rows()
        place = bisect_right(range(len(rows)), seq, key=lambda i: rows[i].seq)
        return self._find(literal, re.compile(re.escape(literal)), place)

    def _find(self, literal: bytes, head: re.Pattern[bytes], place: int) -> int | None:
        """The line that begins so, between the row before `place` and the one after it; where these
        mislead, as in a damaged log, in all of the log."""
        rows = self._rows()
        size = os.fstat(self._descriptor).st_size
        start = rows[place - 1].offset if place else 0
        end = rows[place + 1].offset if place + 1 < len(rows) else size
        found = self._scan(literal, head, start, end)
        if found is None and end - start < size:
            found = self._scan(literal, head, 0, size)
        return found

    def _scan(self, literal: bytes, head: re.Pattern[bytes], start: int, end: int) -> int | None:
        while start < end:
            # A byte more at the front tells where a line begins; at the back, whole needles.
            begin = max(0, start - _MOST_NEEDLE)
            data = os.pread(self._descriptor, start + _PIECE + _MOST_NEEDLE - begin, begin)
            place = -1
            while (place := data.find(literal, place + 1)) >= 0:
                line = data.rfind(b"\n", 0, place) + 1
                if (line or not begin) and head.match(data, line):
                    return begin + line
            start += _PIECE
        return None

    def _line(self, offset: int) -> bytes:
        size = BLOCK
        while True:
            data = os.pread(self._descriptor, size, offset)
            end = data.find(b"\n")
            if end >= 0 or len(data) < size or size >= _LONGEST:
                return data[: end if end >= 0 else None]
            size *= 4

    def _sum_before(self, offset: int) -> str:
        """The sum of the line before; no sum's digits where it has none."""
        if offset == 0:
            return ""
        data = os.pread(self._descriptor, _TAIL_BYTES, max(0, offset - _TAIL_BYTES))
        found = _TAIL.search(data)
        return found.group(1).decode("ascii") if found else "none"

    def _rows(self) -> RowTable:
        """The rows, brought up to what the log has grown to."""
        table = self._table
        if table is None and self._sidecar is not None:
            table = RowTable.load(self._sidecar, self._descriptor)
        if table is None or table.size > os.fstat(self._descriptor).st_size:
            table = RowTable(bytearray())
        if table.extend(self._descriptor) and self._sidecar is not None:
            table.save(self._sidecar, self._descriptor)
        self._table = table
        return table

    def close(self) -> None:
        """Let go of the log."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_index(log: Path) -> Index:
    """The log, open for jumping about in; at once, as nothing is indexed before it is needed. A compressed
    log is unpacked to a nameless temporary file. Raises RecordError."""
    return Index(log)


def _descriptor_of(log: Path) -> tuple[int, Path | None]:
    """The log, open for reading at any offset, and where its index belongs; None where it is not kept."""
    with closing(open_log(log)) as file:
        if not isinstance(file, GzipLog):
            return os.dup(file.fileno()), log.with_name(INDEX_NAME)
        with tempfile.TemporaryFile() as unpacked:
            while data := file.read(_PIECE):
                unpacked.write(data)
            unpacked.flush()
            return os.dup(unpacked.fileno()), None
