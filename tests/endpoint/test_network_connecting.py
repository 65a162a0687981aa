"""How a connection is made: to which of a host's addresses, from which of ours, and how long it may take."""

import asyncio
import contextlib
import socket

import httpcore
import pytest

from duologue.endpoint.network import Network
from tests.endpoint.peer import PATIENCE_S


async def test_a_host_with_several_addresses() -> None:
    """The one that answers is taken; where all refuse, it is a refusal."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        stream = await Network().connect_tcp("localhost", port, 5.0, socket_options=[_KEEP_ALIVE])
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        assert stream.get_extra_info("socket").getsockopt(*_KEEP_ALIVE[:2]) == 1
        await stream.aclose()
    with pytest.raises(httpcore.ConnectError) as refused:
        await Network().connect_tcp("localhost", port, 5.0)
    assert isinstance(refused.value.__cause__, ConnectionRefusedError)


async def test_addresses_that_fail_each_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that refuses says the most: a host without IPv6 whose server does not run is a refusal."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        closed = listening.getsockname()

    async def both(*_: object, **__: object) -> list[object]:
        each = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
        return [(*each, address) for address in (("255.255.255.255", 9), closed)]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
    with pytest.raises(httpcore.ConnectError) as failed:
        await Network().connect_tcp("model.test", 80, PATIENCE_S)
    assert isinstance(failed.value.__cause__, ConnectionRefusedError)


async def test_an_address_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is tried meanwhile, long before the clock of connecting runs out."""
    with contextlib.ExitStack() as stack:
        full, free = (stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0)) for _ in "ab")
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())

        async def both(*_: object, **__: object) -> list[object]:
            each = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
            return [(*each, listening.getsockname()) for listening in (full, free)]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
        stream = await Network().connect_tcp("model.test", 80, PATIENCE_S)
        assert stream.get_extra_info("server_addr") == free.getsockname()
        await stream.aclose()


_KEEP_ALIVE = (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


async def test_the_address_of_ours() -> None:
    """A connection may begin at one address of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        stream = await Network().connect_tcp("127.0.0.1", port, 5.0, local_address="127.0.0.2")
        assert stream.get_extra_info("client_addr")[0] == "127.0.0.2"
        await stream.aclose()


@pytest.mark.parametrize("host", ["nobody.invalid", "a" * 70])
async def test_a_name_that_leads_nowhere(host: str) -> None:
    """Neither an unknown name nor one that cannot be one gets further than an error of connecting."""
    with pytest.raises(httpcore.ConnectError):
        await Network().connect_tcp(host, 9, 5.0)


async def test_the_clock_of_connecting() -> None:
    """A host that does not answer in time is given up."""
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(httpcore.ConnectTimeout):
        await Network().connect_tcp("127.0.0.1", listening.getsockname()[1], 0.0)
