"""One completion being asked for: its attempts, one after the other."""

import asyncio
import math
import time
from typing import Final

from duologue.endpoint.answering import read_answer
from duologue.endpoint.attempt import Attempt
from duologue.endpoint.body import Draft, Fields, draft_of, encode
from duologue.endpoint.completion import Completion, Listener, Request
from duologue.endpoint.history import as_told_at, canonical
from duologue.endpoint.limiter import Need, Pass
from duologue.endpoint.line import Line
from duologue.endpoint.retry import retrying
from duologue.errors import EndpointError
from duologue.messages import estimate_tokens
from duologue.targets import RetryPolicy

_FREE_RETRIES: Final = 2
"""How often per attempt a pooled connection may turn out to be dead without that counting."""

_HOLDING: Final = frozenset({"rate", "overload"})
"""Faults whose Retry-After is meant for everybody."""


class Call:
    """Asks for one completion over a line, telling the listener of every attempt that fails."""

    def __init__(self, line: Line, request: Request, listener: Listener) -> None:
        self._line = line
        self._request = request
        self._messages = canonical(as_told_at(line.target.base_url, request.messages))
        self._listener = listener
        self._latest: Attempt | None = None
        self._adapted: list[str] = []
        self._most_s = math.inf
        self._waited_s = 0.0

    async def run(self, policy: RetryPolicy, time_left_s: float | None) -> Completion:
        """The completion; raises the last attempt's EndpointError."""
        began = time.monotonic()
        self._most_s = policy.elapsed_s if time_left_s is None else time_left_s
        try:
            return await self._attempt()
        except EndpointError as exc:
            failed = [exc]

        async def attempt() -> Completion:
            if failed:
                raise failed.pop()
            return await self._attempt()

        # The policy is asked only once there is something to decide: most calls never need it.
        again = retrying(
            policy,
            self._line.clocks,
            self._report,
            time_left_s=time_left_s,
            spent_s=time.monotonic() - began,
            sleep=self._line.limiter.pause,
        )
        try:
            return await again(attempt)
        except EndpointError as exc:
            self._report(exc, None)
            raise

    async def _attempt(self) -> Completion:
        """One attempt as the policy counts them. A refused field is changed, and a pooled connection that
        was dead is replaced, at once and without counting: waiting would cure neither."""
        free = _FREE_RETRIES
        interpreter = self._line.interpreter
        while True:
            draft = self._draft()
            try:
                return await self._try(draft)
            except EndpointError as exc:
                if free and self._was_stale(exc):
                    free -= 1
                elif change := interpreter.learn(exc, draft, self._draft):
                    self._adapted.append(change)
                else:
                    if exc.kind == "bad_request":
                        interpreter.forget_unproven()
                    raise
                self._report(exc, 0.0)

    def _draft(self) -> Draft:
        """The request as it is sent now."""
        return self._line.interpreter.put(draft_of(self._line.target, self._request, self._messages))

    async def _try(self, draft: Draft) -> Completion:
        line = self._line
        body = encode(draft)
        self._latest = None
        given = await self._admitted(Need(estimate_tokens(len(body)), _reply_tokens(draft.fields)))
        self._latest = attempt = Attempt(line, len(body), self._listener.on_delta)
        tokens = None
        try:
            await attempt.run(line.post(body))
            adapted = (*line.interpreter.confirm(), *self._adapted)
            completion = attempt.completion(adapted, self._waited_s)
            tokens = completion.usage.total_tokens
        except asyncio.CancelledError:
            self._listener.on_failure(attempt.cancelled())
            raise
        except EndpointError as exc:
            tokens = None if attempt.answered and exc.status in (None, 200) else 0
            if exc.retry_after_s and exc.kind in _HOLDING:
                line.limiter.hold(exc.retry_after_s)
            raise
        finally:
            line.limiter.leave(given, tokens)
        line.pool.may_be_stale = True
        return read_answer(completion, draft)

    async def _admitted(self, need: Need) -> Pass:
        """Leave to send, at once or after a wait."""
        limiter = self._line.limiter
        if (given := limiter.admit(need)) is not None:
            return given
        began = limiter.now()
        given = await limiter.queue(need, self._most_s)
        self._waited_s += limiter.now() - began
        return given

    def _was_stale(self, exc: EndpointError) -> bool:
        """llama.cpp announces keep-alive and closes after each reply; the next request meets a dead
        connection. Nothing was received, so nothing was paid for."""
        answered = self._latest is not None and self._latest.answered
        return exc.kind == "connection" and self._line.pool.may_be_stale and not answered

    def _report(self, exc: EndpointError, wait_s: float | None) -> None:
        if self._latest is not None:
            self._listener.on_failure(self._latest.failed(exc, wait_s))


def _reply_tokens(fields: Fields) -> int:
    """The tokens that the reply may have, 0 where the request sets no limit."""
    most = fields.get("max_tokens") or fields.get("max_completion_tokens")
    return most if isinstance(most, int) else 0
