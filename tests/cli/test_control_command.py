"""`duologue control`: a run in another process does as it is told, and says so in its log."""

import signal
from pathlib import Path

import pytest

from duologue.record.events import ControlReceived, RunEnded, RunParked
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.conftest import Duologue
from tests.cli.running import child, only_run, read_until
from tests.cli.scenarios import done_at_once, endless


def test_a_run_is_steered_from_elsewhere(duologue: Duologue, runs: Path, home: Path) -> None:
    """It hears a message, gets a criterion and a limit, waits when paused, and stops when told to."""
    with child("run", "--scenario", endless(home), "--json") as process:
        read_until(process, b'"turn.completed"')
        name = only_run(runs).name
        for words in (
            ("say", "Mind", "the", "fees."),
            ("criterion", "The sum is named."),
            ("limit", "turns", "500"),
            ("pause",),
        ):
            assert duologue("control", name, *words).code == 0
        read_until(process, b'"command":"pause"')
        assert duologue("control", name, "stop", "Good enough.").code == 0
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    events = [record.event for record in read_strict(only_run(runs) / LOG_NAME)]
    told = [(e.command, e.text) for e in events if isinstance(e, ControlReceived)]
    assert told == [
        ("say", "Mind the fees."),
        ("criterion", "The sum is named."),
        ("limit", ""),
        ("pause", ""),
        ("stop", "Good enough."),
    ]
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert (ended.outcome, ended.reason) == ("stopped", "Stopped by the person: Good enough.")
    assert ended.unmet[-1] == "c2"
    assert b"Good enough" in out


def test_the_last_run_is_the_one_that_goes_on(duologue: Duologue, runs: Path, home: Path) -> None:
    """`last` finds the run that is steered also where others were saved since, and its name is told."""
    with child("run", "--scenario", endless(home), "--json") as process:
        read_until(process, b'"turn.completed"')
        name = only_run(runs).name
        assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
        assert "The log ends here: the run is going on." in duologue("show", name).out
        stopped = duologue("control", "last", "stop")
        process.communicate(timeout=30)
    assert (stopped.code, stopped.err) == (0, f"Told {name}: stop.\n")
    assert isinstance(read_strict(runs / name / LOG_NAME)[-1].event, RunEnded)


def test_a_paused_run_is_parked_by_a_signal(duologue: Duologue, runs: Path, home: Path) -> None:
    """Waiting for the person is no reason to hang."""
    with child("run", "--scenario", endless(home), "--json") as process:
        read_until(process, b'"turn.completed"')
        assert duologue("control", only_run(runs).name, "pause").code == 0
        read_until(process, b'"command":"pause"')
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 143
    assert isinstance(read_strict(only_run(runs) / LOG_NAME)[-1].event, RunParked)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("say",), "`say` needs a text."),
        (("criterion", " "), "`criterion` needs a text."),
        (("pause", "now"), "`pause` takes no text."),
        (("limit",), "`limit` needs one of turns, tokens, minutes, cost."),
        (("limit", "luck", "3"), "`limit` needs one of turns, tokens, minutes, cost."),
        (("limit", "turns", "many"), "'many' is no number of turns."),
        (("limit", "turns", "2.5"), "'2.5' is no number of turns."),
        (("limit", "cost", "nan"), "'nan' is no number of cost."),
        (("limit", "turns", "0"), "'0' is no number of turns."),
        (("dance",), "dance"),
    ],
)
def test_words_that_are_no_command(words: tuple[str, ...], said: str, duologue: Duologue) -> None:
    """One sentence and a hint, before anybody is told anything."""
    ran = duologue("control", "last", *words)
    assert ran.code == 2
    assert said in ran.err


def test_a_run_that_nobody_runs(duologue: Duologue, runs: Path, home: Path) -> None:
    """A saved run cannot be steered; the hint says how to go on with it."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    ran = duologue("control", "last", "stop")
    assert ran.code == 2
    assert "Nobody runs" in ran.err
    assert "duologue resume" in ran.err
    assert duologue("control", "no-such-run", "stop").code == 2
