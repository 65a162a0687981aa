"""One completion being asked for: its attempts, one after the other."""

import asyncio
import time
from typing import Final

from duologue.endpoint.attempt import Attempt
from duologue.endpoint.body import Fields, encode, request_fields
from duologue.endpoint.completion import Completion, Listener, Request
from duologue.endpoint.line import Line
from duologue.endpoint.retry import Sleep, retrying
from duologue.errors import EndpointError
from duologue.targets import RetryPolicy

_FREE_RETRIES: Final = 2
"""How often per attempt a pooled connection may turn out to be dead without that counting."""


class Call:
    """Asks for one completion over a line, telling the listener of every attempt that fails."""

    def __init__(self, line: Line, request: Request, listener: Listener) -> None:
        self._line = line
        self._request = request
        self._listener = listener
        self._latest: Attempt | None = None
        self._adapted: list[str] = []

    async def run(self, policy: RetryPolicy, time_left_s: float | None, sleep: Sleep) -> Completion:
        """The completion; raises the last attempt's EndpointError."""
        began = time.monotonic()
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
            sleep=sleep,
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
        while True:
            fields = self._line.dialect.apply(request_fields(self._line.target, self._request))
            try:
                return await self._try(fields)
            except EndpointError as exc:
                if free and self._was_stale(exc):
                    free -= 1
                elif change := self._line.dialect.learn(exc, fields):
                    self._adapted.append(change)
                else:
                    raise
                self._report(exc, 0.0)

    async def _try(self, fields: Fields) -> Completion:
        line = self._line
        body = encode(fields, self._request)
        self._latest = attempt = Attempt(line, len(body), self._listener.on_delta)
        try:
            await attempt.run(line.post(body))
        except asyncio.CancelledError:
            self._listener.on_failure(attempt.cancelled())
            raise
        line.pool.may_be_stale = True
        return attempt.completion(tuple(self._adapted))

    def _was_stale(self, exc: EndpointError) -> bool:
        """llama.cpp announces keep-alive and closes after each reply; the next request meets a dead
        connection. Nothing was received, so nothing was paid for."""
        answered = self._latest is not None and self._latest.answered
        return exc.kind == "connection" and self._line.pool.may_be_stale and not answered

    def _report(self, exc: EndpointError, wait_s: float | None) -> None:
        if self._latest is not None:
            self._listener.on_failure(self._latest.failed(exc, wait_s))
