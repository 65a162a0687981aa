"""Streams that send a request as one piece, and tell before they wait."""

import socket
from typing import Any

import httpcore
import pytest

from duologue.endpoint.network import TellingStream, telling


class Inner(httpcore.AsyncNetworkStream):
    """A network that keeps what it is sent, and says what it is told to."""

    def __init__(
        self, *said: bytes, fault: Exception | None = None, sock: socket.socket | None = None
    ) -> None:
        self.sent: list[bytes] = []
        self._said = list(said)
        self._fault = fault
        self._socket = sock

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._said.pop(0)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._fault is not None:
            raise self._fault
        self.sent.append(buffer)

    def get_extra_info(self, info: str) -> Any:
        return self._socket if info == "socket" else info


async def test_a_request_is_sent_as_one_piece_when_its_answer_is_waited_for() -> None:
    """Head and body are one write, before the first read; an answer's later reads write nothing."""
    inner = Inner(b"one", b"two")
    stream = TellingStream(inner)
    await stream.write(b"head ")
    await stream.write(b"body")
    assert inner.sent == []
    assert [await stream.read(9), await stream.read(9)] == [b"one", b"two"]
    assert inner.sent == [b"head body"]


async def test_a_large_body_is_sent_at_once() -> None:
    """It does not wait in memory beside the request that it belongs to."""
    inner = Inner()
    stream = TellingStream(inner)
    await stream.write(b"head ")
    await stream.write(bytes(100_000))
    assert inner.sent == [b"head " + bytes(100_000)]


async def test_what_a_server_says_counts_more_than_that_it_stopped_reading() -> None:
    """A server that refuses a request and closes before it has read it is heard."""
    stream = TellingStream(Inner(b"HTTP/1.1 413 Too Large", fault=httpcore.WriteError("gone")))
    await stream.write(b"head ")
    assert await stream.read(99) == b"HTTP/1.1 413 Too Large"


async def test_a_listener_is_told_before_each_read_and_no_longer_than_it_listens() -> None:
    """It hears of it while it listens; what it raises breaks the reading off."""
    stream, told = TellingStream(Inner(b"one", b"two")), list[str]()
    with telling(stream, lambda: told.append("waits")):
        await stream.read(9)
    await stream.read(9)
    assert told == ["waits"]

    def refuse() -> None:
        raise KeyError

    with telling(stream, refuse), pytest.raises(KeyError):
        await stream.read(9)


def test_whether_an_idle_connection_is_over() -> None:
    """One with something to read, its end among it, is; a socket that is gone counts as at its end."""
    ours, theirs = socket.socketpair()
    stream = TellingStream(Inner(sock=ours))
    assert not stream.get_extra_info("is_readable")
    theirs.close()
    assert stream.get_extra_info("is_readable")
    ours.close()
    assert stream.get_extra_info("is_readable")
    assert stream.get_extra_info("server_addr") == "server_addr"
