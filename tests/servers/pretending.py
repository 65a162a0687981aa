"""Servers of a few lines on real sockets that pretend to be one of the usual ones, or none at all.

A server is a table from method and path to what is answered: a JSON value, bytes as they are, or a function
of the request's body. Whatever is not in the table is a 404.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.servers.answering import Answering, listening_at

Answer = tuple[int, str, bytes]
"""Status, content type, body."""

Route = Callable[[Mapping[str, Any]], Answer]


@dataclass
class Pretender:
    """A server that listens; `asked` holds method and path, the headers and the body of each request."""

    port: int = 0
    asked: list[tuple[str, Mapping[str, str], Mapping[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    def bodies(self, path: str) -> list[Mapping[str, Any]]:
        """What was posted there."""
        return [body for asked, _, body in self.asked if asked == f"POST {path}"]


def json_of(value: Any, status: int = 200) -> Answer:
    """The value as JSON."""
    return status, "application/json", json.dumps(value).encode()


def fixed(value: Any, status: int = 200) -> Route:
    """The same JSON whatever is asked."""
    return lambda _body: json_of(value, status)


def refused(message: str, status: int = 400, **fields: Any) -> Route:
    """An error in OpenAI's shape."""
    return fixed({"error": {"message": message, **fields}}, status)


def model_list(*names: str, **fields: Any) -> Route:
    """A list of these models, each with the fields."""
    return fixed({"object": "list", "data": [{"id": name, "object": "model", **fields} for name in names]})


def talking(*refusing: str, streams: bool = True, counts: bool = True, follows: bool = True) -> Route:
    """Completions of a server that refuses these request fields; that calls a tool which it is offered, and
    where it `follows` a schema answers that each of its fields holds."""

    def complete(body: Mapping[str, Any]) -> Answer:
        for name in refusing:
            if name in body:
                return refused(f"Unsupported parameter: '{name}'.", param=name)(body)
        message: dict[str, Any] = {"role": "assistant", "content": "Hello there"}
        if follows and body.get("response_format", {}).get("type") == "json_schema":
            fields = body["response_format"]["json_schema"]["schema"]["properties"]
            message["content"] = json.dumps(dict.fromkeys(fields, True))
        if body.get("tools"):
            call = {"name": body["tools"][0]["function"]["name"], "arguments": '{"city": "Oslo"}'}
            message = {"content": "", "tool_calls": [{"index": 0, "id": "c1", "function": call}]}
        usage = {"prompt_tokens": 5, "completion_tokens": 2} if counts else None
        return _streamed(message, usage) if streams else _at_once(message, usage)

    return complete


def _at_once(message: Mapping[str, Any], usage: Any) -> Answer:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json_of({"model": "m", "choices": [choice], "usage": usage})


def _streamed(message: Mapping[str, Any], usage: Any) -> Answer:
    chunks: list[Any] = [
        {"choices": [{"index": 0, "delta": message}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": usage},
    ]
    lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return 200, "text/event-stream", (lines + "data: [DONE]\n\n").encode()


VECTOR = fixed({"data": [{"index": 0, "embedding": [0.5, -0.5, 0.25]}]})
PAGE: Route = lambda _body: (200, "text/html", b"<html><title>My \x1b[31mrouter</title>hi</html>")  # noqa: E731

OLLAMA: Mapping[str, Route] = {
    "GET /v1/models": model_list("qwen:8b", "nomic-embed-text", "llama:3b", owned_by="library"),
    "GET /api/version": fixed({"version": "0.12"}),
    "GET /api/ps": fixed({"models": [{"name": "qwen:8b", "context_length": 4096}]}),
    "POST /v1/chat/completions": talking(),
    "POST /v1/embeddings": VECTOR,
}
LM_STUDIO: Mapping[str, Route] = {
    "GET /v1/models": model_list("gemma"),
    "GET /api/v0/models": fixed({"data": [{"id": "gemma", "loaded_context_length": 8192}]}),
    "POST /v1/chat/completions": talking(),
    "POST /v1/embeddings": VECTOR,
}
VLLM: Mapping[str, Route] = {
    "GET /v1/models": model_list("big", owned_by="vllm", max_model_len=131072),
    "POST /v1/chat/completions": talking(),
}
BARE: Mapping[str, Route] = {
    "GET /v1/models": model_list("plain"),
    "POST /v1/chat/completions": talking(
        "tools", "response_format", "stream_options", "max_tokens", streams=False, counts=False
    ),
}
LOCKED: Mapping[str, Route] = {
    "GET /v1/models": refused("A key is wanted.", 401, code="invalid_api_key"),
    "POST /v1/chat/completions": refused("A key is wanted.", 401, code="invalid_api_key"),
}
WEB_PAGE: Mapping[str, Route] = {"GET /v1/models": PAGE}


@contextmanager
def pretending(routes: Mapping[str, Route], port: int = 0) -> Iterator[Pretender]:
    """The server on a free port of loopback, while the context lasts."""
    pretender = Pretender()

    class Handler(Answering):
        def do_GET(self) -> None:
            self._take({})

        def do_POST(self) -> None:
            self._take(json.loads(self.asked()))

        def _take(self, body: Mapping[str, Any]) -> None:
            asked = f"{self.command} {self.path}"
            pretender.asked.append((asked, dict(self.headers), body))
            status, kind, content = routes.get(asked, refused("No such path.", 404))(body)
            self.answer(status, content, kind)

    with listening_at(Handler, port) as pretender.port:
        yield pretender
