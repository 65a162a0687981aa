"""What else becomes of a saved run: `fork`, `judge`, and `run --base-url run:RUN`."""

import json
from pathlib import Path
from typing import Any

import pytest

from duologue.record.events import CompletionReceived, RunStarted
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.answering_server import answering
from tests.cli.conftest import Duologue
from tests.cli.running import run_child
from tests.cli.scenarios import HAIKU, done_at_once

MODELS = ("--user-model", "user", "--assistant-model", "assistant", "--judge-model", "judge")


def newest(runs: Path) -> Path:
    """The run that was begun last."""
    return max(runs.iterdir(), key=lambda run: run.stat().st_mtime_ns)


@pytest.fixture
def parent(runs: Path, home: Path, duologue: Duologue) -> Path:
    """A scripted run that is done after two turns."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    return newest(runs)


@pytest.mark.parametrize("at", ["0", "1", "2"])
def test_a_fork_is_a_run_of_its_own(
    at: str, parent: Path, runs: Path, home: Path, duologue: Duologue
) -> None:
    """A fork from any turn is whole, is shown and listed with its parent, and leaves that one as it was."""
    before = (parent / LOG_NAME).read_bytes()
    ran = duologue("fork", parent.name, "--at", at, "--scenario", home / "done.toml", "--quiet")
    assert (ran.code, ran.out.strip()) == (0, HAIKU), ran.err
    assert (parent / LOG_NAME).read_bytes() == before
    forked = newest(parent.parent)
    assert duologue("verify", forked.name).code == 0
    shown = duologue("show", forked.name)
    assert f"forked from {parent.name} after turn {at}" in shown.out
    assert HAIKU in shown.out
    assert duologue("resume", forked.name, "--scenario", home / "done.toml").code == 2


@pytest.mark.parametrize("at", ["-1", "3", "many"])
def test_a_turn_out_of_range_is_refused(
    at: str, parent: Path, runs: Path, home: Path, duologue: Duologue
) -> None:
    """A turn that is not there is a mistake of usage, and no run is made."""
    ran = duologue("fork", parent.name, f"--at={at}", "--scenario", home / "done.toml")
    assert (ran.code, ran.out) == (2, "")
    assert list(parent.parent.iterdir()) == [parent]


def test_a_fork_that_is_changed(parent: Path, runs: Path, home: Path, duologue: Duologue) -> None:
    """Another prompt, a further criterion and a message are in the fork's own log; it ends without an answer
    for them, and can be gone on with."""
    prompt = home / "terse.md"
    prompt.write_text("Be terse. {{goal}} {{sources}}", "utf-8")
    changes = ("--prompt", f"assistant={prompt}", "-c", "It rhymes.", "--say", "Mind the metre.")
    ran = duologue("fork", parent.name, "--at", "0", *changes, "--scenario", home / "done.toml", "--json")
    assert ran.code == 1, ran.err
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert events[0]["pair"]["prompts"]["assistant"].startswith("Be terse.")
    sets = [event["criteria"] for event in events if event["type"] == "criteria.set"]
    assert [criterion["text"] for criterion in sets[-1]][-1] == "It rhymes."
    assert [e["text"] for e in events if e["type"] == "control.received"] == ["Mind the metre."]
    assert [e["reasons"][0][:3] for e in events if e["type"] == "verdict.overruled"] == [f"c{len(sets[-1])}:"]
    longer = done_at_once(home, max_turns=3)
    ran = duologue("resume", newest(runs).name, "--scenario", longer, "--max-turns", "3", "--quiet")
    assert ran.code == 1
    assert "no more replies for user" in ran.err


def test_verdicts_side_by_side(runs: Path, duologue: Duologue) -> None:
    """`judge` asks the judge alone, sets its verdicts beside the earlier ones, and saves them in a log that
    is whole."""
    with answering() as server:
        ran = run_child("run", "Write the list.", *MODELS, "--base-url", server.url("a"), "--quiet")
        assert ran.code == 0, ran.err
        parent = newest(runs)
        judged = [body for body in map(json.loads, server.asked["a"]) if body["model"] == "judge"]
        ran = run_child("judge", parent.name, "--base-url", server.url("b"))
    assert ran.code == 0, ran.err
    assert "8 of 8 verdicts are the same." in ran.out
    assert ran.out.count("= after turn") == 8
    assert [json.loads(raw) for raw in server.asked["b"]] == judged[2:]
    anew = newest(runs)
    assert anew.name in ran.out
    assert duologue("verify", anew.name).code == 0


@pytest.fixture
def long(runs: Path) -> tuple[Path, str]:
    """A run that was compacted and ended at a limit, and its best result so far; its endpoint is gone."""
    arguments = (*MODELS, "--context", "2600", "--max-turns", "13", "--quiet")
    with answering() as server:
        ran = run_child("run", "Write the list.", *arguments, "--base-url", server.url("a"))
    assert ran.code == 3, ran.err
    return newest(runs), ran.out


def completions(run: Path) -> list[Any]:
    """What was answered in the run, and what that cost."""
    events = [record.event for record in read_strict(run / LOG_NAME)]
    return [(e.role, e.text, e.usage) for e in events if isinstance(e, CompletionReceived)]


def test_a_saved_run_answers_in_place_of_a_model(
    long: tuple[Path, str], runs: Path, duologue: Duologue
) -> None:
    """An unchanged run replays without a network, under its own limits and context window, to its own end."""
    run, result = long
    types = [record.event.type for record in read_strict(run / LOG_NAME)]
    assert "context.compacted" in types
    ran = duologue("run", "--base-url", f"run:{run.name}", "--quiet")
    assert (ran.code, ran.out) == (3, result)
    again = newest(run.parent)
    assert [record.event.type for record in read_strict(again / LOG_NAME)] == types
    assert completions(again) == completions(run)
    header = read_strict(again / LOG_NAME)[0].event
    assert isinstance(header, RunStarted)
    assert header.settings["scripted"] == f"run:{run.name}"


def test_a_changed_run_is_told_where_it_differs(long: tuple[Path, str], duologue: Duologue) -> None:
    """With a further criterion the first request that shows it is refused, and the difference is printed."""
    ran = duologue("run", "--base-url", f"run:{long[0].name}", "-c", "It rhymes.", "--no-derive", "--quiet")
    assert ran.code == 1
    assert "The recorded run asked the judge here, not the user." in ran.err
    ran = duologue("run", "--base-url", f"run:{long[0].name}", "-c", "It rhymes.", "--quiet")
    assert ran.code == 1
    assert "--- recorded\n+++ now\n" in ran.err
    assert "+c1. It rhymes." in ran.err
