"""Runs that are killed again and again and gone on with each time end as if nothing had happened.

Processes are real, and so are the signals and the sockets. Most children are forked from a warm process,
which saves them Python's start and the imports; some are started as a person would.
"""

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pytest

from duologue.record.events import CompletionReceived, RunEnded, RunResumed, VerdictGiven
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.answering_server import Answering, answering
from tests.cli.running import only_run, run_child
from tests.cli.starting import Child, Start, start_cold

SOAK: Final = bool(os.environ.get("DUOLOGUE_SOAK"))
WARM_KILLS: Final = 115 if SOAK else 23
"""Kills on each side of a test whose children are forked from a warm process: 4 tests, 2 sides."""
COLD_KILLS: Final = 20 if SOAK else 4
"""Kills on each side of a test whose children are started as a person would: 2 tests, 2 sides."""
PAUSE_S: Final = 0.001
_POLL_S: Final = 0.002


@dataclass
class Ordeal:
    """One run that is killed and gone on with: how its children are started, where it is saved, under what
    name the server knows it, and what the chances are drawn from."""

    start: Start
    server: Answering
    runs: Path
    name: str
    chance: random.Random
    killed: int = 0

    def endure(self, kills: int) -> None:
        """Let the run be killed so often, if it does not end before, and then let it come to its end."""
        before = b""
        while True:
            out = self.runs / f"out-{self.killed}"
            child = self.start(self._arguments(), out)
            ended = self._ended(child, out) if self.killed < kills else _waited(child)
            log = self._log()
            # What the child printed is in the log, and so is all that was there before it.
            assert _whole(out.read_bytes()) in log
            assert log.startswith(_whole(before))
            before = log
            if ended:
                return

    def _arguments(self) -> list[str]:
        where = ["--json", "--runs", str(self.runs)]
        if _whole(self._log()):
            return ["resume", "last", *where]
        # Killed before its first event: there is nothing to go on with, and nothing was paid for.
        assert self.server.asked[self.name] == []
        return ["run", "Write the list.", *where, "--base-url", self.server.url(self.name), *_MODELS]

    def _ended(self, child: Child, out: Path) -> bool:
        """Whether the run came to its end before the child was killed, at a moment drawn by chance."""
        lines = self.chance.choice((0, 0, 1, 1, 2, 2, 3, 4, 6))
        while child.poll() is None and (not out.exists() or out.read_bytes().count(b"\n") < lines):
            time.sleep(_POLL_S)
        time.sleep(self.chance.uniform(0, 0.04 if lines else 0.2))
        child.kill()
        code = child.wait()
        assert code in (0, -9), out.read_bytes()
        self.killed += code == -9
        return b'"type":"run.ended"' in self._log()

    def _log(self) -> bytes:
        found = [log.read_bytes() for log in sorted(self.runs.glob(f"*/{LOG_NAME}"))]
        return found[-1] if found else b""


_MODELS: Final = (
    *("--user-model", "user", "--assistant-model", "assistant", "--judge-model", "judge", "--seed", "7"),
    *("--context", "3000"),
)


def _waited(child: Child) -> bool:
    assert child.wait() == 0
    return True


def _whole(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]


@pytest.fixture
def server() -> Iterator[Answering]:
    """The endpoint of all runs, at a pace at which a kill may hit any phase of a call."""
    with answering(PAUSE_S) as running:
        yield running


@dataclass(frozen=True)
class Whole:
    """A run that nothing disturbed."""

    asked: list[bytes]
    ended: RunEnded
    verdicts: list[Any]
    result: str


def undisturbed(server: Answering, folder: Path) -> Whole:
    """The run as it is when it is let be."""
    arguments = ("run", "Write the list.", "--base-url", server.url("whole"), *_MODELS)
    ran = run_child(*arguments, "--quiet", "--runs", folder)
    assert ran.code == 0, ran.err
    ended, verdicts = _ending(only_run(folder))
    return Whole(server.asked["whole"], ended, verdicts, ran.out)


def _ending(run: Path) -> tuple[RunEnded, list[Any]]:
    events = [record.event for record in read_strict(run / LOG_NAME)]
    assert isinstance(events[-1], RunEnded)
    return events[-1], [e.model_dump(exclude={"completion"}) for e in events if isinstance(e, VerdictGiven)]


def assert_unharmed(ordeal: Ordeal, whole: Whole) -> None:
    """The run ended as the undisturbed one, asked the same, and paid twice only for what a kill cut off."""
    asked = ordeal.server.asked[ordeal.name]
    assert [body for body, _ in groupby(asked)] == whole.asked
    assert len(asked) <= len(whole.asked) + ordeal.killed
    (run,) = {log.parent for log in ordeal.runs.glob(f"*/{LOG_NAME}") if log.stat().st_size}
    ended, verdicts = _ending(run)
    assert verdicts == whole.verdicts
    assert (ended.outcome, ended.reason, ended.unmet) == (
        whole.ended.outcome,
        whole.ended.reason,
        whole.ended.unmet,
    )
    spent = whole.ended.spent
    assert (ended.spent.turns, ended.spent.calls, ended.spent.tokens) == (
        spent.turns,
        spent.calls,
        spent.tokens,
    )
    events = [record.event for record in read_strict(run / LOG_NAME)]
    assert sum(isinstance(event, CompletionReceived) for event in events) == len(whole.asked)
    assert sum(isinstance(event, RunResumed) for event in events) <= ordeal.killed
    shown = run_child("show", run).out
    assert whole.result.strip() in shown


def endure(start: Start, kills: int, server: Answering, folder: Path, seed: int) -> None:
    """Two runs at a time, side by side, until there were so many kills on either side; all are unharmed."""
    whole = undisturbed(server, folder / "whole")

    def one_after_the_other(side: str) -> None:
        left = kills
        while left:
            name = f"{side}-{left}"
            (folder / name).mkdir()
            ordeal = Ordeal(start, server, folder / name, name, random.Random(f"{seed} {name}"))
            ordeal.endure(left)
            assert_unharmed(ordeal, whole)
            left -= ordeal.killed

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(one_after_the_other, side) for side in ("left", "right")]:
            done.result()


@pytest.mark.timeout(3000 if SOAK else 120)
@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again(seed: int, start_warm: Start, server: Answering, tmp_path: Path) -> None:
    """A run that is killed at many moments keeps every event it showed, can always be gone on with, ends as
    the undisturbed one, and pays for at most one completion a kill twice."""
    endure(start_warm, WARM_KILLS, server, tmp_path, seed)


@pytest.mark.timeout(3000 if SOAK else 120)
@pytest.mark.parametrize("seed", range(2))
def test_killed_from_its_very_start(seed: int, server: Answering, tmp_path: Path) -> None:
    """The same of processes that were started as a person would, which may die before they have begun."""
    endure(start_cold, COLD_KILLS, server, tmp_path, seed)
