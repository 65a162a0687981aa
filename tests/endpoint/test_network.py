"""Connections of our own: what is sent, what comes in, and how they break, over real sockets."""

import asyncio
import contextlib
import gc
import socket
import ssl
import struct
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpcore
import pytest
import trustme

from duologue.endpoint.network import Network, Stream, telling

_PATIENCE_S = 30.0
_MUCH = bytes(range(256)) * 20_000
_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _connected(serve: _Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[Stream]:
    """A stream to a server that does this with its connection, and is called off at the end."""
    serving: list[asyncio.Task[None] | None] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await serve(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(once, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(_PATIENCE_S):
        stream = await Network().connect_tcp("127.0.0.1", port, 5.0)
        assert isinstance(stream, Stream)
        try:
            yield stream
        finally:
            await stream.aclose()
            server.close()
            for task in filter(None, serving):
                task.cancel()
                await asyncio.wait([task])


async def _all(stream: httpcore.AsyncNetworkStream) -> bytes:
    data = bytearray()
    while piece := await stream.read(65_536):
        data += piece
    return bytes(data)


def _authority() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side of TLS and that of a client who trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("model.test").configure_cert(server)
    authority.configure_trust(client)
    return server, client


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_a_request_is_sent_as_one_piece_when_its_answer_is_waited_for() -> None:
    """Head and body leave together, with the first read and not before."""
    came: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(99))
        writer.write(b"answer")
        await reader.read()

    async with _connected(serve) as stream:
        await stream.write(b"head ")
        await stream.write(b"body")
        await asyncio.sleep(0.05)
        assert came == []
        assert await stream.read(99) == b"answer"
    assert came == [b"head body"]


async def test_a_large_body_is_sent_at_once() -> None:
    """It does not wait in memory for an answer to be asked for."""
    came = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set_result(await reader.readexactly(5 + 3 * len(_MUCH)))
        writer.write(await reader.readexactly(5))
        await reader.read()

    async with _connected(serve) as stream:
        await stream.write(b"head ")
        for _ in range(3):
            await stream.write(_MUCH)
        assert await came == b"head " + 3 * _MUCH
        await stream.write(b"small")
        assert await stream.read(9) == b"small"


async def test_what_a_server_says_counts_more_than_that_it_stopped_reading() -> None:
    """A server that refuses a request, and reads no more of it, is heard: it may be gone, or wait."""
    refusal = b"HTTP/1.1 413 Too Large"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(refusal)
        writer.write_eof()
        await asyncio.sleep(_PATIENCE_S)

    async with _connected(serve) as stream:
        with pytest.raises(httpcore.WriteError):
            await stream.write(_MUCH * 10)
        assert [await stream.read(99), await stream.read(99)] == [refusal, b""]

    async def gone(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(refusal)
        await writer.drain()

    async with _connected(gone) as stream:
        await asyncio.sleep(0.1)
        await stream.write(b"head and body")
        assert [await stream.read(99), await stream.read(99)] == [refusal, b""]


async def test_more_than_is_asked_for_is_kept_and_the_server_made_to_wait() -> None:
    """What nobody reads does not fill the memory, and all of it comes in order once it is read."""
    sent, much = 0, _MUCH * 10

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for start in range(0, len(much), 65_536):
            writer.write(much[start : start + 65_536])
            await writer.drain()
            sent = start
        writer.write_eof()
        await writer.drain()
        await asyncio.sleep(_PATIENCE_S)

    async with _connected(serve) as stream:
        first = await stream.read(10)
        before = -1
        while sent > before:
            before = sent
            await asyncio.sleep(0.1)
        assert sent < len(much) - len(_MUCH)
        assert len(stream._unread) < 1_000_000
        assert first + await _all(stream) == much
        assert await stream.read(10) == b""


async def test_a_listener_is_told_before_each_read_and_no_longer_than_it_listens() -> None:
    """It hears of it while it listens; what it raises breaks the reading off."""
    told = list[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            writer.write(b"onetwo")
            await reader.readexactly(4)

    async with _connected(serve) as stream:
        with telling(stream, lambda: told.append("more")):
            assert await stream.read(3) == b"one"
            assert await stream.read(9) == b"two"
        assert told == ["more", "more"]
        await stream.write(b"more")
        assert await stream.read(9) == b"onetwo"

        def refuse() -> None:
            raise KeyError

        with telling(stream, refuse), pytest.raises(KeyError):
            await stream.read(9)
    assert told == ["more", "more"]


async def test_whether_an_idle_connection_is_over() -> None:
    """One with something to read, its end among it, is, also before the loop has heard of it; so is one that
    was closed."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(b"here")
        await reader.read()

    async with _connected(serve) as stream:
        assert await stream.read(2) == b"he"
        assert stream.get_extra_info("is_readable")
        assert await stream.read(9) == b"re"
        assert not stream.get_extra_info("is_readable")
        writers[0].get_extra_info("socket").shutdown(socket.SHUT_WR)
        assert stream.get_extra_info("is_readable")
        assert await stream.read(9) == b""
        assert stream.get_extra_info("is_readable")
    assert stream.get_extra_info("is_readable")
    assert stream.get_extra_info("no such thing") is None


async def test_what_came_before_a_connection_broke_is_read_first() -> None:
    """Then the break is told, and as often as it is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"half")
        await reader.readexactly(4)
        writer.write(b"more")
        await asyncio.sleep(0.05)
        _reset(writer)

    async with _connected(serve) as stream:
        assert await stream.read(9) == b"half"
        await stream.write(b"read")
        assert await stream.read(2) == b"mo"
        await asyncio.sleep(0.2)
        assert await stream.read(9) == b"re"
        for _ in range(2):
            with pytest.raises(httpcore.ReadError):
                await stream.read(9)
        with pytest.raises(httpcore.WriteError):
            await stream.write(_MUCH)


async def test_a_break_wakes_who_waits() -> None:
    """One who waits for an answer, and one whose request the server does not take."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        await asyncio.sleep(0.05)
        _reset(writer)

    async with _connected(serve) as stream:
        await stream.write(b"read")
        with pytest.raises(httpcore.ReadError):
            await stream.read(9)
    async with _connected(serve) as stream:
        with pytest.raises(httpcore.WriteError):
            await stream.write(_MUCH * 10)


async def test_clocks_of_reading_and_writing() -> None:
    """A server that is silent, or takes nothing, is given up after the time that was given."""

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio types it as a write transport
        await asyncio.sleep(0.3)
        writer.write(b"late")
        await asyncio.sleep(_PATIENCE_S)

    async with _connected(silent) as stream:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(9, 0.01)
        assert await stream.read(9, _PATIENCE_S) == b"late"
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(_MUCH * 10, 0.1)


async def test_a_read_that_is_called_off_loses_nothing() -> None:
    """What comes after it is there for the next."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(2)
        writer.write(b"here")
        await reader.read()

    async with _connected(serve) as stream:
        reading = asyncio.create_task(stream.read(9))
        await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await stream.write(b"go")
        assert await stream.read(9) == b"here"


async def test_who_calls_a_read_off_has_a_turn_however_much_is_here() -> None:
    """Reading what has come already lets the loop go round."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(100_000))
        await reader.read()

    async with _connected(serve) as stream:
        await stream.read(1)
        await asyncio.sleep(0.1)

        async def byte_by_byte() -> None:
            for _ in range(50_000):
                await stream.read(1)

        reading = asyncio.create_task(byte_by_byte())
        asyncio.get_running_loop().call_later(0, reading.cancel)
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_a_closed_connection_leaves_nothing_behind() -> None:
    """Its socket is closed once `aclose` returns, though the server still sends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(_MUCH)
                await writer.drain()

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        async with _connected(serve) as stream:
            sock = stream.get_extra_info("socket")
            await stream.read(9)
            await stream.aclose()
            assert sock.fileno() == -1
            with pytest.raises(httpcore.WriteError):
                await stream.write(_MUCH)
        del stream
        gc.collect()


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
        stream = await Network().connect_tcp("model.test", 80, _PATIENCE_S)
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


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


async def test_an_encrypted_connection() -> None:
    """What is sent and what comes back goes through TLS, and the certificate can be looked at."""
    server, client = _authority()
    async with _connected(_echo, server) as stream:
        secure = await stream.start_tls(client, "model.test", 5.0)
        await secure.write(b"ping")
        assert await secure.read(9) == b"ping"
        assert secure.get_extra_info("ssl_object").version().startswith("TLS")
        assert not secure.get_extra_info("is_readable")


async def test_encrypted_within_what_is_encrypted() -> None:
    """As with a proxy that is spoken to by TLS, on the way to an endpoint that is too."""
    server, client = _authority()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(7)
        writer.write(b"go on")
        await writer.drain()
        await writer.start_tls(server)
        await _echo(reader, writer)

    async with _connected(serve, server) as stream:
        outer = await stream.start_tls(client, "model.test", 5.0)
        await outer.write(b"CONNECT")
        assert await outer.read(9) == b"go on"
        inner = await outer.start_tls(client, "model.test", 5.0)
        sent = _MUCH[:300_000]
        echo = asyncio.create_task(_exactly(inner, len(sent)))
        await inner.write(sent)
        assert await echo == sent


async def _exactly(stream: httpcore.AsyncNetworkStream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = await stream.read(count - len(data))
        assert piece
        data += piece
    return data


async def test_an_other_side_that_cannot_be_trusted() -> None:
    """The reason is kept: what is told of it depends on it."""
    server, _ = _authority()
    async with _connected(_echo, server) as stream:
        with pytest.raises(httpcore.ConnectError) as refused:
            await stream.start_tls(ssl.create_default_context(), "model.test", 5.0)
        assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)


async def test_a_handshake_that_goes_wrong() -> None:
    """A server that never answers, one that hangs up, and one that speaks no TLS."""

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def hangs_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    _, client = _authority()
    async with _connected(silent) as stream:
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(client, "model.test", 0.05)
    for serve in (hangs_up, plain):
        async with _connected(serve) as stream:
            with pytest.raises(httpcore.ConnectError):
                await stream.start_tls(client, "model.test", 5.0)


async def test_an_encrypted_connection_that_breaks() -> None:
    """What is no TLS any more is a broken connection, and not an end."""
    server, client = _authority()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        known = writer.get_extra_info("socket")
        with socket.fromfd(known.fileno(), known.family, known.type) as under:
            under.send(b"no TLS at all " * 9)
        await asyncio.sleep(_PATIENCE_S)

    async with _connected(serve, server) as stream:
        secure = await stream.start_tls(client, "model.test", 5.0)
        await secure.write(b"ping")
        with pytest.raises(httpcore.ReadError):
            await secure.read(9)
