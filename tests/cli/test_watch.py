"""Watching a run from another process."""

from pathlib import Path

from duologue.record.events import CompletionReceived
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.conftest import Duologue
from tests.cli.running import child, only_run, read_until
from tests.cli.scenarios import done_at_once, endless


def test_a_live_run_is_followed_to_its_end(runs: Path, home: Path, duologue: Duologue) -> None:
    """`watch --plain` begins in the middle of a run, prints all of it, and ends when the run does."""
    with child("run", "--scenario", endless(home), "--json") as run:
        read_until(run, b'"turn.completed"', 2)
        with child("watch", "--plain") as watch:
            assert watch.stdout is not None
            read_until(watch, b"Attempt 2")
            assert run.poll() is None
            assert duologue("control", only_run(runs).name, "limit", "turns", "6").code == 0
            rest, complaints = watch.communicate()
            assert watch.returncode == 0
        run.communicate()
        assert run.returncode == 3
    assert "══ limit: The limit of 6 turns is reached." in rest.decode()
    assert b"Traceback" not in complaints
    said = [
        record.event.text
        for record in read_strict(only_run(runs) / LOG_NAME)
        if isinstance(record.event, CompletionReceived) and record.event.role != "judge"
    ]
    assert all(line in rest.decode() for line in said[-1].splitlines())


def test_a_run_that_has_ended_is_printed_and_left(runs: Path, home: Path, duologue: Duologue) -> None:
    """`watch --plain` of a finished run prints what `show` prints, and ends at once."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    watched = duologue("watch", "last", "--plain")
    assert watched.code == 0
    assert watched.out == duologue("show", "last").out


def test_without_a_live_run_there_is_nothing_to_watch(runs: Path, home: Path, duologue: Duologue) -> None:
    """`watch` without a name says that no run is going on, though finished ones are there."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    ran = duologue("watch", "--plain")
    assert (ran.code, ran.out) == (2, "")
    assert "No run is going on" in ran.err
