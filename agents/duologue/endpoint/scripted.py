"""A stand-in endpoint inside this process: it speaks the real protocol and answers from a scenario."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import httpx

from duologue.endpoint.scenario import Reply, Scenario
from duologue.messages import SEATS, estimate_tokens

SCRIPTED_URL: Final = "http://scripted.invalid/v1"
"""The base URL of a target that a ScriptedTransport serves."""

_PIECE: Final = re.compile(r"\s*\S+\s*|\s+")


class ScriptedTransport(httpx.AsyncBaseTransport):
    """Gives each model its replies in order, then an error that no retry cures.

    `given` says how many replies each model has given already, for a run that is resumed; `seen` holds the
    body of every request for a completion. Closing it does nothing, so that several clients may share it.
    """

    def __init__(self, scenario: Scenario, *, given: Mapping[str, int] | None = None) -> None:
        self.seen: list[dict[str, Any]] = []
        self._speed = scenario.characters_per_second
        self._given = Counter(given or {})
        self._replies: dict[str, list[Reply]] = {name: [] for name in SEATS}
        for reply in scenario.reply:
            self._replies[reply.model].extend([reply] * reply.repeat)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request as an endpoint would."""
        content = await request.aread()
        if request.url.path.endswith("/models"):
            served = [{"id": name, "object": "model"} for name in self._replies]
            return httpx.Response(200, json={"object": "list", "data": served})
        body = json.loads(content)
        self.seen.append(body)
        reply = self._next(body.get("model"))
        if isinstance(reply, str):
            return _refusal(410, reply)
        await asyncio.sleep(reply.delay_ms / 1000)
        if reply.status != 200:
            return _refusal(reply.status, reply.error or "the scenario asks for this error")
        return self._answer(reply, body, len(content))

    def _next(self, model: Any) -> Reply | str:
        """The model's next reply, or why there is none."""
        if model not in self._replies:
            return f"the scenario serves {', '.join(self._replies)}, not {model}"
        if self._given[model] >= len(self._replies[model]):
            return f"the scenario has no more replies for {model}"
        self._given[model] += 1
        return self._replies[model][self._given[model] - 1]

    def _answer(self, reply: Reply, body: Mapping[str, Any], prompt_bytes: int) -> httpx.Response:
        usage = _usage(reply, prompt_bytes)
        if body.get("stream"):
            asked = (body.get("stream_options") or {}).get("include_usage")
            events = _Events(reply, self._speed, usage if asked else None)
            return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=events)
        choice = {"index": 0, "message": _message(reply), "finish_reason": _reason(reply)}
        return httpx.Response(200, json=_chunk(reply, choice) | {"usage": usage})


class _Events(httpx.AsyncByteStream):
    """One reply as server-sent events, a word at a time and at the scenario's speed."""

    def __init__(self, reply: Reply, speed: float, usage: Mapping[str, int] | None) -> None:
        self._reply = reply
        self._speed = speed
        self._usage = usage

    async def __aiter__(self) -> AsyncIterator[bytes]:
        reply = self._reply
        for piece in _PIECE.findall(reply.reasoning):
            yield await self._delta({"reasoning_content": piece}, len(piece))
        left = len(reply.text) if reply.cut_after is None else reply.cut_after
        for piece in _PIECE.findall(reply.text[:left]):
            yield await self._delta({"content": piece}, len(piece))
        if reply.cut_after is not None:
            raise httpx.ReadError("the scenario cuts the connection here")
        if reply.tool_calls:
            yield await self._delta({"tool_calls": _calls(reply)}, 0)
        yield _event(_chunk(reply, {"index": 0, "delta": {}, "finish_reason": _reason(reply)}))
        if self._usage is not None:
            yield _event(_chunk(reply) | {"usage": self._usage})
        yield b"data: [DONE]\n\n"

    async def _delta(self, delta: Mapping[str, Any], characters: int) -> bytes:
        # At full speed too, the reader gets the loop between two pieces, as it would from a socket.
        await asyncio.sleep(characters / self._speed if self._speed else 0)
        return _event(_chunk(self._reply, {"index": 0, "delta": delta, "finish_reason": None}))


def _chunk(reply: Reply, *choices: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "scripted", "object": "chat.completion.chunk", "model": reply.model, "choices": choices}


def _event(chunk: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode("utf-8", "replace") + b"\n\n"


def _message(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.tool_calls:
        message["tool_calls"] = _calls(reply)
    return message


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "id": call.id or f"call_{index}",
            "type": "function",
            "function": {"name": call.name, "arguments": _arguments(call.arguments)},
        }
        for index, call in enumerate(reply.tool_calls)
    ]


def _arguments(arguments: dict[str, Any] | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


def _reason(reply: Reply) -> str:
    return reply.finish_reason or ("tool_calls" if reply.tool_calls else "stop")


def _usage(reply: Reply, prompt_bytes: int) -> dict[str, int]:
    said = (
        len(reply.text) + len(reply.reasoning) + sum(len(_arguments(c.arguments)) for c in reply.tool_calls)
    )
    prompt, completion = estimate_tokens(prompt_bytes), estimate_tokens(said)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _refusal(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message, "code": status}})
