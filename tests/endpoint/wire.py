"""A server on loopback that answers with given bytes, at given times, and ends as told."""

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

Part = bytes | float
"""Bytes to send, or seconds to wait."""

End = Literal["keep", "close", "reset", "hang"]
"""After the answer: wait for the next request, close, send RST, or leave the peer waiting."""


@dataclass(frozen=True)
class Answer:
    """What one request gets."""

    parts: Sequence[Part]
    end: End = "close"


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    head: str
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Wire:
    """The server. The last answer is given again when there are more requests than answers; `choose`
    answers in place of them, where it is set."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None
    choose: Callable[[Received], Answer] | None = None

    async def __aenter__(self) -> Self:
        self._open: set[asyncio.Task[None]] = set()
        self._server = await self._listen(0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.wait(self._open) if self._open else None
        await self._server.wait_closed()

    async def stop_listening(self) -> None:
        """From now on connections are refused; those that are open stay."""
        self._port = self.port
        self._server.close()

    async def listen_again(self) -> None:
        """Accept connections at the same port again."""
        self._server = await self._listen(self._port)

    async def _listen(self, port: int) -> asyncio.Server:
        # A client that keeps its connection in a pool would not say goodbye for half a minute.
        goodbye_s = 0.1 if self.tls else None
        return await asyncio.start_server(
            self._serve, "127.0.0.1", port, ssl=self.tls, ssl_shutdown_timeout=goodbye_s
        )

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            while await self._answer_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(
            (
                int(line.split(":")[1])
                for line in head.split("\r\n")
                if line.lower().startswith("content-length")
            ),
            0,
        )
        received = Received(head, await reader.readexactly(length))
        self.requests.append(received)
        if self.choose is not None:
            answer = self.choose(received)
        else:
            answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        for part in answer.parts:
            if isinstance(part, float):
                await asyncio.sleep(part)
            else:
                writer.write(part)
                await writer.drain()
        return await _ENDS[answer.end](writer)


async def _keep(writer: asyncio.StreamWriter) -> bool:
    return True


async def _close(writer: asyncio.StreamWriter) -> bool:
    return False


async def _reset(writer: asyncio.StreamWriter) -> bool:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


async def _hang(writer: asyncio.StreamWriter) -> bool:
    await asyncio.sleep(3600)
    return False


_ENDS: dict[End, Callable[[asyncio.StreamWriter], Awaitable[bool]]] = {
    "keep": _keep,
    "close": _close,
    "reset": _reset,
    "hang": _hang,
}


def head(status: int = 200, content_type: str = "text/event-stream", **headers: str) -> bytes:
    """The head of an answer that ends with its connection."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {content_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def whole(
    body: bytes | Any, status: int = 200, content_type: str = "application/json", **headers: str
) -> Answer:
    """An answer with a length, after which the connection stays open."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer([head(status, content_type, Content_Length=str(len(content)), **headers) + content], "keep")


def refusal(status: int, message: str = "no", **fields: Any) -> Answer:
    """An error in OpenAI's shape."""
    return whole({"error": {"message": message, **fields}}, status)


def event(chunk: Any) -> bytes:
    """One event of a stream."""
    data = chunk if isinstance(chunk, str) else json.dumps(chunk, ensure_ascii=False)
    return f"data: {data}\n\n".encode()


def delta(**fields: Any) -> bytes:
    """An event that carries a delta."""
    return event(
        {"id": "x", "model": "served", "choices": [{"index": 0, "delta": fields, "finish_reason": None}]}
    )


def finish(reason: str | None = "stop") -> bytes:
    """The event with the finish reason."""
    return event(
        {"id": "x", "model": "served", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    )


USAGE = event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
DONE = b"data: [DONE]\n\n"


def said(*words: str) -> bytes:
    """A whole stream that says these words."""
    return b"".join(delta(content=word) for word in words) + finish() + USAGE + DONE


def stream(*parts: Part, end: End = "close") -> Answer:
    """A stream that ends with its connection."""
    return Answer([head(), *parts], end)


def chunked(*parts: bytes, end: End = "keep") -> Answer:
    """A stream in HTTP chunks, after which the connection stays open."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return Answer([head(Transfer_Encoding="chunked") + body + b"0\r\n\r\n"], end)
