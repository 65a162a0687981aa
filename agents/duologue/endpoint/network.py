"""The network below httpx: streams that say when they are about to wait.

A quick server's pieces come many at a time. Who takes them in one by one pays for each; told that nothing
more is there, it can take in all of them as one, and nothing is shown later for it.
"""

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx


def _nobody() -> None:
    """Nobody wants to know."""


class TellingStream(httpcore.AsyncNetworkStream):
    """A stream that calls `before_read` each time before it asks the network for more. What that raises
    breaks the reading off."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self.before_read: Callable[[], None] = _nobody

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, or what comes next; empty at the end."""
        self.before_read()
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send."""
        await self._inner.write(buffer, timeout)

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
        return self._inner.get_extra_info(info)


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
