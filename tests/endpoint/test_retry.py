"""The one retry policy: what is tried again, after how long, and when it is given up."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.endpoint.retry import retrying
from duologue.errors import RETRYABLE, EndpointError, EndpointFault
from duologue.targets import Clocks, RetryPolicy
from tests.endpoint.conftest import Bench
from tests.endpoint.wire import Answer, refusal

CLOCKS = Clocks()


class Trial:
    """An attempt that always fails, under a policy whose waiting takes no time."""

    def __init__(self, kind: EndpointFault, retry_after_s: float | None = None) -> None:
        self.error = EndpointError("no", kind=kind, retry_after_s=retry_after_s)
        self.attempts = 0
        self.slept: list[float] = []
        self.reported: list[float] = []

    async def attempt(self) -> None:
        self.attempts += 1
        raise self.error

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def report(self, error: EndpointError, wait_s: float) -> None:
        assert error is self.error
        self.reported.append(wait_s)

    async def run(
        self, policy: RetryPolicy, time_left_s: float | None = None, clocks: Clocks = CLOCKS
    ) -> None:
        again = retrying(policy, clocks, self.report, time_left_s=time_left_s, sleep=self.sleep)
        with pytest.raises(EndpointError) as caught:
            await again(self.attempt)
        assert caught.value is self.error
        assert self.reported == self.slept


@pytest.mark.parametrize("kind", EndpointFault.__args__)
async def test_the_kind_decides(kind: EndpointFault) -> None:
    """Kinds that may pass are tried as often as the policy allows, all others once."""
    trial = Trial(kind)
    await trial.run(RetryPolicy(attempts=4), clocks=Clocks(first_token_s=0))
    expected = {True: 4, False: 1}[kind in RETRYABLE]
    assert trial.attempts == (1 if kind == "loading" else expected)


@given(base_s=st.floats(0, 10), cap_s=st.floats(0, 100))
async def test_waits_are_full_jitter(base_s: float, cap_s: float) -> None:
    """Each wait lies between nothing and the base doubled with each attempt, up to the cap."""
    trial = Trial("server")
    await trial.run(RetryPolicy(attempts=6, elapsed_s=1e9, base_s=base_s, cap_s=cap_s))
    assert len(trial.slept) == 5
    assert all(0 <= wait <= min(cap_s, base_s * 2**n) for n, wait in enumerate(trial.slept))


async def test_waits_differ() -> None:
    """Two clients that fail together do not come back together."""
    trials = [Trial("server") for _ in range(8)]
    for trial in trials:
        await trial.run(RetryPolicy(attempts=2))
    assert len({trial.slept[0] for trial in trials}) == 8


async def test_the_server_names_the_wait() -> None:
    """Retry-After is waited for to the letter."""
    trial = Trial("rate", retry_after_s=12.5)
    await trial.run(RetryPolicy(attempts=3))
    assert trial.slept == [12.5, 12.5]


async def test_retry_after_zero_gives_way_to_the_back_off() -> None:
    """A server that wants no wait at all is not hammered."""
    trial = Trial("rate", retry_after_s=0.0)
    await trial.run(RetryPolicy(attempts=4))
    assert sum(trial.slept) > 0


@pytest.mark.parametrize(("elapsed_s", "left"), [(100.0, None), (900.0, 100.0)])
async def test_no_wait_passes_the_time_that_is_left(elapsed_s: float, left: float | None) -> None:
    """Waits add up to no more than the policy's minutes and the run's time; the rest is not begun."""
    trial = Trial("rate", retry_after_s=30.0)
    await trial.run(RetryPolicy(attempts=8, elapsed_s=elapsed_s), left)
    assert trial.slept == [30.0, 30.0, 30.0]
    assert trial.attempts == 4


async def test_a_wait_of_our_own_never_passes_the_policys_minutes() -> None:
    """However long the run may still last: only a wait that the server names may use its time."""
    trial = Trial("server")
    await trial.run(RetryPolicy(attempts=1000, elapsed_s=100.0, base_s=50.0, cap_s=50.0), 900.0)
    assert 0 < sum(trial.slept) < 100.0


async def test_what_the_first_attempt_took_counts(bench: Bench) -> None:
    """A first attempt that outlasts the policy's minutes is the last."""
    slow = Answer([0.3, *refusal(500).parts], "keep")
    error = await bench.fail(slow, policy=RetryPolicy(attempts=5, elapsed_s=0.2, base_s=0.001))
    assert (error.kind, bench.ear.kinds) == ("server", ["server"])


async def test_a_wait_that_the_server_names_may_last_as_long_as_the_run() -> None:
    """Retry-After is obeyed up to what is left of the run's time; then the policy's minutes are over."""
    trial = Trial("rate", retry_after_s=1200.0)
    await trial.run(RetryPolicy(), 3600.0)
    assert trial.slept == [1200.0]
    trial = Trial("rate", retry_after_s=3600.0)
    await trial.run(RetryPolicy(), 3600.0)
    assert trial.slept == []


async def test_the_figures_are_those_that_are_promised() -> None:
    """Eight attempts or fifteen minutes; full jitter from one second to sixty; connecting takes five."""
    assert RetryPolicy() == RetryPolicy(attempts=8, elapsed_s=15 * 60, base_s=1, cap_s=60)
    assert (CLOCKS.connect_s, CLOCKS.first_token_s >= 300) == (5, True)
    trial = Trial("server")
    await trial.run(RetryPolicy())
    assert trial.attempts == 8
    assert all(wait <= limit for wait, limit in zip(trial.slept, (1, 2, 4, 8, 16, 32, 60), strict=True))


async def test_a_model_that_has_loaded_leaves_all_attempts() -> None:
    """What was asked while the model loaded does not count once something else goes wrong."""
    trial = Trial("loading")
    loading = trial.error

    async def attempt() -> None:
        if trial.attempts == 10:
            trial.error = EndpointError("no", kind="server")
        await trial.attempt()

    def report(error: EndpointError, wait_s: float) -> None:
        """Nobody listens."""

    again = retrying(RetryPolicy(attempts=3), Clocks(first_token_s=900), report, sleep=trial.sleep)
    with pytest.raises(EndpointError) as caught:
        await again(attempt)
    assert caught.value is not loading
    assert trial.attempts == 10 + 3


async def test_real_time_counts_as_well() -> None:
    """Attempts that take long use up the policy's minutes without any wait."""
    trial = Trial("server")
    await trial.run(RetryPolicy(attempts=8, elapsed_s=0.0))
    assert trial.attempts == 1


async def test_a_loading_model_is_waited_for() -> None:
    """Loading uses up no attempts: it is asked again every few seconds, as long as a first token may take."""
    trial = Trial("loading")
    await trial.run(RetryPolicy(attempts=2), clocks=Clocks(first_token_s=60.0))
    assert trial.attempts > 12
    assert all(wait <= 5 for wait in trial.slept)
    assert sum(trial.slept) <= 60


async def test_one_attempt_means_one() -> None:
    """A policy of a single attempt waits for no loading model either."""
    trial = Trial("loading")
    await trial.run(RetryPolicy(attempts=1))
    assert trial.attempts == 1


async def test_other_exceptions_pass_through() -> None:
    """What is no fault of the endpoint is not tried again."""
    trial = Trial("server")

    async def broken() -> None:
        trial.attempts += 1
        raise ZeroDivisionError

    again = retrying(RetryPolicy(), Clocks(), trial.report, sleep=trial.sleep)
    with pytest.raises(ZeroDivisionError):
        await again(broken)
    assert trial.attempts == 1


async def test_cancelling_ends_the_wait() -> None:
    """Cancelled while it waits, the policy ends at once."""
    trial = Trial("server")
    waiting = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waiting.set()
        await asyncio.sleep(3600)

    again = retrying(RetryPolicy(), Clocks(), trial.report, sleep=sleep)
    task = asyncio.ensure_future(again(trial.attempt))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert trial.attempts == 1
