"""What is known of one server, and that server on loopback."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.endpoint.wire import Answer, Received, chunked, refusal, whole

Body = Mapping[str, Any]
KEY = "sk-0123456789"
BEARER = f"authorization: bearer {KEY}"


@dataclass(frozen=True)
class Stream:
    """A reply as the server sends it, and the completion that it comes to. `calls` are name and arguments
    of each tool call; `usage` is prompt and completion tokens, None where they have to be estimated; `long`
    asks with a prompt of some 8,000 tokens."""

    raw: bytes
    text: str = "Hello"
    reasoning: str = ""
    calls: Sequence[tuple[str, Any]] = ()
    finish: str | None = "stop"
    usage: tuple[int, int] | None = (7, 3)
    flags: tuple[str, ...] = ()
    long: bool = False
    answer: Callable[[bytes], Answer] = chunked


@dataclass(frozen=True)
class Fault:
    """An answer that is none, and the EndpointError that it comes to. `wait_s` is what the server asks for,
    `tokens` the context window that it states, `partial` what had arrived."""

    answer: Answer
    kind: str
    wait_s: float | None = None
    tokens: int | None = None
    partial: str = ""
    says: str = ""


@dataclass(frozen=True)
class Refused:
    """A request that is turned down until it is put another way: when, and with which answer."""

    when: Callable[[Body], bool]
    answer: Answer


@dataclass(frozen=True)
class Row:
    """One server. `base` is the path of its base URL, `auth` the header that it wants, None for none;
    `host` is a name that its requests have to be for. Streams and faults are asked for by model name;
    `adapted` are the streams of models that refuse something of what is usually sent."""

    streams: Mapping[str, Stream]
    faults: Mapping[str, Fault]
    base: str = "/v1"
    auth: str | None = BEARER
    host: str | None = None
    adapted: Mapping[str, Stream] = field(default_factory=dict)
    refuses: Sequence[Refused] = ()
    unauthorized: Answer = field(default_factory=lambda: refusal(401, "Incorrect API key provided."))

    def answer(self, received: Received) -> Answer:
        """What this server says to a request."""
        lines = received.head.lower().split("\r\n")
        path = lines[0].split(" ")[1].removeprefix(f"http://{self.host}")
        if path != f"{self.base.rstrip('/')}/chat/completions":
            return whole(b"<html><title>404 Not Found</title></html>", 404, "text/html")
        if self.auth is not None and self.auth not in lines:
            return self.unauthorized
        body = received.json
        refused = next((each.answer for each in self.refuses if each.when(body)), None)
        if refused is not None:
            return refused
        name = body["model"]
        if name in self.faults:
            return self.faults[name].answer
        stream = self.streams.get(name) or self.adapted[name]
        return stream.answer(stream.raw)


def chunk(delta: Any = None, finish: Any = None, usage: Any = None, **more: Any) -> dict[str, Any]:
    """A chunk with one choice, as most servers send it."""
    choice: dict[str, Any] = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}
    made: dict[str, Any] = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "served"}
    return {**made, "choices": [choice], **({} if usage is None else {"usage": usage}), **more}


def events(*chunks: Any, end: str = "\n\n", done: bool = True, space: str = " ") -> bytes:
    """Chunks as server-sent events; a string is sent as it is."""
    lines = [each if isinstance(each, str) else f"data:{space}{_json(each)}{end}" for each in chunks]
    return ("".join(lines) + (f"data:{space}[DONE]{end}" if done else "")).encode()


def words(*texts: str, role: bool = True) -> list[dict[str, Any]]:
    """Chunks that say these pieces, the first with the role where `role` says so."""
    return [
        chunk({"role": "assistant", "content": text} if role and not number else {"content": text})
        for number, text in enumerate(texts)
    ]


def counted(prompt: int = 7, completion: int = 3, **more: Any) -> dict[str, Any]:
    """Usage as it stands in a chunk."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        **more,
    }


def usage_chunk(usage: Any = None, **more: Any) -> dict[str, Any]:
    """The chunk without choices that carries the usage."""
    return chunk(usage=usage or counted(), choices=[], **more)


def call(name: str | None = "f", arguments: Any = '{"a": 1}', **more: Any) -> dict[str, Any]:
    """One entry of `tool_calls`."""
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {**more, "function": function}


def error(message: str, **fields: Any) -> dict[str, Any]:
    """An error in OpenAI's shape, with all four of its fields."""
    return {
        "error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}
    }


def says(status: int, body: Any, **headers: str) -> Answer:
    """A refusal with this body; text is sent as it is."""
    return whole(body.encode() if isinstance(body, str) else body, status, **headers)


def roles(body: Body) -> list[str]:
    """The roles of the request's messages, in order."""
    return [message["role"] for message in body["messages"]]


def format_of(body: Body) -> str | None:
    """The type of `response_format`, None without one."""
    return (body.get("response_format") or {}).get("type")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
