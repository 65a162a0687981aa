"""The one retry policy: what is tried again, after how long, and when it is given up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from duologue.errors import EndpointError
from duologue.targets import Clocks, RetryPolicy

Sleep = Callable[[float], Awaitable[None]]

_LOADING_CAP_S: Final = 5.0
"""A loading model is asked again at least this often: it is ready at once when it is ready."""


def retrying(
    policy: RetryPolicy,
    clocks: Clocks,
    report: Callable[[EndpointError, float], None],
    *,
    time_left_s: float | None = None,
    spent_s: float = 0.0,
    sleep: Sleep = asyncio.sleep,
) -> AsyncRetrying:
    """The policy for one completion, to be called with the coroutine function of one attempt.

    It raises the last attempt's EndpointError once another is not worth while: the kind of fault says so,
    the attempts are used up, or the wait would pass `elapsed_s` or the run's `time_left_s`. A wait that the
    server names may pass `elapsed_s` where the run has a time of its own. `report` hears of each failure
    that is followed by another attempt, and of the wait in seconds. `spent_s` is what the first attempt
    took, where its failure is what the policy begins with.
    """
    return AsyncRetrying(
        sleep=sleep,
        retry=retry_if_exception(_worth_retrying),
        wait=_wait(policy),
        stop=_stop(policy, clocks, time_left_s, spent_s),
        before_sleep=lambda state: report(_error(state), state.upcoming_sleep),
        reraise=True,
    )


def _worth_retrying(exc: BaseException) -> bool:
    return isinstance(exc, EndpointError) and exc.retryable


def _wait(policy: RetryPolicy) -> Callable[[RetryCallState], float]:
    """What the server asked for, else full jitter."""
    jitter = wait_random_exponential(multiplier=policy.base_s, max=policy.cap_s)

    def wait(state: RetryCallState) -> float:
        error = _error(state)
        if error.retry_after_s:
            return error.retry_after_s
        wait_s = jitter(state)
        return min(wait_s, _LOADING_CAP_S) if error.kind == "loading" else wait_s

    return wait


def _stop(
    policy: RetryPolicy, clocks: Clocks, time_left_s: float | None, spent_s: float
) -> Callable[[RetryCallState], bool]:
    """A model that loads is waited for as long as for a first token, however many attempts that takes."""
    loading = 0
    own_s = policy.elapsed_s if time_left_s is None else min(policy.elapsed_s, time_left_s)

    def stop(state: RetryCallState) -> bool:
        nonlocal loading
        error = _error(state)
        # An injected sleep passes no real time: what was slept counts as well.
        by_now_s = spent_s + max(state.seconds_since_start or 0.0, state.idle_for)
        window_s = time_left_s if error.retry_after_s and time_left_s is not None else own_s
        elapsed_s = by_now_s + state.upcoming_sleep
        if by_now_s >= own_s or elapsed_s >= window_s:
            return True
        if error.kind == "loading" and policy.attempts > 1:
            loading += 1
            return elapsed_s >= clocks.first_token_s
        return state.attempt_number - loading >= policy.attempts

    return stop


def _error(state: RetryCallState) -> EndpointError:
    exc = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(exc, EndpointError):
        raise TypeError(f"only an EndpointError is retried, not {exc!r}")
    return exc
