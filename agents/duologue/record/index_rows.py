"""The rows of `index.bin`: where in a log its events stand.

The index is sparse. It has a row for the first line that begins in each full block of 64 KiB: offset, seq,
turn, type and time, 32 bytes. Building it touches one page a block, so that it costs less than counting
the log's lines, and takes a two-thousandth of the log's size; a look-up reads the block and finds the line
in it. Rows are hints that whoever reads the log has to test.
"""

import json
import os
import re
import struct
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, Self

from duologue.record.events import KNOWN

INDEX_NAME: Final = "index.bin"
BLOCK: Final = 1 << 16
_GLANCE: Final = 4096
_SHORTEST: Final = len(b'{"seq":1,"type":"","at":"","mono":0,"sum":"0123456789abcdef"}')
_MAGIC: Final = b"DUOINDEX"
_VERSION: Final = 1
_HEADER: Final = struct.Struct("<8sIIQ16s16s")
"""Magic, version, block size, bytes indexed, mark of the log, digest of the rows."""
_ROW: Final = struct.Struct("<QQIHxxQ")
"""Offset, seq, turn, type, and milliseconds of the run's clock."""
_TYPES: Final = ("", *(str(kind.model_fields["type"].default) for kind in KNOWN))
_CODES: Final = {name: code for code, name in enumerate(_TYPES)}
_HEAD: Final = re.compile(
    rb'\{"seq":(\d{1,18}),"type":"([a-z.]{1,64})","at":"[^"\\]{0,64}","mono":(\d{1,12}(?:\.\d{1,9})?)'
    rb'(?:,"turn":(\d{1,9}))?[,}]'
)
_TURN: Final = re.compile(rb'"mono":[0-9.]{1,22},"turn":(\d{1,9})[,}]')


@dataclass(frozen=True, slots=True)
class Row:
    """One line's place: byte offset, seq, the turn (0 before the first), type (empty where this version
    does not know it) and seconds of the run's clock."""

    offset: int
    seq: int
    turn: int
    type: str
    mono: float


@dataclass(slots=True)
class RowTable:
    """The rows of a log's first `size` bytes, packed; `size` is a multiple of the block."""

    packed: bytearray
    size: int = 0

    def __len__(self) -> int:
        return len(self.packed) // _ROW.size

    def __getitem__(self, place: int) -> Row:
        offset, seq, turn, code, ms = _ROW.unpack_from(self.packed, place * _ROW.size)
        return Row(offset, seq, turn, _TYPES[code] if code < len(_TYPES) else "", ms / 1000)

    @classmethod
    def build(cls, log: int) -> Self:
        """The rows of a log that is open for reading."""
        table = cls(bytearray())
        table.extend(log)
        return table

    def extend(self, log: int) -> bool:
        """Add the rows of what the log has grown by; says whether there was a full block."""
        end = os.fstat(log).st_size // BLOCK * BLOCK
        begin, last = self.size, self[len(self) - 1] if len(self) else Row(0, 0, 0, "", 0.0)
        for start in range(begin, end, BLOCK):
            row = _first_row(log, start, last)
            if row is not None:
                last = row
                code, ms = _CODES.get(row.type, 0), round(row.mono * 1000)
                self.packed += _ROW.pack(row.offset, row.seq, row.turn, code, ms)
        self.size = max(begin, end)
        return end > begin

    def save(self, path: Path, log: int) -> None:
        """Put the index in its place in one step. Where it cannot be written, there is none."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        digest = blake2b(self.packed, digest_size=16).digest()
        head = _HEADER.pack(_MAGIC, _VERSION, BLOCK, self.size, _mark(log, self.size), digest)
        with suppress(OSError):
            flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
            with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
                file.write(head + self.packed)
            os.replace(temporary, path)
            return
        with suppress(OSError):
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, log: int) -> Self | None:
        """The rows as saved; None where they are missing, damaged, or those of another log."""
        size = os.fstat(log).st_size
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_size > _HEADER.size + (size // BLOCK) * _ROW.size:
                    return None
                head, packed = file.read(_HEADER.size), bytearray(file.read())
        except OSError:
            return None
        if len(head) < _HEADER.size or len(packed) % _ROW.size:
            return None
        magic, version, block, indexed, mark, digest = _HEADER.unpack(head)
        if (magic, version, block) != (_MAGIC, _VERSION, BLOCK) or indexed > size or indexed % BLOCK:
            return None
        if digest != blake2b(packed, digest_size=16).digest() or mark != _mark(log, indexed):
            return None
        return cls(packed, indexed)


def read_head(line: bytes) -> Row | None:
    """What a line's beginning says; its offset is 0. None where it is no line of a log."""
    head = _HEAD.match(line)
    if head is not None:
        seq, kind, mono, turn = head.groups()
        return Row(0, int(seq), int(turn or 0), kind.decode("ascii"), float(mono))
    return _odd_head(line)


def _odd_head(line: bytes) -> Row | None:
    """The same of a line that is whole, but was not written by us."""
    try:
        fields = json.loads(line.partition(b"\n")[0])
        seq, turn, kind, mono = fields["seq"], fields.get("turn", 0), fields["type"], fields["mono"]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    if not (isinstance(seq, int) and isinstance(kind, str) and isinstance(mono, int | float)):
        return None
    turn = turn if isinstance(turn, int) and 0 <= turn < 1 << 30 else 0
    return Row(0, seq, turn, kind, float(mono)) if 0 < seq < 1 << 60 and 0 <= mono < 1e12 else None


def _first_row(log: int, start: int, last: Row) -> Row | None:
    """The row of the first line that begins in the block; None where none does that could follow `last`."""
    # One byte before the block tells whether a line begins right at its start.
    begin = max(0, start - 1)
    found = _row_in(os.pread(log, _GLANCE, begin), begin, last.turn)
    if found is None:
        found = _row_in(os.pread(log, start + BLOCK - begin, begin), begin, last.turn)
    if found is None or found.offset >= start + BLOCK:
        return None
    # A line's number tells how many came before it, and none is shorter than this.
    plausible = last.seq < found.seq <= last.seq + (found.offset - last.offset) // _SHORTEST + 1
    return found if plausible else None


def _row_in(data: bytes, begin: int, turn: int) -> Row | None:
    place = data.find(b"\n") + 1 if begin else 0
    row = read_head(data[place:]) if place or not begin else None
    if row is None:
        return None
    named = _TURN.search(data, place)
    return Row(begin + place, row.seq, max(turn, int(named.group(1)) if named else 0), row.type, row.mono)


def _mark(log: int, size: int) -> bytes:
    """Tells the log from others, and from itself rewritten: its beginning, and the end of what is indexed."""
    tail = max(0, size - _GLANCE)
    both = os.pread(log, min(size, _GLANCE), 0) + os.pread(log, size - tail, tail)
    return blake2b(both, digest_size=16).digest()
