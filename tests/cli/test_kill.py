"""Runs that are killed at any moment: what their log held is kept, and can be read."""

import os
import random
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from duologue.record.events import RunStarted
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_log
from tests.cli.conftest import Duologue
from tests.cli.scenarios import endless
from tests.cli.starting import Start

ROUNDS = 50 if os.environ.get("DUOLOGUE_SOAK") else 5
KILLS = 10
AT_ONCE = 3
CHARACTERS_PER_SECOND = 3000
LIVES_S = 1.0
"""The most that a child lives after its first event; its scenario goes on for longer."""


@dataclass(frozen=True, slots=True)
class Killed:
    """A run's folder of runs, and the lines it had printed, each after it was written, when it was killed."""

    runs: Path
    printed: Sequence[bytes]


def run_and_kill(start: Start, scenario: Path, runs: Path, lives_s: float) -> Killed:
    """A run in a process of its own, killed this long after its first event."""
    pipe = runs.with_suffix(".pipe")
    os.mkfifo(pipe)
    process = start(["run", "--scenario", str(scenario), "--json", "--runs", str(runs)], pipe)
    with pipe.open("rb") as out:
        printed = [out.readline()]
        timer = threading.Timer(lives_s, process.kill)
        timer.start()
        printed += out.readlines()
        timer.join()
    assert process.wait() == -signal.SIGKILL
    return Killed(runs, [line for line in printed if line.endswith(b"\n")])


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_killed_run_keeps_every_event_that_it_had_told_of(
    seed: int, home: Path, tmp_path: Path, duologue: Duologue, start_warm: Start
) -> None:
    """Whatever the moment of a SIGKILL, every event that was told of before it is in the log, nothing is
    damaged but perhaps the last line, and the run can be listed, shown and replayed."""
    rng = random.Random(seed)
    scenario = endless(home, speed=CHARACTERS_PER_SECOND)
    lives = [rng.uniform(0.0, LIVES_S) for _ in range(KILLS)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        folders = [tmp_path / f"runs-{number}" for number in range(KILLS)]
        killed = list(pool.map(partial(run_and_kill, start_warm, scenario), folders, lives))
    for each in killed:
        assert_kept(each)
        assert_readable(each, duologue)
    lengths = {len(each.printed) for each in killed}
    assert len(lengths) > 2, "the moments differ"


def assert_kept(killed: Killed) -> None:
    """The log begins with all that was printed, and a torn last line is all that is wrong with it."""
    (log,) = killed.runs.glob(f"*/{LOG_NAME}")
    assert killed.printed
    assert log.read_bytes().startswith(b"".join(killed.printed))
    records, problems = read_log(log)
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert isinstance(records[0].event, RunStarted)
    assert all("torn" in problem.text for problem in problems)


def assert_readable(killed: Killed, duologue: Duologue) -> None:
    """The commands on saved runs work on what is left."""
    listed = duologue("ls", "--runs", killed.runs)
    shown = duologue("show", "last", "--runs", killed.runs)
    replayed = duologue("replay", "last", "--plain", "--runs", killed.runs)
    assert [listed.code, shown.code, replayed.code] == [0, 0, 0]
    assert " crashed " in listed.out
    assert shown.out == replayed.out
    assert "══ The log ends here: the run was cut off." in shown.out
    assert "  Next: duologue resume " in shown.out
