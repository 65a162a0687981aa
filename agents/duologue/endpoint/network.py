"""The network below httpx: a request goes out as one piece, and a stream says when it is about to wait.

httpcore writes the head of a request and its body one after the other; together they are one packet, and
one call of the system. A quick server's pieces come many at a time. Who takes them in one by one pays for
each; told that nothing more is there, it can take in all of them as one, and nothing is shown later for it.
"""

import select
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import anyio.abc
import httpcore
import httpx

_MOST_UNSENT: Final = 65_536


def _nobody() -> None:
    """Nobody wants to know."""


class TellingStream(httpcore.AsyncNetworkStream):
    """A stream that calls `before_read` each time before it asks the network for more. What that raises
    breaks the reading off. What is written is sent once an answer is waited for, or there is much of it."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        # httpcore sets a clock around each read and write, which takes as long as they do, also where no time
        # is given. Nothing public leads past it.
        plain = getattr(inner, "_stream", None)
        self._plain = plain if isinstance(plain, anyio.abc.ByteStream) else None
        self._socket = inner.get_extra_info("socket")
        self._unsent: list[bytes] = []
        self.before_read: Callable[[], None] = _nobody

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, or what comes next; empty at the end."""
        if self._unsent:
            # A server may refuse a request before it has read all of it: what it says tells more.
            with suppress(httpcore.WriteError):
                await self._send(timeout)
        self.before_read()
        if timeout is None and self._plain is not None:
            try:
                return await self._plain.receive(max_bytes)
            except anyio.EndOfStream:
                return b""
            except (anyio.BrokenResourceError, anyio.ClosedResourceError) as exc:
                raise httpcore.ReadError(str(exc)) from exc
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send, or keep until it is to be answered."""
        self._unsent.append(buffer)
        if len(buffer) > _MOST_UNSENT:
            await self._send(timeout)

    async def _send(self, timeout: float | None) -> None:
        data = b"".join(self._unsent)
        self._unsent.clear()
        if timeout is None and self._plain is not None:
            try:
                await self._plain.send(data)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError) as exc:
                raise httpcore.WriteError(str(exc)) from exc
            return
        await self._inner.write(data, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted."""
        return TellingStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a stream: whether it is readable, its socket, its addresses."""
        # The first is asked twice a call, and takes anyio ten times as long.
        return _is_readable(self._socket) if info == "is_readable" else self._inner.get_extra_info(info)


def _is_readable(sock: socket.socket | None) -> bool:
    """Whether there is something to read, be it the end: an idle connection is over then."""
    if sock is None or sock.fileno() < 0:
        return True
    asked = select.poll()
    asked.register(sock, select.POLLIN)
    return bool(asked.poll(0))


class TellingBackend(httpcore.AsyncNetworkBackend):
    """Connects as another backend does; its streams tell."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the host."""
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return TellingStream(stream)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)


@contextmanager
def telling(stream: object, listener: Callable[[], None]) -> Iterator[None]:
    """While this lasts, the stream tells the listener, if it is one that tells."""
    if not isinstance(stream, TellingStream):
        yield
        return
    stream.before_read = listener
    try:
        yield
    finally:
        stream.before_read = _nobody


def that_tells(transport: httpx.AsyncHTTPTransport) -> httpx.AsyncHTTPTransport:
    """The transport, its streams such as tell from now on."""
    # httpx has no parameter for what its pool connects with, whichever pool it is.
    pool = transport._pool
    pool._network_backend = TellingBackend(pool._network_backend)
    return transport
