"""A saved run as an endpoint: its completions answer in place of a model, in their order."""

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import httpx

from duologue.conversation.assignment import Assignment
from duologue.conversation.state import State
from duologue.endpoint.scenario import Reply, Scenario, ScriptedCall
from duologue.endpoint.scripted import ScriptedTransport
from duologue.messages import Message, RoleName
from duologue.record.events import CompletionReceived, Record

_MOST_DIFF_LINES: Final = 24


class RecordedTransport(httpx.AsyncBaseTransport):
    """Answers each request with the next recorded completion, as long as the request is the recorded one.

    What was asked then is folded from the log again. The first request that differs is refused, for good,
    and `difference` tells how: from there on the recorded answers would be answers to other questions.
    """

    def __init__(self, assignment: Assignment, records: Sequence[Record]) -> None:
        self.difference: str | None = None
        self._expected = _requests(assignment, records)
        replies = tuple(_reply(r.event) for r in records if isinstance(r.event, CompletionReceived))
        self._answers = ScriptedTransport(Scenario(reply=replies))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The recorded answer, or a refusal that tells the difference."""
        if request.method == "POST":
            asked = json.loads(await request.aread())
            self.difference = _difference(next(self._expected, None), asked)
            if self.difference is not None:
                said = f"this request of the {asked.get('model')} is not the one that was recorded"
                return httpx.Response(422, json={"error": {"message": said}})
        return await self._answers.handle_async_request(request)


def _requests(
    assignment: Assignment, records: Sequence[Record]
) -> Iterator[tuple[RoleName, list[Message] | None]]:
    """Who asked what, request by request; None where a question is not known from the log alone."""
    state = State(assignment, lambda: 0.0)
    asked: tuple[str, int] | None = None
    for record in records:
        event = record.event
        if isinstance(event, CompletionReceived):
            again, asked = asked == (event.purpose, event.turn), (event.purpose, event.turn)
            if event.purpose == "verdict":
                state.tell_facts()
            talk = state.talks.get(event.role)
            yield (
                event.role,
                None if again or talk is None or event.purpose == "criteria" else talk.messages(),
            )
        state.apply(record)


def _reply(event: CompletionReceived) -> Reply:
    calls = tuple(ScriptedCall(name=c.name, arguments=c.arguments, id=c.id) for c in event.tool_calls)
    return Reply(model=event.role, text=event.text, reasoning=event.reasoning, tool_calls=calls)


def _difference(expected: tuple[RoleName, list[Message] | None] | None, asked: dict[str, Any]) -> str | None:
    """How the request differs from the recorded one, None where it does not."""
    if expected is None:
        return "The recorded run has no further completion."
    role, messages = expected
    if asked.get("model") != role:
        return f"The recorded run asked the {role} here, not the {asked.get('model')}."
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
