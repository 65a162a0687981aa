"""The end of a log, read backwards: the last events are there before anything is indexed."""

import os
from typing import Final

from duologue.record.events import Record
from duologue.record.index_rows import read_head
from duologue.record.reader import LineReader

_WINDOW: Final = 1 << 16


def last_records(log: int, count: int) -> list[Record]:
    """The last records of an open log, at most `count`; damaged lines among them are skipped."""
    if count < 1:
        return []
    before, lines = _last_lines(log, count)
    reader = LineReader() if before is None else LineReader.after(before)
    found = reader.feed(b"".join(line + b"\n" for line in lines))
    return [record for record in found if isinstance(record, Record)]


def last_seq(log: int) -> int:
    """The number of the last line that has one: how many events an undamaged log holds."""
    count = 1
    while True:
        before, lines = _last_lines(log, count)
        for line in reversed(lines):
            if (head := read_head(line)) is not None:
                return head.seq
        if before is None:
            return 0
        count *= 8


def _last_lines(log: int, count: int) -> tuple[bytes | None, list[bytes]]:
    """The last whole lines, and the line before them, which is None where they are all."""
    size = os.fstat(log).st_size
    window = _WINDOW
    while True:
        start = max(0, size - window)
        data = os.pread(log, size - start, start)
        lines = data[: data.rfind(b"\n") + 1].split(b"\n")[:-1]
        if start:
            lines = lines[1:]  # its beginning may lie before the window
        if len(lines) > count:
            return lines[-count - 1], lines[-count:]
        if not start:
            return None, lines
        window *= 4
