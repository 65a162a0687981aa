"""The other side of one connection: a server that does as it is told, and a stream to it."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import httpcore

from duologue.endpoint.network import Network, Stream

PATIENCE_S: Final = 30.0
MANY: Final = 110
MUCH: Final = bytes(range(256)) * 20_000

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What a server does with its connection."""


@asynccontextmanager
async def serving(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server that does this with each connection; whoever is still served at the end is called
    off."""
    tasks: list[asyncio.Task[None] | None] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await serve(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(once, "127.0.0.1", 0, ssl=tls, backlog=MANY)
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in filter(None, tasks):
            task.cancel()
            await asyncio.wait([task])


@asynccontextmanager
async def connected(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[Stream]:
    """A stream to a server that does this with it."""
    async with serving(serve, tls) as port:
        stream = await Network().connect_tcp("127.0.0.1", port, 5.0)
        assert isinstance(stream, Stream)
        try:
            yield stream
        finally:
            await stream.aclose()


async def read_all(stream: httpcore.AsyncNetworkStream) -> bytes:
    """All that comes until the end."""
    data = bytearray()
    while piece := await stream.read(65_536):
        data += piece
    return bytes(data)


async def until(happened: Callable[[], bool]) -> None:
    """Wait for what no event tells of."""
    while not happened():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection off, so that the other side is told of it as of a fault."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
