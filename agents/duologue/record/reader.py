"""Reading a log, lenient or strict.

Viewing is lenient: a line that is torn, altered or out of its place is skipped and reported, never shown
as if it were true. Strict reading refuses the log at the first such line.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

from duologue.errors import LogDamaged, RecordError
from duologue.record.compressed import GZ_SUFFIX, GzipDamage, GzipLog
from duologue.record.events import Record
from duologue.record.lines import BadLine, Line, chained_sum, parse_line

_CHUNK: Final = 1 << 20
_TAIL_BYTES: Final = len(b',"sum":"0123456789abcdef"}')
_STORED: Final = re.compile(rb"[0-9a-f]{16}")
_MOST_SUMS: Final = 12
"""Sums remembered over lines that had to be skipped."""
_LONGEST: Final = 1 << 26
"""Bytes of the longest line that is read; a file that is no log may have no lines at all."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the log that was skipped: the line's number from 1, and what is wrong with it."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


class LineReader:
    """Bytes in, records and problems out; keeps the chain from line to line, in the order of the file.

    A record is yielded only where the chain vouches for it: its line follows the line before, or one of
    those that were skipped since. Of a skipped line either the stored or the computed sum may be true.
    """

    def __init__(self) -> None:
        self.line = 0
        """The number of the line last read, from 1."""
        self._last: Line | None = None
        self._rest = bytearray()
        self._cut = 0
        self._seq = 0
        self._sums: tuple[str, ...] = ("",)
        self._doubted = False

    @classmethod
    def after(cls, raw: bytes) -> Self:
        """A reader of what comes after this line, which is taken as it is."""
        reader = cls()
        reader._sums = ()
        reader._doubt(raw)
        return reader

    @property
    def body(self) -> bytes:
        """The bytes of the line of the record last yielded, from its `{` up to its sum."""
        return b"" if self._last is None else self._last.body

    @property
    def pending(self) -> int:
        """Bytes after the last whole line."""
        return self._cut + len(self._rest)

    def feed(self, data: bytes) -> Iterator[Record | Problem]:
        """What these further bytes complete. Raises LogTooNew."""
        *whole, rest = data.split(b"\n")
        for raw in whole:
            self.line += 1
            if self._rest:
                raw, self._rest = bytes(self._rest + raw), bytearray()
            if self._cut:
                self._cut = 0
                yield self._skipped(raw, "it is too long to be an event")
            else:
                yield from self._read(raw)
        self._rest += rest
        if len(self._rest) > _LONGEST:
            self._cut += len(self._rest) - _TAIL_BYTES
            del self._rest[:-_TAIL_BYTES]

    def _read(self, raw: bytes) -> Sequence[Record | Problem]:
        try:
            line = parse_line(raw)
        except BadLine as exc:
            return (self._skipped(raw, str(exc)),)
        lost = line.record.seq - self._seq - 1
        if not any(map(line.follows, self._sums)):
            return (self._skipped(raw, _why_unvouched(line.record.seq, lost)),)
        if lost < 0:
            return (self._skipped(raw, f"event {line.record.seq} stands in the wrong place"),)
        news = lost and not self._doubted
        self._last, self._seq, self._sums = line, line.record.seq, (line.stored,)
        self._doubted = False
        return (Problem(self.line, _lost(lost)), line.record) if news else (line.record,)

    def _skipped(self, raw: bytes, why: str) -> Problem:
        self._doubt(raw)
        return Problem(self.line, why)

    def _doubt(self, raw: bytes) -> None:
        """Remember every sum that the next good line may follow, should this line be skipped."""
        found = [tail.decode("ascii") for tail in _STORED.findall(raw[-_TAIL_BYTES:])]
        body = raw[: raw.rfind(b',"sum"')] if b',"sum"' in raw else raw[:-_TAIL_BYTES]
        found += [chained_sum(previous, body) for previous in self._sums[-2:]]
        self._sums = tuple(dict.fromkeys([*self._sums, *found]))[-_MOST_SUMS:]
        self._doubted = True


def _why_unvouched(seq: int, lost: int) -> str:
    if lost > 0:
        return f"{_lost(lost)}, or it was altered"
    if lost < 0:
        return f"event {seq} stands in the wrong place"
    return "its sum does not match: it was altered"


def _lost(count: int) -> str:
    return "1 event before it is lost" if count == 1 else f"{count} events before it are lost"


def read_log(path: Path) -> tuple[list[Record], list[Problem]]:
    """Everything that can be read of a log, and what had to be skipped. Raises RecordError, LogTooNew."""
    records: list[Record] = []
    problems: list[Problem] = []
    for found in iterate_log(path):
        if isinstance(found, Record):
            records.append(found)
        else:
            problems.append(found)
    return records, problems


def read_strict(path: Path) -> list[Record]:
    """All records of an undamaged log; raises LogDamaged at the first fault. A torn tail is one."""
    records: list[Record] = []
    for found in iterate_log(path):
        if not isinstance(found, Record):
            raise LogDamaged(f"The log {path} is damaged at {found}.", line=found.line)
        records.append(found)
    return records


def open_log(path: Path) -> BinaryIO | GzipLog:
    """The log's bytes, from `log.jsonl` or, where the run was compressed, from the `log.jsonl.gz` in its
    place. Raises OSError."""
    if path.suffix == GZ_SUFFIX:
        return GzipLog(path)
    try:
        return path.open("rb")
    except FileNotFoundError:
        compressed = path.with_name(path.name + GZ_SUFFIX)
        if not compressed.is_file():
            raise
        return GzipLog(compressed)


def iterate_log(path: Path, reader: LineReader | None = None) -> Iterator[Record | Problem]:
    """Records and problems in the order of the file, which may be compressed; read with `reader`, where
    one is given. Raises RecordError, LogTooNew."""
    reader = reader or LineReader()
    damage: str | None = None
    try:
        with closing(open_log(path)) as file:
            while chunk := file.read(_CHUNK):
                yield from reader.feed(chunk)
    except GzipDamage as exc:
        damage = str(exc)
    except OSError as exc:
        raise RecordError(f"The log {path} cannot be read: {exc.strerror or exc}.") from exc
    if reader.pending:
        yield Problem(reader.line + 1, f"the last line is torn: {reader.pending} bytes")
    if damage is not None:
        yield Problem(reader.line + 1, damage)
