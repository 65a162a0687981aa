"""Bodies that a server compressed although it was asked not to, decoded within bounds."""

import zlib
from collections.abc import Iterator
from typing import Final, Protocol

_STEP: Final = 65536
"""Decoded bytes handed on at a time, so that a bomb is noticed before it has unpacked."""


class Decoder(Protocol):
    """Yields the decoded bytes of a chunk in pieces of bounded size; raises ValueError on bad data."""

    def __call__(self, chunk: bytes) -> Iterator[bytes]: ...


def decoder_for(encoding: str) -> Decoder | None:
    """What decodes this `Content-Encoding`; None when there is nothing to decode. ValueError when unknown."""
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return _Inflate()
        case other:
            raise ValueError(f"a body encoded as {other[:40]!r}, which was not asked for")


class _Inflate:
    """gzip and deflate; 32 lets zlib tell the two headers apart."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def __call__(self, chunk: bytes) -> Iterator[bytes]:
        try:
            while chunk:
                if piece := self._zlib.decompress(chunk, _STEP):
                    yield piece
                chunk = self._zlib.unconsumed_tail
        except zlib.error as exc:
            raise ValueError("a compressed body that cannot be decoded") from exc
