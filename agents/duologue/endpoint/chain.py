"""An endpoint and those that answer in its place while it is out.

Each endpoint of a chain is asked under the one retry policy, all but the last with less patience. What
would park the run sends the request on to the next; what the person or the talk has to change does not.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pydantic import SecretStr

from duologue.endpoint.call import Call
from duologue.endpoint.completion import Completion, FailedAttempt, Listener, Request
from duologue.endpoint.line import Line
from duologue.errors import EndpointError
from duologue.targets import Patience, RetryPolicy, Target


class Outages:
    """The endpoints that are left alone for a while, because they were out. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str, SecretStr | None], float] = {}

    def note(self, target: Target, seconds: float) -> None:
        """The target is out, and is left alone for so long."""
        self._until[_key(target)] = self._clock() + seconds

    def over(self, target: Target) -> None:
        """The target has answered."""
        self._until.pop(_key(target), None)

    def last(self, target: Target) -> bool:
        """Whether the target is still left alone."""
        return self.left_s(target) > 0

    def left_s(self, target: Target) -> float:
        """For how many seconds yet."""
        return max(0.0, self._until.get(_key(target), 0.0) - self._clock())


@dataclass(frozen=True, slots=True)
class Chain:
    """Lines to endpoints in the order in which they are asked, with what is known of their outages. Those
    that are left alone are asked after all others."""

    lines: Sequence[Line]
    policy: RetryPolicy
    patience: Patience
    outages: Outages

    async def complete(self, request: Request, listener: Listener, time_left_s: float | None) -> Completion:
        """The completion of the first endpoint that gives one; raises EndpointError, which names all of them
        where none does."""
        order = sorted(self.lines, key=lambda line: self.outages.last(line.target))
        ends_at = None if time_left_s is None else time.monotonic() + time_left_s
        failures: list[EndpointError] = []
        for line in order:
            left_s = None if ends_at is None else max(0.0, ends_at - time.monotonic())
            policy = self.policy
            if line is not order[-1]:
                policy = self.patience.with_less(policy)
                left_s = policy.elapsed_s if left_s is None else min(policy.elapsed_s, left_s)
            try:
                completion = await Call(line, request, self._heard(line, listener)).run(policy, left_s)
            except EndpointError as exc:
                if exc.kind == "overflow" or not (exc.parks or failures):
                    raise
                failures.append(exc)
                self.outages.note(line.target, self.patience.cool_off_s)
            else:
                self.outages.over(line.target)
                fallback = self._fallback(line)
                again_s = None if fallback is None else self.outages.left_s(self.lines[0].target)
                return replace(completion, fallback=fallback, asked_again_s=again_s)
        raise none_answers(failures)

    def _fallback(self, line: Line) -> Target | None:
        return None if line is self.lines[0] else line.target

    def _heard(self, line: Line, listener: Listener) -> Listener:
        """The listener, told of the endpoint where it is not the chain's first."""
        fallback = self._fallback(line)
        if fallback is None:
            return listener

        def on_failure(failed: FailedAttempt) -> None:
            listener.on_failure(replace(failed, fallback=fallback))

        return Listener(listener.on_delta, on_failure)


def none_answers(failures: Sequence[EndpointError]) -> EndpointError:
    """The error that says all of these; the first decides what becomes of the run."""
    first = failures[0]
    if len(failures) == 1:
        return first
    said = " ".join(dict.fromkeys(failure.message for failure in failures))
    return EndpointError(
        f"No endpoint answers. {said}",
        kind=first.kind,
        status=first.status,
        retry_after_s=first.retry_after_s,
        body=first.body,
        hint=first.hint,
    )


def _key(target: Target) -> tuple[str, str, SecretStr | None]:
    return target.base_url, target.model, target.api_key
