"""The limiter of an endpoint, by a clock that only moves when somebody sleeps."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.endpoint.limiter import FREE, Limiter, Need, Pass
from duologue.endpoint.shared import limiter_for
from duologue.errors import EndpointError
from duologue.targets import Rates, Target

FOREVER_S = 1e9
SMALL = Need(10)


@dataclass
class Time:
    """A clock in seconds, and a sleep that moves it; `early_s` ends every sleep early by so much."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    early_s: float = 0.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += max(0.0, seconds - self.early_s)
        await asyncio.sleep(0)

    def limiter(self, rates: Rates = Rates()) -> Limiter:  # noqa: B008 - a frozen value
        return Limiter(rates, origin="http://x", clock=self.clock, sleep=self.sleep)


async def enter(limiter: Limiter, need: Need = SMALL, most_s: float = FOREVER_S) -> Pass:
    """A pass, whether at once or after a wait."""
    return limiter.admit(need) or await limiter.queue(need, most_s)


async def test_without_limits_everybody_passes_at_once() -> None:
    """Where nothing is limited nothing is counted."""
    time = Time()
    limiter = time.limiter()
    assert [limiter.admit(SMALL) for _ in range(100)] == [FREE] * 100
    limiter.leave(FREE, 5)
    assert time.slept == []


@given(
    rpm=st.integers(1, 5),
    gaps=st.lists(st.floats(0, 40), min_size=1, max_size=30),
    early_s=st.sampled_from([0.0, 0.3]),
)
async def test_no_minute_holds_more_requests_than_allowed(
    rpm: int, gaps: list[float], early_s: float
) -> None:
    """However requests come, any 60 seconds see at most so many; none waits longer than the oldest needs."""
    time = Time(early_s=early_s)
    limiter = time.limiter(Rates(rpm=rpm))
    begun: list[float] = []
    for gap in gaps:
        time.now += gap
        limiter.leave(await enter(limiter), None)
        begun.append(limiter.now())
    assert all(later - earlier >= 60 - 1e-6 for earlier, later in zip(begun, begun[rpm:], strict=False))
    assert all(wait <= 60 + 1e-6 for wait in time.slept)


async def test_tokens_a_minute_are_corrected_by_what_was_used() -> None:
    """The estimate holds the next request back only until the usage says that it was too high."""
    time = Time()
    limiter = time.limiter(Rates(tpm=100))
    first = await enter(limiter, Need(40, 50))
    assert limiter.admit(Need(20)) is None
    limiter.leave(first, 30)
    second = await enter(limiter, Need(70))
    assert time.slept == []
    limiter.leave(second, 90)
    await enter(limiter, Need(10))
    assert time.slept == [60]


async def test_a_request_beyond_the_tokens_a_minute_passes_alone() -> None:
    """What can never fit waits for an empty minute, and not for ever."""
    time = Time()
    limiter = time.limiter(Rates(tpm=100))
    await enter(limiter, Need(1))
    await enter(limiter, Need(500))
    assert time.slept == [60]


async def test_a_correction_after_its_minute_changes_nothing() -> None:
    """A reply that took longer than a minute leaves the window as it is."""
    time = Time()
    limiter = time.limiter(Rates(tpm=100))
    slow = await enter(limiter, Need(100))
    time.now += 61
    await enter(limiter, Need(100))
    limiter.leave(slow, 0)
    assert limiter.admit(Need(1)) is None


async def test_first_come_first_served() -> None:
    """Waiters pass in the order in which they came, and nobody slips past them."""
    time = Time()
    limiter = time.limiter(Rates(concurrency=1))
    first = await enter(limiter)
    order: list[int] = []

    async def ask(number: int) -> None:
        given = await enter(limiter, Need(100 - number))
        order.append(number)
        await asyncio.sleep(0)
        limiter.leave(given, None)

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(ask(number))
            await asyncio.sleep(0)
        limiter.leave(first, None)
        assert limiter.admit(SMALL) is None
    assert order == list(range(8))


async def test_cancelling_a_wait_leaves_the_line_in_order() -> None:
    """Whoever is cancelled in the line, at its head or behind, holds up nobody."""
    limiter = Time().limiter(Rates(concurrency=1))
    first = await enter(limiter)
    waiting = [asyncio.ensure_future(limiter.queue(SMALL, FOREVER_S)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in waiting[:2]:
        task.cancel()
    await asyncio.sleep(0)
    limiter.leave(first, None)
    last = await waiting[2]
    assert [task.cancelled() for task in waiting] == [True, True, False]
    limiter.leave(last, None)
    assert limiter.admit(SMALL) is not None


async def test_a_hold_holds_back_everybody() -> None:
    """After a Retry-After nobody passes until it is over; the longer of two holds."""
    time = Time()
    limiter = time.limiter()
    limiter.hold(30)
    limiter.hold(12)
    await enter(limiter)
    assert time.slept == [30]
    assert limiter.admit(SMALL) is not None


@pytest.mark.parametrize("limited", ["held", "rpm"])
async def test_a_wait_that_is_too_long_is_not_begun(limited: str) -> None:
    """It is an error of the kind `rate`, which names the wait; the next in the line is not held up."""
    time = Time()
    limiter = time.limiter(Rates(rpm=1) if limited == "rpm" else Rates())
    limiter.leave(await enter(limiter), None)
    if limited == "held":
        limiter.hold(60)
    with pytest.raises(EndpointError, match="http://x leaves no room for another 60 s") as caught:
        await enter(limiter, most_s=59)
    assert (caught.value.kind, caught.value.retry_after_s, time.slept) == ("rate", 60, [])
    assert await enter(limiter, most_s=61)


async def test_a_reply_takes_its_tokens_as_well() -> None:
    """What a reply may have counts against the tokens of a minute beside its prompt."""
    limiter = Time().limiter(Rates(tpm=100))
    assert limiter.admit(Need(40, 40)) is not None
    assert limiter.admit(Need(15, 15)) is None
    assert limiter.admit(Need(10, 10)) is not None


def headers(**fields: str) -> list[tuple[bytes, bytes]]:
    """Headers as they arrive."""
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]


async def test_what_the_server_says_is_left_is_kept_to() -> None:
    """So many requests pass, then none before the reset, after which nothing is known and all do."""
    time = Time()
    limiter = time.limiter()
    limiter.learn(headers(x_ratelimit_remaining_requests="2", x_ratelimit_reset_requests="45s"))
    for _ in range(2):
        assert limiter.admit(SMALL) is not None
    await enter(limiter)
    assert time.slept == [45]
    assert limiter.admit(SMALL) is not None


async def test_tokens_that_are_left() -> None:
    """A prompt that is larger than what is left waits for the reset, a smaller one does not."""
    time = Time()
    limiter = time.limiter()
    limiter.learn(headers(x_ratelimit_remaining_tokens="50", x_ratelimit_reset_tokens="6s"))
    assert limiter.admit(Need(40, 4000)) is not None
    await enter(limiter, Need(20))
    assert time.slept == [6]


async def test_a_bucket_that_fills_all_day_is_not_waited_for_until_it_is_full() -> None:
    """A day's requests that are used up come back one by one, unless the server has just refused one."""
    time = Time()
    limiter = time.limiter()
    day = headers(
        x_ratelimit_limit_requests="1440",
        x_ratelimit_remaining_requests="0",
        x_ratelimit_reset_requests="24h",
    )
    limiter.learn(day)
    await enter(limiter)
    limiter.learn(day, refused=True)
    await enter(limiter)
    assert time.slept == [60, 86400]


async def test_one_limiter_for_an_origin_and_key() -> None:
    """Whoever speaks to the same origin with the same key lines up at the same limiter; the strictest of
    their limits hold."""
    one = limiter_for(Target("http://127.0.0.1:1/v1", "m"), Rates(rpm=5))
    other = limiter_for(Target("http://127.0.0.1:1/other", "n"), Rates(rpm=9, concurrency=1))
    assert one is other
    assert one is not limiter_for(Target("http://127.0.0.1:2/v1", "m"), Rates())
    one.leave(await enter(one), None)
    held = await enter(one)
    assert one.admit(SMALL) is None
    one.leave(held, None)
    for _ in range(3):
        one.leave(await enter(one), None)
    assert one.admit(SMALL) is None


def test_another_event_loop_has_limiters_of_its_own() -> None:
    """What one loop has learnt holds back nobody on the next."""

    async def hold() -> Pass | None:
        limiter = limiter_for(Target("http://127.0.0.1:1/v1", "m"), Rates())
        passed = limiter.admit(SMALL)
        limiter.hold(100)
        return passed

    assert [asyncio.run(hold()) for _ in range(2)] == [FREE, FREE]
