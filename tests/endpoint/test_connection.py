"""Where a pool connects to; it holds as many connections as are wanted, and goes on though many failed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from duologue.endpoint.client import Client
from duologue.endpoint.connection import endpoint_url
from duologue.errors import ConfigError, EndpointError
from duologue.targets import RetryPolicy, Target
from tests.endpoint.conftest import ASK
from tests.endpoint.peer import PATIENCE_S, Serve
from tests.endpoint.wire import head, said

_MANY = 110
_ONCE = RetryPolicy(attempts=1)


@asynccontextmanager
async def _serving(serve: Serve) -> AsyncIterator[str]:
    """Where a server does this with each connection; whoever is still served at the end is called off."""
    tasks: list[asyncio.Task[None] | None] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await serve(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(once, "127.0.0.1", 0, backlog=_MANY)
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in filter(None, tasks):
            task.cancel()
            await asyncio.wait([task])


@pytest.mark.parametrize("url", ["ftp://h/v1", "http:///v1", "h/v1", "http://[::1", ""])
def test_where_nothing_can_be_sent(url: str) -> None:
    """It is said to be no base URL."""
    with pytest.raises(ConfigError, match="The base URL is not valid"):
        endpoint_url(url)


def test_a_base_url_ends_without_a_slash() -> None:
    """A path is put behind it."""
    assert str(endpoint_url("http://h:1/v1//")) == "http://h:1/v1"


async def test_a_hundred_and_more_requests_are_under_way_at_once() -> None:
    """None waits within the pool, where its clocks would run: all have come before the first is answered."""
    here = asyncio.Barrier(_MANY)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await here.wait()
        writer.write(head() + said("hi"))
        writer.write_eof()
        await reader.read()

    async with (
        _serving(serve) as place,
        Client(Target(f"http://{place}/v1", "m"), policy=_ONCE) as client,
        asyncio.TaskGroup() as calls,
    ):
        asked = [calls.create_task(client.complete(ASK)) for _ in range(_MANY)]
    assert {call.result().text for call in asked} == {"hi"}


async def test_handshakes_that_fail_behind_a_proxy_use_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there were, the next is a failure of its own, and does not wait for room."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await reader.read(1)

    async with _serving(serve) as place:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{place}")
        async with Client(Target("https://model.test/v1", "m"), policy=_ONCE) as client:
            for _ in range(_MANY):
                with pytest.raises(EndpointError) as failed:
                    await client.complete(ASK)
                assert failed.value.kind == "proxy"
