"""One call to an endpoint, with everything that a paid call needs around it.

Before it, the budget is checked and what is in the log is committed; while it lasts, its text is drafted
and its time, tokens and cost are watched; after it, it is charged and logged, failed attempts included.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from duologue.conversation.budget import Room
from duologue.conversation.state import State
from duologue.conversation.summary import SHARES, most_tokens, summary_request
from duologue.conversation.talk import Talk
from duologue.endpoint.client import Client
from duologue.endpoint.completion import Completion, Delta, FailedAttempt, Listener, Request
from duologue.errors import EndpointError, LimitReached
from duologue.messages import Message, RoleName, Seat, ToolCall, Usage, estimate_tokens
from duologue.record.draft import DraftWriter
from duologue.record.events import AttemptFailed, CompletionReceived, ContextCompacted
from duologue.record.log import LogWriter
from duologue.record.parts import Limit, Purpose, TokenCount, ToolCallRecord, seat_of
from duologue.targets import Target

_NO_SCHEMA: Final[Mapping[str, Any] | None] = None


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: by which role, in which turn, to what end; `extra` messages are sent after the talk's
    without becoming part of it, and so is `postscript`, at the end of its last message; `schema` is the JSON
    schema of the answer, None for free text; `tools` are offered with it."""

    role: RoleName
    turn: int
    purpose: Purpose
    talk: Talk
    extra: tuple[Message, ...] = ()
    schema: Mapping[str, Any] | None = _NO_SCHEMA
    postscript: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()

    @property
    def seat(self) -> Seat:
        """Whose model answers."""
        return seat_of(self.role, self.purpose)

    def messages(self) -> list[Message]:
        """What is sent."""
        *before, last = self.talk.messages()
        if self.postscript:
            last = Message(last.role, f"{last.content}\n\n{self.postscript}")
        return [*before, last, *self.extra]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a completion said, by which model, and the `seq` of its event; `extra` goes back with a message
    that calls tools, to the endpoint that it was `said_at`, which is its base URL."""

    seq: int
    text: str
    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    said_at: str | None = None

    @property
    def message(self) -> Message:
        """The answer as it stands in the talk that goes on."""
        return Message("assistant", self.text, self.tool_calls, extra=self.extra, said_at=self.said_at)


class Calls:
    """Makes the calls of one run, and charges them by logging them."""

    def __init__(
        self, clients: Mapping[Seat, Client], log: LogWriter, draft: DraftWriter, state: State
    ) -> None:
        self._clients = clients
        self._log = log
        self._draft = draft
        self._state = state
        self._budget = state.budget
        self._prices = state.assignment.settings.prices

    async def complete(self, call: Call) -> Answer:
        """The answer, paid and logged; one that was paid before the run was resumed is not paid again.

        Raises EndpointError, LimitReached and RecordError.
        """
        if (paid := self._recall(call)) is not None:
            return paid
        if self._state.outgrows(call.role, call.talk):
            await self._make_room(call)
        try:
            return await self._ask(call)
        except EndpointError as exc:
            if exc.kind != "overflow":
                raise
            if not self._state.has_talk(call.role, call.talk):
                call.talk.learn_window(exc.context_tokens or call.talk.tokens)
            if not await self._make_room(call):
                raise _too_long(exc) from exc
        try:
            return await self._ask(call)
        except EndpointError as exc:
            if exc.kind != "overflow":
                raise
            raise _too_long(exc) from exc

    def _recall(self, call: Call) -> Answer | None:
        found = self._state.paid.recall(call.role, call.purpose)
        if found is None:
            return None
        seq, event, said_at = found
        self._warn(call)
        return Answer(seq, event.text, event.model, _tool_calls(event), event.extra, said_at)

    async def _ask(self, call: Call) -> Answer:
        return await self._complete(call, Request(call.messages(), call.schema, tools=call.tools))

    async def _complete(self, call: Call, request: Request) -> Answer:
        self._budget.check_call()
        await self._log.commit()
        # An interrupt that has been asked for by now takes effect before the call, and not after it.
        await asyncio.sleep(0)
        room = self._room(call, request)
        if room is not None and room.limit == "cost" and room.tokens < 0:
            raise self._budget.reached("cost")
        self._draft.begin(call.turn, call.role, call.purpose)
        completion = await self._within_budget(call, request, room)
        return self._received(call, completion)

    async def _within_budget(self, call: Call, request: Request, room: Room | None) -> Completion:
        client, time_left_s = self._clients[call.seat], self._budget.time_left_s
        reached: list[Limit] = []
        characters = 0

        def on_delta(delta: Delta) -> None:
            nonlocal characters
            self._draft.add(delta.attempt, delta.text, delta.reasoning)
            if room is None:
                return
            characters += len(delta.text) + len(delta.reasoning)
            if estimate_tokens(characters) > room.tokens and not reached:
                reached.append(room.limit)
                clock.reschedule(asyncio.get_running_loop().time())

        def on_failure(failed: FailedAttempt) -> None:
            nonlocal characters, room
            self._failed(call, failed)
            characters, room = 0, self._room(call, request)
            if failed.wait_s is not None and room is not None and room.tokens < 0 and not reached:
                # The next attempt would pay for the prompt again.
                reached.append(room.limit)
                clock.reschedule(asyncio.get_running_loop().time())

        try:
            async with asyncio.timeout(time_left_s) as clock:
                listener = Listener(on_delta, on_failure)
                return await client.complete(request, listener, time_left_s=time_left_s)
        except TimeoutError as exc:
            raise self._budget.reached(reached[0] if reached else "minutes") from exc

    def _room(self, call: Call, request: Request) -> Room | None:
        limits = self._budget.limits
        if limits.max_tokens is None and limits.max_cost_usd is None:
            return None
        prompt = call.talk.tokens_in(sum(len(message.encoded) for message in request.messages))
        return self._budget.room(prompt, lambda usage: self._most_usd(call, usage))

    def _most_usd(self, call: Call, usage: Usage) -> float | None:
        """What it would cost at the dearest of those that may answer."""
        own = self._clients[call.seat].target
        costs = [self._prices.cost_usd(usage, t.base_url, t.model) for t in (own, *own.fallbacks)]
        return max((cost for cost in costs if cost is not None), default=None)

    def _cost_usd(
        self, call: Call, usage: Usage, fallback: Target | None, answered: str = ""
    ) -> float | None:
        """By the model that answered, which may be a dated name of the one that was asked."""
        target = fallback or self._clients[call.seat].target
        return self._prices.cost_usd(usage, target.base_url, *filter(None, (answered, target.model)))

    def _failed(self, call: Call, failed: FailedAttempt) -> None:
        self._draft.clear()
        self._log.append(
            AttemptFailed(
                turn=call.turn,
                role=call.role,
                purpose=call.purpose,
                attempt=failed.attempt,
                kind=failed.kind,
                message=failed.message,
                status=failed.status,
                partial=failed.partial,
                wait_s=failed.wait_s,
                usage=_count(failed.usage),
                context_tokens=failed.context_tokens,
                cost_usd=self._cost_usd(call, failed.usage, failed.fallback),
                endpoint=failed.endpoint,
            )
        )

    def _received(self, call: Call, got: Completion) -> Answer:
        record = self._log.append(
            CompletionReceived(
                turn=call.turn,
                role=call.role,
                purpose=call.purpose,
                attempt=got.attempt,
                model=got.model,
                text=got.text,
                reasoning=got.reasoning,
                tool_calls=[_call_record(wanted) for wanted in got.tool_calls],
                finish_reason=got.finish_reason,
                usage=_count(got.usage),
                cost_usd=self._cost_usd(call, got.usage, got.fallback, got.model),
                pace=got.pace,
                first_token_s=round(got.first_token_s, 3),
                duration_s=round(got.duration_s, 3),
                flags=list(got.flags),
                adapted=list(got.adapted),
                waited_s=round(got.waited_s, 3) or None,
                extra=dict(got.extra),
                endpoint=got.endpoint,
                asked_again_s=None if got.asked_again_s is None else round(got.asked_again_s, 1),
            )
        )
        self._draft.clear()
        self._warn(call)
        # As it was written, so that a run that is resumed goes on from the same words.
        written = record.event
        assert isinstance(written, CompletionReceived)
        said_at = got.endpoint or self._clients[call.seat].target.base_url
        return Answer(record.seq, written.text, got.model, _tool_calls(written), written.extra, said_at)

    def _warn(self, call: Call) -> None:
        for warning in self._budget.warnings(call.turn):
            self._log.append(warning)

    async def _make_room(self, call: Call) -> bool:
        """Leave out the talk's oldest messages, summed up where an agent would miss them; False where there
        is nothing to leave out."""
        messages = call.talk.surplus()
        if messages == 0:
            return False
        if not self._state.has_talk(call.role, call.talk):
            # A talk before the run's own, about its criteria: nothing of it has to be found again.
            call.talk.drop(messages, self._state.standing.note(self._state.assignment.open_mark))
            return True
        summary = await self._summarise(call, messages)
        before, after = call.talk.size, call.talk.size_without(messages)
        self._log.append(
            ContextCompacted(
                turn=call.turn,
                role=call.role,
                messages_dropped=messages,
                bytes_before=before,
                bytes_after=after,
                summary=summary,
            )
        )
        return True

    async def _summarise(self, call: Call, messages: int) -> int | None:
        """The `seq` of the completion in which the agent sums up its oldest messages; None for the judge, and
        where no part of them fits its window."""
        if call.role == "judge":
            return None
        asked = replace(call, purpose="summary")
        if (paid := self._recall(asked)) is not None:
            return paid.seq
        for share in SHARES:
            request = summary_request(call.talk, messages, share)
            if request is None:
                continue
            try:
                return (await self._complete(asked, Request(request, max_tokens=most_tokens(call.talk)))).seq
            except EndpointError as exc:
                if exc.kind != "overflow":
                    raise
        return None


def _call_record(call: ToolCall) -> ToolCallRecord:
    known = {"id": call.id, "name": call.name, "arguments": call.arguments}
    return ToolCallRecord.model_validate({**call.extra, **known})


def _tool_calls(event: CompletionReceived) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(call.id, call.name, call.arguments, call.model_extra or {}) for call in event.tool_calls
    )


def _count(usage: Usage) -> TokenCount:
    return TokenCount(
        prompt=usage.prompt_tokens,
        completion=usage.completion_tokens,
        cached=usage.cached_tokens,
        estimated=usage.estimated,
    )


def _too_long(exc: EndpointError) -> LimitReached:
    return LimitReached(
        f"The model's context window is too small for this talk: {exc.message}",
        limit="context",
        hint="Use a model with a larger context window, or give its size with --context.",
    )
