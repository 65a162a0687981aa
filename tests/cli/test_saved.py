"""Listing, showing and replaying runs that are done, parked, or were cut off."""

import json
import signal
from pathlib import Path

import pytest

from duologue.record.log import LOG_NAME
from tests.cli.conftest import Duologue
from tests.cli.running import child, only_run, read_until
from tests.cli.scenarios import HAIKU, done_at_once, endless


@pytest.fixture(params=["done", "parked", "crashed"])
def state(request: pytest.FixtureRequest, duologue: Duologue, runs: Path, home: Path) -> str:
    """A saved run in each of the three states."""
    found = str(request.param)
    if found == "done":
        assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
        return found
    with child("run", "--scenario", endless(home), "--json") as process:
        read_until(process, b'"turn.completed"', 2)
        process.send_signal(signal.SIGTERM if found == "parked" else signal.SIGKILL)
        process.communicate()
    return found


def test_the_list_says_how_each_run_ended(state: str, duologue: Duologue, runs: Path) -> None:
    """`ls` gives a run's name, state and goal on one line, and the same as JSON for programs."""
    ran = duologue("ls")
    assert (ran.code, ran.err) == (0, "")
    assert only_run(runs).name in ran.out
    assert f" {state} " in ran.out
    (line,) = duologue("ls", "--json").out.splitlines()
    assert json.loads(line)["state"] == state
    assert json.loads(line)["goal"] == "A haiku about rain."


def test_a_run_is_shown_by_any_name_that_means_it(state: str, duologue: Duologue, runs: Path) -> None:
    """`show` takes the whole name, its beginning, its last part, `last`, a folder or a log file."""
    run = only_run(runs)
    names = [run.name, run.name[:13], run.name.rpartition("-")[2], "last", run, run / LOG_NAME]
    shown = [duologue("show", name) for name in names]
    assert {ran.code for ran in shown} == {0}
    assert len({ran.out for ran in shown}) == 1
    ending = {
        "done": "══ done:",
        "parked": "══ parked: Interrupted by SIGTERM.",
        "crashed": "══ The log ends",
    }
    assert ending[state] in shown[0].out


def test_a_replay_in_plain_text_is_what_show_prints(state: str, duologue: Duologue, runs: Path) -> None:
    """`replay` into a pipe prints the run as `show` does, whatever state it is in."""
    replayed, shown = duologue("replay"), duologue("show")
    assert (replayed.code, replayed.out) == (0, shown.out)
    assert (HAIKU if state == "done" else "This is number 1.") in shown.out


def test_an_empty_folder_of_runs_is_no_error(duologue: Duologue, runs: Path) -> None:
    """`ls` without any run prints nothing on standard output, and says how to start one."""
    ran = duologue("ls")
    assert (ran.code, ran.out) == (0, "")
    assert "duologue run" in ran.err


def test_the_last_of_several_runs_of_one_second_is_the_one_begun_last(
    duologue: Duologue, runs: Path, home: Path
) -> None:
    """Runs that begin within a second are listed in their order, and `last` is the last of them."""
    goals = [f"Goal number {number}." for number in range(1, 7)]
    for goal in goals:
        assert duologue("run", goal, "--scenario", done_at_once(home), "--quiet").code == 0
    listed = [json.loads(line)["goal"] for line in duologue("ls", "--json").out.splitlines()]
    assert listed == goals
    assert f"Goal: {goals[-1]}" in duologue("show", "last").out


def test_part_of_a_run_is_shown(duologue: Duologue, runs: Path, home: Path) -> None:
    """`show --turn` prints one turn with what followed it, `--tail` the last events, and nothing else; a
    turn that the run does not have is said to be missing."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    first = duologue("show", "last", "--turn", "1").out
    assert "Write three lines about rain." in first
    assert HAIKU not in first
    second = duologue("show", "last", "--turn", "2").out
    assert HAIKU in second
    assert "══ done:" in second
    assert "Write three lines about rain." not in second
    tail = duologue("show", "last", "--tail", "1").out
    assert "══ done:" in tail
    assert "turn 2" not in tail
    missing = duologue("show", "last", "--turn", "9")
    assert (missing.code, "no turn 9" in missing.err) == (2, True)
