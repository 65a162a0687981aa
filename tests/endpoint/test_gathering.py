"""Pieces that are there at once are handed on as one, and before anything is waited for."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from duologue.endpoint.connection import open_pool
from duologue.endpoint.gathering import gather
from tests.endpoint.wire import Answer, End, Wire, head

_PIECES = (b"one ", b"two ", b"three ")


def _answer(*parts: bytes, end: End = "close") -> Answer:
    """The parts in one write, after a head that announces HTTP chunks."""
    return Answer([head(Transfer_Encoding="chunked") + b"".join(parts)], end)


def _chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


async def _gather(answer: Answer, take: Callable[[bytes], bool]) -> None:
    async with Wire([answer]) as wire, open_pool(wire.url).transport as transport, asyncio.timeout(30):
        response = await transport.handle_async_request(httpx.Request("GET", wire.url))
        try:
            await gather(response, take)
        finally:
            await response.aclose()


async def test_what_is_there_at_once_is_one() -> None:
    """Chunks that came in one packet are handed on together."""
    taken: list[bytes] = []
    await _gather(_answer(_chunks(*_PIECES), b"0\r\n\r\n"), lambda data: bool(taken.append(data)))
    assert taken == [b"one two three "]


async def test_nothing_is_kept_back_while_more_is_waited_for() -> None:
    """What has come is handed on though the server sends nothing more, and having had enough ends it."""
    taken: list[bytes] = []

    def take(data: bytes) -> bool:
        taken.append(data)
        return data.endswith(b"three ")

    await _gather(_answer(_chunks(*_PIECES), end="hang"), take)
    assert taken == [b"one two three "]


async def test_what_came_before_an_error_is_handed_on() -> None:
    """A body that breaks off is handed on as far as it came before its error is raised."""
    taken: list[bytes] = []
    with pytest.raises(httpx.RemoteProtocolError):
        await _gather(_answer(_chunks(*_PIECES), b"no size\r\n"), lambda data: bool(taken.append(data)))
    assert taken == [b"one two three "]


async def test_an_error_of_the_taker_ends_the_reading() -> None:
    """What the taker raises comes out as it is, also where the next piece was about to be waited for."""

    def take(data: bytes) -> bool:
        raise KeyError(data)

    with pytest.raises(KeyError):
        await _gather(_answer(_chunks(*_PIECES), end="hang"), take)


async def test_much_is_handed_on_in_parts() -> None:
    """What one packet unpacks to does not gather in memory without end."""
    sizes: list[int] = []
    packed = head(Content_Encoding="gzip") + gzip.compress(bytes(2**24))
    await _gather(Answer([packed]), lambda data: bool(sizes.append(len(data))))
    assert sum(sizes) == 2**24
    assert max(sizes) <= 2 * 65_536


async def test_without_a_network_each_piece_is_by_itself() -> None:
    """A transport that does not tell when it waits may wait after any piece."""
    taken: list[bytes] = []

    class Pieces(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in _PIECES:
                yield piece

    await gather(httpx.Response(200, stream=Pieces()), lambda data: bool(taken.append(data)))
    assert taken == list(_PIECES)
