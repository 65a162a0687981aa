"""The endpoint that everything is measured against: `python -m tests.benchmarks.server DELAY_MS`.

It streams replies of twenty to forty pieces, each a write of its own, and notes of every prompt how long
it is and how much of it repeats the same model's prompt before it on that connection. `GET /v1/noted`
tells. Two more models give a long reply a token at a time, all in one breath or each after a pause. It prints
its base URL, and stops when standard input closes.
"""

import asyncio
import functools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from tests.benchmarks.replies import DIFFERENT, TOKEN_CHARACTERS, reply

_ROOT: Final = Path(__file__).parents[2]
_MODEL: Final = re.compile(rb'"model": ?"(\w+)"')
_MESSAGES: Final = re.compile(rb'"messages": ?\[')
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PIECE_CHARACTERS: Final = {"user": 9, "assistant": 36, "judge": 26}
_PAUSES_S: Final = {"burst": 0.0, "trickle": 0.0005}
"""Between the tokens of the models that give long replies."""
_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass
class Prompts:
    """The prompts that one model was sent, in bytes: how many, all together, the part of them that
    repeats, the longest."""

    count: int = 0
    total: int = 0
    repeated: int = 0
    longest: int = 0


@dataclass
class Noted:
    """What the server saw. `first` is when the first request came, on the system's monotonic clock."""

    first: float | None = None
    prompts: dict[str, Prompts] = field(default_factory=dict)


class Connection(asyncio.Protocol):
    """One client's connection: reads requests, streams replies."""

    def __init__(self, noted: Noted, delay_s: float) -> None:
        self._noted = noted
        self._delay_s = delay_s
        self._pending = bytearray()
        self._asked: dict[str, int] = {}
        self._previous: dict[str, bytes] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once a request is whole."""
        self._pending += data
        end = self._pending.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._pending, 0, end)
        size = end + 4 + (int(length.group(1)) if length else 0)
        if len(self._pending) < size:
            return
        head, body = bytes(self._pending[:end]), bytes(self._pending[end + 4 : size])
        del self._pending[:size]
        if self._noted.first is None:
            self._noted.first = time.monotonic()
        if head.startswith(b"GET"):
            self._list(head)
            return
        task = asyncio.get_running_loop().create_task(self._answer(body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _list(self, head: bytes) -> None:
        about: dict[str, Any] = {"object": "list", "data": [{"id": name} for name in _PIECE_CHARACTERS]}
        if b"/noted" in head.split(b"\r\n", 1)[0]:
            about = asdict(self._noted)
        body = json.dumps(about).encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % len(body) + body)

    async def _answer(self, body: bytes) -> None:
        found = _MODEL.search(body)
        assert found is not None
        model = found.group(1).decode()
        begin = _MESSAGES.search(body)
        assert begin is not None
        prompt = body[begin.end() : body.rfind(b"]")]
        self._note(model, prompt)
        number = self._asked[model] = self._asked.get(model, 0) + 1
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        self._transport.write(_HEAD)
        for chunk in _stream(model, number % DIFFERENT):
            self._transport.write(chunk)
            await asyncio.sleep(_PAUSES_S.get(model, 0))
        tokens = len(prompt) // 4
        usage = {"prompt_tokens": tokens, "completion_tokens": 1, "total_tokens": tokens + 1}
        last = json.dumps({"id": "x", "choices": [], "usage": usage}).encode()
        self._transport.write(_chunked(b"data: %s\n\ndata: [DONE]\n\n" % last) + b"0\r\n\r\n")

    def _note(self, model: str, prompt: bytes) -> None:
        noted = self._noted.prompts.setdefault(model, Prompts())
        noted.count += 1
        noted.total += len(prompt)
        noted.longest = max(noted.longest, len(prompt))
        previous = self._previous.get(model, b"")
        self._previous[model] = prompt
        noted.repeated += _common(previous, prompt)


def _common(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


@functools.cache
def _stream(model: str, number: int) -> tuple[bytes, ...]:
    text, size = reply(model, number), _PIECE_CHARACTERS.get(model, TOKEN_CHARACTERS)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    choices: list[dict[str, Any]] = [{"delta": {"content": piece}, "finish_reason": None} for piece in pieces]
    choices.append({"delta": {}, "finish_reason": "stop"})
    common = {"id": "chatcmpl-0123456789", "object": "chat.completion.chunk", "created": 1, "model": model}
    events = [json.dumps({**common, "choices": [{"index": 0, **choice}]}).encode() for choice in choices]
    return tuple(_chunked(b"data: %s\n\n" % event) for event in events)


def _chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@contextmanager
def serving(delay_ms: int = 0) -> Iterator[str]:
    """The base URL of a new server, while the context lasts."""
    command = [sys.executable, "-m", __name__, str(delay_ms)]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.stdin.close()


def noted_by(url: str) -> Noted:
    """What the server at this base URL has seen so far."""
    found = httpx.get(f"{url}/noted", trust_env=False).raise_for_status().json()
    return Noted(found["first"], {name: Prompts(**values) for name, values in found["prompts"].items()})


async def main(delay_ms: int) -> None:
    """Serve until standard input closes."""
    loop, noted, closed = asyncio.get_running_loop(), Noted(), asyncio.Event()
    for model in _PIECE_CHARACTERS:
        for number in range(DIFFERENT):
            _stream(model, number)
    server = await loop.create_server(lambda: Connection(noted, delay_ms / 1000), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/v1", flush=True)
    loop.add_reader(sys.stdin.fileno(), lambda: os.read(sys.stdin.fileno(), 1) or closed.set())
    await closed.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
