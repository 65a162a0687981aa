"""Compressed bodies, decoded in pieces of bounded size."""

import gzip
import zlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from duologue.endpoint.decoding import decoded


class Chunks(httpx.AsyncByteStream):
    """A body that arrives in given pieces."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


async def _pieces(encoding: str, *chunks: bytes) -> list[bytes]:
    response = httpx.Response(200, headers={"content-encoding": encoding}, stream=Chunks(*chunks))
    return [piece async for piece in decoded(response)]


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("Deflate ", zlib.compress)])
async def test_a_bomb_unpacks_piece_by_piece(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    """Sixteen megabytes out of a few kilobytes come in small pieces."""
    sizes = [len(piece) for piece in await _pieces(encoding, compress(bytes(2**24)))]
    assert max(sizes) <= 65536
    assert sum(sizes) == 2**24


async def test_chunks_may_be_cut_anywhere() -> None:
    """Byte by byte the same comes out."""
    packed = gzip.compress(b"hello " * 50)
    pieces = await _pieces("gzip", *(packed[at : at + 1] for at in range(len(packed))))
    assert b"".join(pieces) == b"hello " * 50


@pytest.mark.parametrize("encoding", ["identity", " Identity"])
async def test_nothing_to_decode(encoding: str) -> None:
    """An identity encoding hands the chunks on as they are."""
    assert await _pieces(encoding, b"a", b"b") == [b"a", b"b"]


@pytest.mark.parametrize(("encoding", "chunk"), [("br", b""), ("gzip, br", b""), ("gzip", b"\x01\x02\x03")])
async def test_what_cannot_be_decoded(encoding: str, chunk: bytes) -> None:
    """Encodings that nobody asked for, and bytes that are not what they claim, are errors."""
    with pytest.raises(httpx.DecodingError):
        await _pieces(encoding, chunk)
