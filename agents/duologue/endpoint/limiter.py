"""When the next request may go to an endpoint, for all who speak to it with the same key.

Three things hold requests back: the person's own limits, what the server says is left of its own, and a
Retry-After that came with a refusal. Who asked first goes first. Nothing is looked at again and again: the
first in the line sleeps until there may be room, the others wait behind it.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from duologue.endpoint.allowance import Allowance, read_allowances
from duologue.endpoint.window import Entry, Window
from duologue.errors import EndpointError
from duologue.targets import Rates

_UNLIMITED: Final = Rates()


@dataclass(frozen=True, slots=True)
class Need:
    """What a request takes, as estimated: tokens of its prompt and of its reply."""

    prompt: int
    reply: int = 0


@dataclass(frozen=True, slots=True)
class Pass:
    """Leave to send one request; `tokens` is what it takes of the tokens a minute, None without a limit;
    `counted` is False where nothing was limited when it was given."""

    tokens: Entry | None = None
    counted: bool = True


FREE: Final = Pass(counted=False)
"""The pass of an endpoint that nothing limits."""


class Limiter:
    """Gives leave to send. `origin` names the endpoint in messages; `clock` is in seconds; an injected
    `sleep` need pass no real time: what was slept counts."""

    def __init__(
        self,
        rates: Rates = _UNLIMITED,
        *,
        origin: str = "The endpoint",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._origin = origin
        self._clock = clock
        self._sleep = sleep
        self._ahead_s = 0.0
        self._rates = _UNLIMITED
        self._requests: Window | None = None
        self._tokens: Window | None = None
        self._in_flight = 0
        self._waiting = 0
        self._held_until = -math.inf
        self._allowances: dict[str, Allowance] = {}
        self._turnstile = asyncio.Lock()
        self._left = asyncio.Event()
        self._bounded = False
        self.restrict(rates)

    def restrict(self, rates: Rates) -> None:
        """Keep to these limits too; of two, the stricter holds."""
        self._rates = rates = self._rates.stricter(rates)
        self._requests = _window(self._requests, rates.rpm)
        self._tokens = _window(self._tokens, rates.tpm)
        self._bounded = self._bounded or rates != _UNLIMITED

    def admit(self, need: Need) -> Pass | None:
        """A pass, where nothing has to be waited for; else None, and `queue` is to be asked."""
        if not self._bounded:
            return FREE
        if self._waiting or self._is_full or self._wait_s(need):
            return None
        return self._take(need)

    async def queue(self, need: Need, most_s: float) -> Pass:
        """A pass, once it is this request's turn and there is room.

        Raises EndpointError of the kind `rate` where that would take longer than `most_s` seconds.
        """
        self._waiting += 1
        try:
            self._test(self._held_until - self.now(), most_s)
            async with self._turnstile:
                return await self._turn(need, most_s)
        finally:
            self._waiting -= 1

    def leave(self, given: Pass, tokens: int | None) -> None:
        """The request with this pass is over; `tokens` is what it took, None where that is not known."""
        if not given.counted:
            return
        self._in_flight -= 1
        self._left.set()
        if given.tokens is not None and self._tokens is not None and tokens is not None:
            self._tokens.correct(given.tokens, tokens)

    def learn(self, raw: Iterable[tuple[bytes, bytes]], *, refused: bool = False) -> None:
        """Read what a reply's headers say is left."""
        if found := read_allowances(raw, self.now(), refused=refused):
            self._allowances.update(found)
            self._bounded = True

    def hold(self, seconds: float) -> None:
        """Let nobody pass for this long, because the server asked for it."""
        self._held_until = max(self._held_until, self.now() + seconds)
        self._bounded = True

    def now(self) -> float:
        """The clock's time, in seconds, and what was slept without passing it."""
        return self._clock() + self._ahead_s

    async def pause(self, seconds: float) -> None:
        """Sleep this long, by this limiter's time."""
        until = self.now() + seconds
        await self._sleep(seconds)
        self._ahead_s += max(0.0, until - self.now())

    async def _turn(self, need: Need, most_s: float) -> Pass:
        while True:
            if self._is_full:
                self._left.clear()
                await self._left.wait()
            elif wait_s := self._wait_s(need):
                self._test(wait_s, most_s)
                await self.pause(wait_s)
            else:
                return self._take(need)

    @property
    def _is_full(self) -> bool:
        most = self._rates.concurrency
        return most is not None and self._in_flight >= most

    def _wait_s(self, need: Need) -> float:
        now = self.now()
        waits = [self._held_until - now, 0.0]
        if self._requests is not None:
            waits.append(self._requests.wait_s(now, 1))
        if self._tokens is not None:
            waits.append(self._tokens.wait_s(now, need.prompt + need.reply))
        for name, allowance in list(self._allowances.items()):
            if now >= allowance.resets_at:
                del self._allowances[name]
            waits.append(allowance.wait_s(now, _amount(allowance, need)))
        return max(waits)

    def _take(self, need: Need) -> Pass:
        now = self.now()
        self._in_flight += 1
        for allowance in self._allowances.values():
            allowance.take(_amount(allowance, need))
        if self._requests is not None:
            self._requests.take(now, 1)
        return Pass(None if self._tokens is None else self._tokens.take(now, need.prompt + need.reply))

    def _test(self, wait_s: float, most_s: float) -> None:
        if wait_s > most_s:
            raise EndpointError(
                f"The rate limit of {self._origin} leaves no room for another {wait_s:.0f} s, and no more "
                f"than {max(0.0, most_s):.0f} s may be waited here.",
                kind="rate",
                retry_after_s=wait_s,
                hint="Resume the run when the limit has passed.",
            )


def _window(was: Window | None, most: int | None) -> Window | None:
    if most is None or was is None:
        return None if most is None else Window(most)
    was.most = most
    return was


def _amount(allowance: Allowance, need: Need) -> int:
    """What of an allowance a request takes. How long the reply will be is not known: one token is."""
    return need.prompt if allowance.counts == "prompt" else 1
