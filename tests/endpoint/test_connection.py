"""Where a pool connects to; it holds as many connections as are wanted, and goes on though many failed."""

import asyncio

import pytest

from duologue.endpoint.client import Client
from duologue.endpoint.connection import endpoint_url
from duologue.errors import ConfigError, EndpointError
from duologue.targets import RetryPolicy, Target
from tests.endpoint.conftest import ASK
from tests.endpoint.peer import MANY, serving
from tests.endpoint.wire import head, said

_ONCE = RetryPolicy(attempts=1)


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
    here = asyncio.Barrier(MANY)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await here.wait()
        writer.write(head() + said("hi"))
        writer.write_eof()
        await reader.read()

    async with (
        serving(serve) as port,
        Client(Target(f"http://127.0.0.1:{port}/v1", "m"), policy=_ONCE) as client,
        asyncio.TaskGroup() as calls,
    ):
        asked = [calls.create_task(client.complete(ASK)) for _ in range(MANY)]
    assert {call.result().text for call in asked} == {"hi"}


async def test_handshakes_that_fail_behind_a_proxy_use_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there were, the next is a failure of its own, and does not wait for room."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await reader.read(1)

    async with serving(serve) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        async with Client(Target("https://model.test/v1", "m"), policy=_ONCE) as client:
            for _ in range(MANY):
                with pytest.raises(EndpointError) as failed:
                    await client.complete(ASK)
                assert failed.value.kind == "proxy"
