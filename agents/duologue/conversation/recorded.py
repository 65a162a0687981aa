"""A saved run as an endpoint: its completions answer in place of a model, in their order."""

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard, assert_never

import httpx

from duologue.conversation.assignment import Assignment
from duologue.conversation.state import State
from duologue.messages import SEATS, Message
from duologue.record.events import AttemptFailed, CompletionReceived, Record
from duologue.record.parts import seat_of

_MOST_DIFF_LINES: Final = 24
_Answer = CompletionReceived | AttemptFailed


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What was asked, None where the log alone does not tell, and what came back."""

    messages: list[Message] | None
    answer: _Answer


class RecordedTransport(httpx.AsyncBaseTransport):
    """Answers each request with the next recorded completion, as long as the request is the recorded one.

    What was asked then is folded from the log again. The first request that differs is refused, for good,
    and `difference` tells how: from there on the recorded answers would be answers to other questions.
    Closing it does nothing, so that several clients may share it.
    """

    def __init__(self, assignment: Assignment, records: Sequence[Record]) -> None:
        self.difference: str | None = None
        self._exchanges = _exchanges(assignment, records)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The recorded answer, or a refusal that tells the difference."""
        if request.method != "POST":
            return _json(200, {"object": "list", "data": [{"id": role} for role in SEATS]})
        asked = json.loads(await request.aread())
        exchange = next(self._exchanges, None) if self.difference is None else None
        if self.difference is None:
            self.difference = _difference(exchange, asked)
        if exchange is None or self.difference is not None:
            said = f"this request of the {asked.get('model')} is not the one that was recorded"
            return _json(422, {"error": {"message": said}})
        return _response(exchange.answer)


def _exchanges(assignment: Assignment, records: Sequence[Record]) -> Iterator[_Exchange]:
    """The run's requests and answers, in order; an overflow is one of them, since the talk was cut for it."""
    state = State(assignment, lambda: 0.0)
    asked: tuple[str, int] | None = None
    for record in records:
        event = record.event
        if isinstance(event, CompletionReceived) or _is_overflow(event):
            again = asked == (event.purpose, event.turn)
            if isinstance(event, CompletionReceived):
                asked = (event.purpose, event.turn)
            if event.purpose == "verdict":
                state.tell_facts()
            talk = state.talks.get(event.role)
            known = talk is not None and not again and event.purpose not in ("criteria", "summary", "appeal")
            yield _Exchange(talk.messages() if talk is not None and known else None, event)
        state.apply(record)


def _is_overflow(event: object) -> TypeGuard[AttemptFailed]:
    return isinstance(event, AttemptFailed) and event.kind == "overflow"


def _response(answer: _Answer) -> httpx.Response:
    match answer:
        case AttemptFailed():
            error = {"message": answer.message, "code": "context_length_exceeded"}
            return _json(400, {"error": error})
        case CompletionReceived():
            choice = {"index": 0, "message": _message(answer), "finish_reason": answer.finish_reason}
            return _json(200, {"model": answer.model, "choices": [choice], **_usage(answer)})
        case _:
            assert_never(answer)


def _message(event: CompletionReceived) -> dict[str, Any]:
    message: dict[str, Any] = {**event.extra, "role": "assistant", "content": event.text}
    if event.reasoning:
        message["reasoning_content"] = event.reasoning
    if event.tool_calls:
        message["tool_calls"] = [
            {
                **(call.model_extra or {}),
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in event.tool_calls
        ]
    return message


def _usage(event: CompletionReceived) -> dict[str, Any]:
    """The endpoint's own count, which the size of a compacted talk depends on; none where it sent none."""
    if event.usage.estimated:
        return {}
    prompt, completion = event.usage.prompt, event.usage.completion
    details = {"cached_tokens": event.usage.cached}
    counted = {"prompt_tokens": prompt, "completion_tokens": completion, "prompt_tokens_details": details}
    return {"usage": {**counted, "total_tokens": prompt + completion}}


def _json(status: int, value: Any) -> httpx.Response:
    # Escaped to ASCII, so that a lone surrogate in a recorded text does no harm.
    content = json.dumps(value).encode("ascii")
    return httpx.Response(status, headers={"content-type": "application/json"}, content=content)


def _difference(exchange: _Exchange | None, asked: dict[str, Any]) -> str | None:
    """How the request differs from the recorded one, None where it does not."""
    if exchange is None:
        return "The recorded run has no further completion."
    answer, messages = exchange.answer, exchange.messages
    seat = seat_of(answer.role, answer.purpose)
    if asked.get("model") != seat:
        return f"The recorded run asked the {seat} here, not the {asked.get('model')}."
    if messages is None:
        return None
    then = [line for message in messages for line in _lines(message.role, message.content)]
    now = [line for message in asked["messages"] for line in _lines(message["role"], message["content"])]
    if then == now:
        return None
    diff = list(difflib.unified_diff(then, now, "recorded", "now", n=1, lineterm=""))
    return "\n".join(diff[:_MOST_DIFF_LINES])


def _lines(role: str, content: str) -> list[str]:
    return [f"[{role}]", *content.splitlines()]
