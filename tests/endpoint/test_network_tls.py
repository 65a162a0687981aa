"""Connections of our own, encrypted: the handshake, and who may be believed, over real sockets."""

import asyncio
import contextlib
import gc
import socket
import ssl
import warnings

import httpcore
import pytest
import trustme

from tests.endpoint.peer import MUCH, PATIENCE_S, connected, read_all, reset, until


def authority() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side of TLS and that of a client who trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("model.test").configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


async def test_an_encrypted_connection() -> None:
    """What is sent and what comes back goes through TLS, and the certificate can be looked at."""
    server, client = authority()
    async with connected(_echo, server) as stream:
        secure = await stream.start_tls(client, "model.test", 5.0)
        await secure.write(b"ping")
        assert await secure.read(9) == b"ping"
        assert secure.get_extra_info("ssl_object").version().startswith("TLS")
        assert not secure.get_extra_info("is_readable")


async def test_encrypted_within_what_is_encrypted() -> None:
    """As with a proxy that is spoken to by TLS, on the way to an endpoint that is too."""
    server, client = authority()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(7)
        writer.write(b"go on")
        await writer.drain()
        await writer.start_tls(server)
        await _echo(reader, writer)

    async with connected(serve, server) as stream:
        outer = await stream.start_tls(client, "model.test", 5.0)
        await outer.write(b"CONNECT")
        assert await outer.read(9) == b"go on"
        inner = await outer.start_tls(client, "model.test", 5.0)
        sent = MUCH[:300_000]
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
    server, _ = authority()
    async with connected(_echo, server) as stream:
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

    _, client = authority()
    async with connected(silent) as stream:
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(client, "model.test", 0.05)
    for serve in (hangs_up, plain):
        async with connected(serve) as stream:
            with pytest.raises(httpcore.ConnectError):
                await stream.start_tls(client, "model.test", 5.0)


async def test_an_encrypted_connection_that_breaks() -> None:
    """What is no TLS any more is a broken connection, and not an end."""
    server, client = authority()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        known = writer.get_extra_info("socket")
        with socket.fromfd(known.fileno(), known.family, known.type) as under:
            under.send(b"no TLS at all " * 9)
        await asyncio.sleep(PATIENCE_S)

    async with connected(serve, server) as stream:
        secure = await stream.start_tls(client, "model.test", 5.0)
        await secure.write(b"ping")
        with pytest.raises(httpcore.ReadError):
            await secure.read(9)


async def _agreed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A proxy's side of what goes before a handshake."""
    await reader.readexactly(7)
    writer.write(b"go on")
    await writer.drain()


async def _agree(stream: httpcore.AsyncNetworkStream) -> None:
    await stream.write(b"CONNECT")
    assert await stream.read(9) == b"go on"


async def test_what_came_before_the_handshake_is_not_believed() -> None:
    """Bytes that a proxy, or who sits before it, sends unencrypted are never read as the endpoint's."""
    server, client = authority()
    agreed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _agreed(reader, writer)
        await agreed.wait()
        writer.write(b"HTTP/1.1 200 OK")
        await writer.drain()
        await writer.start_tls(server)
        await _echo(reader, writer)

    async with connected(serve) as stream:
        await _agree(stream)
        agreed.set()
        await until(lambda: bool(stream.get_extra_info("is_readable")))
        with pytest.raises(httpcore.ConnectError) as refused:
            await stream.start_tls(client, "model.test", 5.0)
        assert isinstance(refused.value.__cause__, ssl.SSLError)


@pytest.mark.parametrize("breaks", [False, True])
async def test_a_peer_that_is_gone_before_the_handshake(breaks: bool) -> None:
    """It is told at once, whether it closed or broke off, and nothing stays behind."""
    _, client = authority()
    agreed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _agreed(reader, writer)
        await agreed.wait()
        if breaks:
            reset(writer)

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        async with connected(serve) as stream:
            await _agree(stream)
            sock = stream.get_extra_info("socket")
            agreed.set()
            await until(lambda: sock.fileno() < 0)
            with pytest.raises(httpcore.ConnectError):
                await stream.start_tls(client, "model.test", None)
        gc.collect()


async def test_a_handshake_that_fails_within_what_is_encrypted_closes_all_of_it() -> None:
    """The proxy is not given half a minute to say goodbye: its socket is closed at once."""
    server, client = authority()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _agreed(reader, writer)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio types it as a write transport
        await asyncio.sleep(PATIENCE_S)

    async with connected(serve, server) as stream:
        outer = await stream.start_tls(client, "model.test", 5.0)
        await _agree(outer)
        sock = outer.get_extra_info("socket")
        with pytest.raises(httpcore.ConnectTimeout):
            await outer.start_tls(client, "model.test", 0.05)
        await until(lambda: sock.fileno() < 0)


@pytest.mark.parametrize("says_goodbye", [True, False])
async def test_an_encrypted_connection_that_the_other_side_closes(says_goodbye: bool) -> None:
    """All that came is read, then comes the end, with TLS's own word for it or without; it is over then."""
    server, client = authority()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        writer.write(b"here")
        if says_goodbye:
            writer.close()
        else:
            writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
        await asyncio.sleep(PATIENCE_S)

    async with connected(serve, server) as stream:
        secure = await stream.start_tls(client, "model.test", 5.0)
        await secure.write(b"ping")
        assert await read_all(secure) == b"here"
        assert secure.get_extra_info("is_readable")


async def test_a_server_is_made_to_wait_through_tls() -> None:
    """What nobody reads does not fill the memory, and all of it comes once it is read."""
    server, client = authority()
    sent, much = 0, MUCH * 8

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for start in range(0, len(much), 65_536):
            writer.write(much[start : start + 65_536])
            await writer.drain()
            sent = start
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async with connected(serve, server) as stream:
        secure = await stream.start_tls(client, "model.test", 5.0)
        first = await secure.read(10)
        before = -1
        while sent > before:
            before = sent
            await asyncio.sleep(0.1)
        assert sent < len(much) - len(MUCH)
        assert len(stream._unread) < 1_000_000
        assert first + await read_all(secure) == much
