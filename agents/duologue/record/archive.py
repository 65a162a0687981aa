"""Members of a zip file from elsewhere, read into memory within bounds; nothing is ever unpacked to disk.

Python reads zips of stored and deflated members. Zstandard, which newer `.eval` files use, comes with
Python 3.14 and with the package `backports.zstd` or `zstandard` before that.
"""

import importlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

_ZSTANDARD: Final = 93
_LOCAL: Final = struct.Struct("<26xHH")
"""The header before a member's bytes, at its end the lengths of the name and of what follows it."""
_ENCRYPTED: Final = 0x1


class BadArchive(Exception):
    """The archive or a member cannot be read; the text says why, `hint` what to do, or None."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Archive:
    """A zip file, open for reading. No more than `most_bytes` are unpacked of all its members together."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._room = most_bytes
        with _translated():
            self._file: IO[bytes] = path.open("rb")
            try:
                self._zip = zipfile.ZipFile(self._file)
            except BaseException:
                self._file.close()
                raise
        self._members = {member.filename: member for member in self._zip.infolist()}

    @property
    def names(self) -> list[str]:
        """The members' names, in the order of the archive, each once: the last of a name counts."""
        return list(self._members)

    def read(self, name: str) -> bytes:
        """The member's bytes. Raises BadArchive where it is damaged, too large, or packed unreadably."""
        member = self._members[name]
        if member.flag_bits & _ENCRYPTED:
            raise BadArchive(f"{name} is encrypted")
        with _translated():
            data = self._zstandard(member) if member.compress_type == _ZSTANDARD else self._plain(member)
        self._room -= len(data)
        if self._room < 0:
            raise BadArchive("it is too large, unpacked")
        return data

    def _plain(self, member: zipfile.ZipInfo) -> bytes:
        with self._zip.open(member) as file:
            return file.read(self._room + 1)

    def _zstandard(self, member: zipfile.ZipInfo) -> bytes:
        self._file.seek(member.header_offset)
        name_bytes, extra_bytes = _LOCAL.unpack(self._file.read(_LOCAL.size))
        self._file.seek(name_bytes + extra_bytes, 1)
        data = _unzstandard(self._file.read(member.compress_size), self._room + 1)
        if len(data) <= self._room and zlib.crc32(data) != member.CRC:
            raise BadArchive(f"{member.filename} is damaged")
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError, OverflowError) as exc:
        raise BadArchive("it is damaged or no zip file") from exc
    except NotImplementedError as exc:
        raise BadArchive("it is packed in a way that this Python cannot read") from exc
    except OSError as exc:
        raise BadArchive(exc.strerror or str(exc)) from exc


def _unzstandard(data: bytes, most_bytes: int) -> bytes:
    """At most that many of the bytes that the Zstandard frames come to."""
    for name, unpack in _READERS:
        if (module := _module(name)) is not None:
            return unpack(module, data, most_bytes)
    raise BadArchive(
        "it is packed with Zstandard, which this Python cannot read",
        "Install `backports.zstd`, or convert it: inspect log convert FILE --to json --output-dir DIR",
    )


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _standard(module: Any, data: bytes, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    room = most_bytes
    while data:
        frame = module.ZstdDecompressor()
        try:
            parts.append(frame.decompress(data, room))
        except module.ZstdError as exc:
            raise BadArchive("it is damaged") from exc
        room -= len(parts[-1])
        data = frame.unused_data if frame.eof else b""
    return b"".join(parts)


def _third_party(module: Any, data: bytes, most_bytes: int) -> bytes:
    try:
        with module.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
            return bytes(reader.read(most_bytes))
    except module.ZstdError as exc:
        raise BadArchive("it is damaged") from exc


_READERS: Final = (
    ("compression.zstd", _standard),
    ("backports.zstd", _standard),
    ("zstandard", _third_party),
)
