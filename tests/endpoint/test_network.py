"""Connections of our own: what is sent, what comes in, and how they break, over real sockets."""

import asyncio
import contextlib
import gc
import socket
import warnings

import httpcore
import pytest

from duologue.endpoint.network import telling
from tests.endpoint.peer import MUCH, PATIENCE_S, connected, read_all, reset, until


async def test_a_request_is_sent_as_one_piece_when_its_answer_is_waited_for() -> None:
    """Head and body leave together, with the first read and not before."""
    came: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(99))
        writer.write(b"answer")
        await reader.read()

    async with connected(serve) as stream:
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
        came.set_result(await reader.readexactly(5 + 3 * len(MUCH)))
        writer.write(await reader.readexactly(5))
        await reader.read()

    async with connected(serve) as stream:
        await stream.write(b"head ")
        for _ in range(3):
            await stream.write(MUCH)
        assert await came == b"head " + 3 * MUCH
        await stream.write(b"small")
        assert await stream.read(9) == b"small"


async def test_what_a_server_says_counts_more_than_that_it_stopped_reading() -> None:
    """A server that refuses a request, and reads no more of it, is heard: it may be gone, or wait."""
    refusal = b"HTTP/1.1 413 Too Large"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(refusal)
        writer.write_eof()
        await asyncio.sleep(PATIENCE_S)

    async with connected(serve) as stream:
        with contextlib.suppress(httpcore.WriteError):
            await stream.write(MUCH * 10)
        assert [await stream.read(99), await stream.read(99)] == [refusal, b""]

    async def gone(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(refusal)
        await writer.drain()

    async with connected(gone) as stream:
        await asyncio.sleep(0.1)
        await stream.write(b"head and body")
        assert [await stream.read(99), await stream.read(99)] == [refusal, b""]


async def test_an_answer_is_heard_before_the_request_is_out() -> None:
    """A server that answers and reads no more, but stays, is not waited for; nothing else is sent there."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio types it as a write transport
        writer.write(b"too large")
        await asyncio.sleep(PATIENCE_S)

    async with connected(serve) as stream:
        for _ in range(3):
            await stream.write(MUCH * 10)
        assert await stream.read(99) == b"too large"
        assert stream.get_extra_info("is_readable")


async def test_what_has_ended_does_not_break_any_more() -> None:
    """A server that has said all, and then resets because it reads no more, has said all."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio types it as a write transport
        writer.write(b"all")
        writer.write_eof()
        await asyncio.sleep(0.1)
        reset(writer)

    async with connected(serve) as stream:
        sock = stream.get_extra_info("socket")
        with contextlib.suppress(httpcore.WriteError):
            await stream.write(MUCH * 10)
        await until(lambda: sock.fileno() < 0)
        assert await read_all(stream) == b"all"


async def test_more_than_is_asked_for_is_kept_and_the_server_made_to_wait() -> None:
    """What nobody reads does not fill the memory, and all of it comes in order once it is read."""
    sent, much = 0, MUCH * 10

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for start in range(0, len(much), 65_536):
            writer.write(much[start : start + 65_536])
            await writer.drain()
            sent = start
        writer.write_eof()
        await writer.drain()
        await asyncio.sleep(PATIENCE_S)

    async with connected(serve) as stream:
        first = await stream.read(10)
        before = -1
        while sent > before:
            before = sent
            await asyncio.sleep(0.1)
        assert sent < len(much) - len(MUCH)
        assert len(stream._unread) < 1_000_000
        assert first + await read_all(stream) == much
        assert await stream.read(10) == b""


async def test_a_listener_is_told_before_each_read_and_no_longer_than_it_listens() -> None:
    """It hears of it while it listens; what it raises breaks the reading off."""
    told = list[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            writer.write(b"onetwo")
            await reader.readexactly(4)

    async with connected(serve) as stream:
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

    async with connected(serve) as stream:
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
        reset(writer)

    async with connected(serve) as stream:
        assert await stream.read(9) == b"half"
        await stream.write(b"read")
        assert await stream.read(2) == b"mo"
        await asyncio.sleep(0.2)
        assert await stream.read(9) == b"re"
        for _ in range(2):
            with pytest.raises(httpcore.ReadError):
                await stream.read(9)
        with pytest.raises(httpcore.WriteError):
            await stream.write(MUCH)


async def test_a_break_wakes_who_waits() -> None:
    """One who waits for an answer, and one whose request the server does not take."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        await asyncio.sleep(0.05)
        reset(writer)

    async with connected(serve) as stream:
        await stream.write(b"read")
        with pytest.raises(httpcore.ReadError):
            await stream.read(9)
    async with connected(serve) as stream:
        with pytest.raises(httpcore.WriteError):
            await stream.write(MUCH * 10)


async def test_clocks_of_reading_and_writing() -> None:
    """A server that is silent, or takes nothing, is given up after the time that was given."""

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio types it as a write transport
        await asyncio.sleep(0.3)
        writer.write(b"late")
        await asyncio.sleep(PATIENCE_S)

    async with connected(silent) as stream:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(9, 0.01)
        assert await stream.read(9, PATIENCE_S) == b"late"
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(MUCH * 10, 0.1)


async def test_a_read_that_is_called_off_loses_nothing() -> None:
    """What comes after it is there for the next."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(2)
        writer.write(b"here")
        await reader.read()

    async with connected(serve) as stream:
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

    async with connected(serve) as stream:
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
                writer.write(MUCH)
                await writer.drain()

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        async with connected(serve) as stream:
            sock = stream.get_extra_info("socket")
            await stream.read(9)
            await stream.aclose()
            assert sock.fileno() == -1
            with pytest.raises(httpcore.WriteError):
                await stream.write(MUCH)
        del stream
        gc.collect()
