"""The bytes of a log that was compressed with gzip, streamed: memory does not grow with the log."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

GZ_SUFFIX: Final = ".gz"
_PIECE: Final = 1 << 16
_GZIP: Final = 16 + zlib.MAX_WBITS


class GzipDamage(OSError):
    """The compressed file is torn or altered; what comes before that place was read."""


class GzipLog:
    """Reads what a gzip file holds. Unlike the standard library's reader it gives every byte that stands
    before a damage, and only then raises GzipDamage."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self._inflate = zlib.decompressobj(_GZIP)
        self._input = b""
        self._begun = False
        self._fault: str | None = None

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes of the log; none at its end. Raises GzipDamage, and OSError."""
        while self._fault is None and not self._file.closed:
            self._input = self._input or self._file.read(_PIECE)
            if self._inflate.eof:
                if not self._input.strip(b"\0"):
                    if self._input:
                        self._input = b""
                        continue
                    return b""
                self._inflate = zlib.decompressobj(_GZIP)
            elif not self._input:
                if not self._begun:
                    return b""
                self._fault = "it ends too early"
                break
            self._begun = True
            if found := self._next(size):
                return found
        if self._fault is None:
            return b""
        self.close()
        raise GzipDamage(f"the compressed file is damaged: {self._fault}")

    def _next(self, size: int) -> bytes:
        before = self._inflate.copy()
        try:
            found = self._inflate.decompress(self._input, size)
        except zlib.error:
            self._fault = "its bytes were altered"
            return _salvage(before.decompress, self._input)
        self._input = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        return found

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _salvage(decompress: Callable[[bytes], bytes], data: bytes) -> bytes:
    """What comes out before the byte that cannot be read."""
    found: list[bytes] = []
    try:
        for place in range(len(data)):
            found.append(decompress(data[place : place + 1]))
    except zlib.error:
        pass
    return b"".join(found)
