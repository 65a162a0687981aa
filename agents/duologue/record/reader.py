"""Reading a log, lenient or strict.

Viewing is lenient: a line that is torn, altered or out of its place is skipped and reported, never shown
as if it were true. Strict reading refuses the log at the first such line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from duologue.errors import LogDamaged, RecordError
from duologue.record.events import Record
from duologue.record.lines import BadLine, Line, chained_sum, parse_line

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the log that was skipped: the line's number from 1, and what is wrong with it."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


class LineReader:
    """Bytes in, records and problems out; keeps the chain from line to line, in the order of the file."""

    def __init__(self) -> None:
        self._rest = b""
        self._line = 0
        self._seq = 0
        # After an altered line either its stored or its computed sum may be the true one.
        self._sums: tuple[str, ...] = ("",)

    @property
    def pending(self) -> int:
        """Bytes after the last whole line."""
        return len(self._rest)

    def feed(self, data: bytes) -> Iterator[Record | Problem]:
        """What these further bytes complete. Raises LogTooNew."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for raw in whole:
            self._line += 1
            yield from self._read(raw)

    def _read(self, raw: bytes) -> Iterator[Record | Problem]:
        try:
            line = parse_line(raw)
        except BadLine as exc:
            yield Problem(self._line, str(exc))
            return
        intact = any(line.follows(previous) for previous in self._sums)
        lost = line.record.seq - self._seq - 1
        computed = () if intact else tuple(chained_sum(previous, line.body) for previous in self._sums)
        self._sums = (line.stored, *computed[:2])
        yield from self._place(line, intact, lost)

    def _place(self, line: Line, intact: bool, lost: int) -> Iterator[Record | Problem]:
        if intact and lost == 0:
            self._seq = line.record.seq
            yield line.record
        elif lost > 0:
            # The line before is missing, so nothing vouches for this one; its own bytes parse.
            yield Problem(self._line, f"{lost} event{'s' * (lost > 1)} before it are lost")
            self._seq = line.record.seq
            yield line.record
        elif lost < 0:
            yield Problem(self._line, f"event {line.record.seq} stands in the wrong place")
        else:
            self._seq = line.record.seq
            yield Problem(self._line, "its sum does not match: it was altered")


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


def iterate_log(path: Path) -> Iterator[Record | Problem]:
    """Records and problems in the order of the file."""
    reader = LineReader()
    number = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                number += chunk.count(b"\n")
                yield from reader.feed(chunk)
    except OSError as exc:
        raise RecordError(f"The log {path} cannot be read: {exc.strerror or exc}.") from exc
    if reader.pending:
        yield Problem(number + 1, f"the last line is torn: {reader.pending} bytes")
