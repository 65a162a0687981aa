"""An endpoint that is out for ten minutes: an unattended run survives it, or parks and goes on later."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from scripted_run import ASK, DONE, NOT_DONE, WORK, make_assignment
from tests.endpoint.wire import Answer, Received, Wire, chunked, delta, refusal, said, stream, whole
from virtual_time import run_virtually

from duologue.config import LimitsTable
from duologue.conversation.assignment import Assignment
from duologue.conversation.host import Host
from duologue.conversation.launch import launch
from duologue.conversation.recall import header_of, recall_assignment
from duologue.conversation.resume import resume
from duologue.conversation.run import Ending
from duologue.messages import ROLE_NAMES
from duologue.record import events as ev
from duologue.record.log import LOG_NAME, LogWriter
from duologue.record.reader import read_strict
from duologue.targets import RetryPolicy, Target

BEFORE: Final = 3
"""Completions before the outage."""
MODELS: Final = whole({"data": [{"id": name} for name in ROLE_NAMES]})
REFUSAL: Final = refusal(503, "upstream is away")
HANG: Final = Answer([], "hang")
BROKEN: Final = stream(delta(content="I have "), delta(content="begun"))


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Flaky:
    """A server that serves so many completions, is out as scripted, and serves again.

    For `refusing_s` after the outage began nobody listens; after that `during` answers, given the seconds
    since then and the number of the request, or gives None when the outage is over.
    """

    refusing_s: float
    during: Callable[[float, int], Answer | None]
    served: Counter[str] = field(default_factory=Counter)
    began: float | None = None
    ended: float | None = None
    failed: int = 0

    async def open(self, wire: Wire) -> None:
        """Serve on this wire from now on."""
        self._wire = wire
        wire.choose = self._answer
        self._going = asyncio.get_running_loop().create_task(self._go_down())
        self._down = asyncio.Event()

    async def close(self) -> None:
        """End what was begun."""
        self._going.cancel()
        await asyncio.wait([self._going])

    async def _go_down(self) -> None:
        await self._down.wait()
        await self._wire.stop_listening()
        await asyncio.sleep(self.refusing_s)
        await self._wire.listen_again()

    def _answer(self, received: Received) -> Answer:
        if received.head.startswith("GET"):
            return MODELS
        if self.served.total() >= BEFORE and self.ended is None:
            if self.began is None:
                self.began = _now()
                self._down.set()
                return BROKEN
            self.failed += 1
            answer = self.during(_now() - self.began, self.failed)
            if answer is not None:
                return answer
            self.ended = _now()
        model = received.json["model"]
        self.served[model] += 1
        return replace(chunked(said(self._says(model))), end="close")

    def _says(self, model: str) -> str:
        match model:
            case "user":
                return f"{ASK} This is attempt number {self.served[model]} at it."
            case "assistant":
                return WORK
            case _:
                return DONE if self.served[model] == 3 else NOT_DONE

    @property
    def lasted_s(self) -> float:
        """How long the outage was."""
        assert self.began is not None
        assert self.ended is not None
        return self.ended - self.began


def _assignment(url: str, policy: RetryPolicy) -> Assignment:
    made = make_assignment()
    targets = {role: Target(url, role) for role in ROLE_NAMES}
    settings = replace(made.settings, targets=targets, policy=policy, limits=LimitsTable())
    return replace(made, settings=settings, scripted=None)


async def _run(folder: Path, flaky: Flaky, policy: RetryPolicy) -> Ending:
    async with Wire() as wire:
        await flaky.open(wire)
        try:
            return await launch(_assignment(wire.url, policy), folder, Host())
        finally:
            await flaky.close()


def _failures(folder: Path) -> list[ev.AttemptFailed]:
    events = [record.event for record in read_strict(folder / LOG_NAME)]
    return [event for event in events if isinstance(event, ev.AttemptFailed)]


def test_ten_minutes_with_the_settings_as_they_are(tmp_path: Path) -> None:
    """A restart, a proxy that names its wait, a hang and a broken stream: eight attempts are enough."""

    def during(since_s: float, number: int) -> Answer | None:
        answers = (_with_header(REFUSAL, "Retry-After: 290"), HANG, BROKEN)
        return answers[number - 1] if number <= len(answers) else None

    flaky = Flaky(0.6, during)
    ending = run_virtually(_run(tmp_path / "run", flaky, RetryPolicy()))
    assert ending.outcome == "done", ending.reason
    assert flaky.lasted_s > 590
    kinds = [failure.kind for failure in _failures(tmp_path / "run")]
    assert kinds[0] == "broken_stream"
    assert kinds[-3:] == ["overload", "timeout", "broken_stream"]
    assert set(kinds[1:-3]) <= {"refused"}


def _with_header(answer: Answer, line: str) -> Answer:
    """The answer with one more header."""
    [raw] = answer.parts
    assert isinstance(raw, bytes)
    return replace(answer, parts=[raw.replace(b"\r\n", f"\r\n{line}\r\n".encode(), 1)])


def test_ten_minutes_of_everything(tmp_path: Path) -> None:
    """Refused, turned down, hung and broken off for ten minutes, an unattended run that may try often ends
    done, and each attempt is in its log with its wait and its partial text."""

    def during(since_s: float, number: int) -> Answer | None:
        if since_s < 240:
            return REFUSAL
        if since_s < 540:
            return HANG
        return BROKEN if since_s < 600 else None

    flaky = Flaky(120, during)
    ending = run_virtually(_run(tmp_path / "run", flaky, RetryPolicy(attempts=100, elapsed_s=3600)))
    assert ending.outcome == "done", ending.reason
    assert 600 <= flaky.lasted_s < 1000
    failures = _failures(tmp_path / "run")
    assert {"refused", "overload", "timeout"} <= {failure.kind for failure in failures}
    assert all(failure.wait_s is not None for failure in failures)
    assert len({failure.attempt for failure in failures}) == len(failures)
    broken = [failure for failure in failures if failure.kind == "broken_stream"]
    assert all((failure.partial, failure.usage.estimated) == ("I have begun", True) for failure in broken)
    assert len(failures) >= flaky.failed


def test_an_outage_that_lasts_too_long(tmp_path: Path) -> None:
    """The run parks after the policy's attempts with a hint; going on with it later ends it done."""
    folder = tmp_path / "run"
    flaky = Flaky(86_400, lambda since_s, number: None)
    ending = run_virtually(_run(folder, flaky, RetryPolicy()))
    assert ending.outcome == "parked"
    assert (ending.hint or "").startswith("Is a server listening at")
    assert ending.next.startswith("duologue resume")
    failures = _failures(folder)
    assert [failure.kind for failure in failures] == ["broken_stream"] + ["refused"] * 7
    assert failures[-1].wait_s is None
    flaky.ended = 0.0
    went_on = run_virtually(_go_on(folder, flaky))
    assert went_on.outcome == "done", went_on.reason
    assert flaky.served == {"user": 3, "assistant": 3, "judge": 3}


async def _go_on(folder: Path, flaky: Flaky) -> Ending:
    async with Wire() as wire:
        await flaky.open(wire)
        try:
            log, records = LogWriter.reopen(folder)
            with log:
                settings = _assignment(wire.url, RetryPolicy()).settings
                recalled = recall_assignment(header_of(records), folder, settings)
                return await resume(log, records, recalled, Host())
        finally:
            await flaky.close()
