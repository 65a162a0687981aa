"""The network below httpx, on asyncio's own transports.

httpcore's network takes two calls of the system to pause and resume each read, sets a clock around reads and
writes also where no time is given, and sends the head of a request and its body one after the other. Here,
reading goes on by itself, a request is one piece, and a stream says when it is asked for more: a quick
server's pieces come many at a time, and who has read what was there can take in all of them as one.
"""

import asyncio
import errno
import select
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import aiohappyeyeballs
import httpcore
import httpx

_MOST_UNSENT: Final = 65_536
_MOST_UNREAD: Final = 262_144
"""Bytes that came and that nobody asked for yet; past them, the other side is made to wait."""

_NEXT_ADDRESS_S: Final = 0.25
"""After so long the next address of a host is tried as well, as RFC 8305 recommends."""

_EXTRAS: Final = {
    "ssl_object": "ssl_object",
    "client_addr": "sockname",
    "server_addr": "peername",
    "socket": "socket",
}
"""What httpcore asks of a stream, as asyncio's transports name it."""


def _nobody() -> None:
    """Nobody wants to know."""


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection. It calls `before_read` each time before it gives more; what that raises breaks the
    reading off. What is written is sent once an answer is waited for, or there is much of it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._unsent: list[bytes] = []
        self._unread = bytearray()
        self._over = False
        self._fault: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._is_full = False
        self.before_read: Callable[[], None] = _nobody

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, or what comes next; empty at the end. httpcore.ReadError when the connection broke,
        ReadTimeout after so many seconds."""
        if self._unsent:
            # A server may refuse a request before it has read all of it: what it says tells more.
            with suppress(httpcore.WriteError):
                await self._send(timeout)
        self.before_read()
        if self._unread:
            # Clocks and whoever calls it off get their turn, however much is here already.
            await asyncio.sleep(0)
        elif not self._over:
            self._reader = self._loop.create_future()
            await _within(self._reader, timeout, httpcore.ReadTimeout)
        if not self._unread and self._fault is not None:
            raise httpcore.ReadError(str(self._fault)) from self._fault
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if len(self._unread) < _MOST_UNREAD and not self._over:
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send, or keep until it is to be answered."""
        self._unsent.append(buffer)
        if len(buffer) > _MOST_UNSENT:
            await self._send(timeout)

    async def _send(self, timeout: float | None) -> None:
        """httpcore.WriteError when the connection broke, WriteTimeout when it takes nothing for so long."""
        data = b"".join(self._unsent)
        self._unsent.clear()
        if not self._over:
            self._transport.write(data)
            # asyncio goes on sending by itself. Who answers before it has all of a request may want no more.
            if self._is_full and not self._unread:
                self._writer = self._loop.create_future()
                await _within(self._writer, timeout, httpcore.WriteTimeout)
        if self._over:
            raise httpcore.WriteError(str(self._fault or "")) from self._fault

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted. httpcore.ConnectError when the other side cannot be trusted, or is
        gone, ConnectTimeout after so many seconds; the connection is closed then."""
        encrypted = None
        try:
            self._test_silence()
            async with asyncio.timeout(timeout):
                encrypted = await self._loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as exc:
            raise httpcore.ConnectTimeout(str(exc)) from exc
        except OSError as exc:
            raise httpcore.ConnectError(str(exc)) from exc
        finally:
            if encrypted is None:
                # httpcore forgets the connection, and asyncio gives an encrypted one half a minute to end.
                self._transport.abort()
        assert encrypted is not None
        self._transport = encrypted
        return self

    def _test_silence(self) -> None:
        """Raises OSError where no handshake can begin. Whatever came before it came unencrypted: read after
        it, it would count as said by whom the certificate names."""
        if self._unread:
            raise ssl.SSLError(1, "The other side spoke before the handshake.")
        if self._over:
            raise self._fault or ConnectionResetError("The other side hung up before the handshake.")

    async def aclose(self) -> None:
        """Close the connection, whatever is on its way."""
        self._transport.abort()
        # asyncio closes the socket in its next round.
        await asyncio.sleep(0)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a stream: whether it is readable, its socket, its addresses."""
        if info == "is_readable":
            # It is asked of idle connections alone. What is still to be sent then is what nobody reads.
            over = self._over or bool(self._unread) or self._transport.get_write_buffer_size() > 0
            return over or _is_readable(self._transport.get_extra_info("socket"))
        return self._transport.get_extra_info(_EXTRAS[info]) if info in _EXTRAS else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._unread += data
        if len(self._unread) >= _MOST_UNREAD:
            self._transport.pause_reading()
        _wake(self._reader)
        _wake(self._writer)

    def eof_received(self) -> None:
        """The other side has sent all that it will: nothing that is sent now would be answered."""
        self._over = True
        _wake(self._reader)
        _wake(self._writer)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, with a reason where it broke; after its end, nothing breaks any more."""
        if not self._over:
            self._fault = exc
        self._over = True
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        """The network takes in nothing more for now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """It does again."""
        self._is_full = False
        _wake(self._writer)


async def _within(woken: asyncio.Future[None], timeout_s: float | None, late: type[Exception]) -> None:
    """Wait; raises `late` after so many seconds. A clock takes as long as a read does: only if asked."""
    if timeout_s is None:
        await woken
        return
    try:
        async with asyncio.timeout(timeout_s):
            await woken
    except TimeoutError as exc:
        raise late(str(exc)) from exc


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


def _is_readable(sock: socket.socket | None) -> bool:
    """Whether there is something to read, be it the end: an idle connection is over then."""
    if sock is None or sock.fileno() < 0:
        return True
    asked = select.poll()
    asked.register(sock, select.POLLIN)
    return bool(asked.poll(0))


class Network(httpcore.AsyncNetworkBackend):
    """What httpcore connects with."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the host, at whichever of its addresses answers first. httpcore.ConnectError when
        none does, ConnectTimeout after so many seconds."""
        try:
            async with asyncio.timeout(timeout):
                sock = await _connected(host, port, local_address)
                for option in socket_options or ():
                    sock.setsockopt(*option)
                _, stream = await asyncio.get_running_loop().create_connection(Stream, sock=sock)
        except TimeoutError as exc:
            raise httpcore.ConnectTimeout(str(exc)) from exc
        except (OSError, UnicodeError) as exc:
            raise httpcore.ConnectError(str(exc)) from exc
        return stream

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def _connected(host: str, port: int, local_address: str | None) -> socket.socket:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ours = local_address and await loop.getaddrinfo(local_address, 0, type=socket.SOCK_STREAM)
    try:
        return await aiohappyeyeballs.start_connection(
            found, local_addr_infos=ours or None, happy_eyeballs_delay=_NEXT_ADDRESS_S
        )
    except OSError as exc:
        # Addresses that fail each in its own way leave only words; that one refused says the most.
        if exc.errno is None and f"[Errno {errno.ECONNREFUSED}]" in str(exc):
            raise ConnectionRefusedError(errno.ECONNREFUSED, str(exc)) from exc
        raise


@contextmanager
def telling(stream: object, listener: Callable[[], None]) -> Iterator[None]:
    """While this lasts, the stream tells the listener before it gives more, if it is one that tells."""
    if not isinstance(stream, Stream):
        yield
        return
    stream.before_read = listener
    try:
        yield
    finally:
        stream.before_read = _nobody


def over(
    network: httpcore.AsyncNetworkBackend, transport: httpx.AsyncHTTPTransport
) -> httpx.AsyncHTTPTransport:
    """The transport, connecting by this network from now on."""
    # httpx has no parameter for what its pool connects with, whichever pool it is.
    transport._pool._network_backend = network
    return transport
