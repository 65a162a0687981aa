"""The clocks of one attempt (first token, idle, total), behind a single timer.

Moving a timer with every token would cost more than parsing the token. So a token only notes the time,
and the timer, when it fires, looks whether a clock has really run out, or goes back to sleep.
"""

import asyncio
from types import TracebackType
from typing import Final

from duologue.targets import Clocks

AFTER_FINISH_S: Final = 2.0
"""How long usage and the end of the stream may lag behind the finish reason."""

AFTER_DONE_S: Final = 0.25
"""How long the end of the stream may lag behind `[DONE]`; past it only the connection is given up."""


class Watch:
    """A context that ends in TimeoutError when a clock runs out; `fired` then says which, in words.
    `started` and `touched` (the last content) are times of the loop, in seconds."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._loop = asyncio.get_running_loop()
        self._scope = asyncio.timeout_at(None)
        self._timer: asyncio.TimerHandle | None = None
        self.started = self._loop.time()
        self.fired: str | None = None
        self._armed = False
        self._waits = True
        self._clock = "first token"
        self._limit_s = clocks.first_token_s
        self.touched = self.started

    async def __aenter__(self) -> "Watch":
        await self._scope.__aenter__()
        self._armed = True
        self._look()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._armed = False
        if self._timer is not None:
            self._timer.cancel()
        await self._scope.__aexit__(kind, exc, trace)

    def now(self) -> float:
        """The loop's time."""
        return self._loop.time()

    def content(self) -> float:
        """Content arrived: the idle clock starts anew. Returns the loop's time."""
        self.touched = now = self._loop.time()
        if self._waits:
            self._switch("idle", self._clocks.idle_s)
        return now

    def finishing(self, clock: str, limit_s: float) -> None:
        """The reply is whole: only its end is still awaited, and not for long."""
        if self._clock != clock:
            self.touched = self._loop.time()
            self._switch(clock, min(limit_s, self._clocks.idle_s))

    def _switch(self, clock: str, limit_s: float) -> None:
        self._waits = False
        self._clock, self._limit_s = clock, limit_s
        if self._timer is not None:
            self._timer.cancel()
        # What a whole body holds is only read once it has ended, and the clocks with it.
        if self._armed:
            self._look()

    def _look(self) -> None:
        """End the scope if a clock has run out, else look again when the next one may have."""
        total_at = self.started + self._clocks.total_s
        due = min(self.touched + self._limit_s, total_at)
        if self._loop.time() < due:
            self._timer = self._loop.call_at(due, self._look)
            return
        self.fired = f"total clock ({self._clocks.total_s:g} s)"
        if due < total_at:
            self.fired = f"{self._clock} clock ({self._limit_s:g} s)"
        self._scope.reschedule(self._loop.time())
