"""Bodies that a server compressed although it was asked not to, decoded within bounds."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final, cast

import httpx

_STEP: Final = 65536
"""Decoded bytes handed on at a time, so that a bomb is noticed before it has unpacked."""

_IDENTITY: Final = "identity"
_ZLIB: Final = frozenset({"gzip", "x-gzip", "deflate"})


def decoded(response: httpx.Response) -> AsyncIterator[bytes]:
    """The response's body as it arrives; httpx.DecodingError when it cannot be decoded.

    This reads the stream itself: `aiter_raw` would wrap each chunk once more, and `aiter_bytes` unpacks a
    chunk whole, however large it turns out.
    """
    stream = cast(httpx.AsyncByteStream, response.stream)
    encodings = [value for name, value in response.headers.raw if name.lower() == b"content-encoding"]
    encoding = b", ".join(encodings).decode("latin-1").strip().lower() or _IDENTITY
    return aiter(stream) if encoding == _IDENTITY else _inflated(stream, encoding)


async def _inflated(stream: httpx.AsyncByteStream, encoding: str) -> AsyncIterator[bytes]:
    if encoding not in _ZLIB:
        raise httpx.DecodingError(f"{encoding[:40]} was not asked for")
    # 32 lets zlib tell the headers of gzip and deflate apart.
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    async for chunk in stream:
        for piece in _unpacked(unpacker, chunk):
            yield piece


def _unpacked(unpacker: "zlib._Decompress", chunk: bytes) -> Iterator[bytes]:
    try:
        while chunk:
            if piece := unpacker.decompress(chunk, _STEP):
                yield piece
            chunk = unpacker.unconsumed_tail
    except zlib.error as exc:
        raise httpx.DecodingError("not what its encoding says") from exc
