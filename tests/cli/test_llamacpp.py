"""A whole run against llama.cpp itself, over its own HTTP server."""

import json
from pathlib import Path

import pytest

from duologue.messages import ROLE_NAMES
from duologue.record.events import (
    AttemptFailed,
    CompletionReceived,
    Record,
    RunEnded,
    RunStarted,
    VerdictGiven,
)
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.conftest import Duologue
from tests.cli.running import Ran, only_run, run_child
from tests.servers.llamacpp import MODEL_NAME

pytestmark = pytest.mark.llamacpp

SAMPLED_AT = 0.8
"""Where the lengths that the model was made for hold."""
_JUDGED = ("--judging", "every")
"""A model of noise delivers nothing that would be judged otherwise."""
GOAL = "Write one line about the last program"


def pursue(url: str, *more: str) -> Ran:
    sampling = ("--temperature", str(SAMPLED_AT), "--set", "judge.max_tokens=4000")
    seeds = [f"--set={role}.seed=5" for role in ROLE_NAMES]
    return run_child(
        "run", GOAL, "--base-url", url, "--json", "--max-turns", "4", *_JUDGED, *sampling, *seeds, *more
    )


def records_of(runs: Path) -> list[Record]:
    return read_strict(only_run(runs) / LOG_NAME)


def test_a_run_reaches_its_turn_limit_and_every_printed_line_is_a_line_of_its_log(
    llamacpp_url: str, runs: Path
) -> None:
    """Against a real server a run of four turns ends at its limit, with real verdicts and a whole log that
    is what `--json` printed."""
    ran = pursue(llamacpp_url, "--model", MODEL_NAME)
    assert (ran.code, ran.err) == (3, "")
    assert ran.out == (only_run(runs) / LOG_NAME).read_text("utf-8")
    events = [record.event for record in records_of(runs)]
    assert isinstance(events[-1], RunEnded)
    assert (events[-1].outcome, events[-1].spent.turns) == ("limit", 4)
    verdicts = [event for event in events if isinstance(event, VerdictGiven)]
    assert len(verdicts) >= 2
    assert any(verdict.parsed for verdict in verdicts)


def test_a_connection_that_the_server_closed_after_a_reply_costs_no_attempt(
    llamacpp_url: str, runs: Path
) -> None:
    """llama.cpp closes a pooled connection after each streamed reply, and no call waits or pays for that."""
    assert pursue(llamacpp_url, "--model", MODEL_NAME).code == 3
    events = [record.event for record in records_of(runs)]
    assert sum(isinstance(event, CompletionReceived) for event in events) >= 6
    failed = [event for event in events if isinstance(event, AttemptFailed)]
    assert all((event.kind, event.wait_s) == ("connection", 0.0) for event in failed), failed
    assert all(event.usage.prompt == event.usage.completion == 0 for event in failed)


def test_a_run_of_a_real_server_can_be_shown_and_replayed(
    llamacpp_url: str, runs: Path, duologue: Duologue
) -> None:
    """`show` and `replay --plain` print the same whole run, noise and all."""
    assert pursue(llamacpp_url, "--model", MODEL_NAME).code == 3
    shown, replayed = duologue("show", "last"), duologue("replay", "last", "--plain")
    assert (shown.code, replayed.code) == (0, 0)
    assert shown.out == replayed.out
    assert f"Goal: {GOAL}" in shown.out
    assert "══ limit: The limit of 4 turns is reached." in shown.out
    assert all(
        head in shown.out for head in ("── user · turn 1", "── assistant · turn 2", "── judge · after")
    )


def test_without_a_model_named_the_only_one_served_is_taken(llamacpp_url: str, runs: Path) -> None:
    """With no `--model`, the one model that the server lists answers for all roles."""
    assert pursue(llamacpp_url, "--no-derive", "--max-turns", "2").code == 3
    started = records_of(runs)[0].event
    assert isinstance(started, RunStarted)
    assert {role["model"] for role in started.settings["roles"].values()} == {MODEL_NAME}


def test_the_doctor_finds_it_and_tells_what_it_can_do(llamacpp_url: str, duologue: Duologue) -> None:
    """llama.cpp is recognised, with its window; the schema is followed, and embeddings are missing."""
    ran = duologue("doctor", "--json", "--port", llamacpp_url.split(":")[2].removesuffix("/v1"))
    (endpoint,) = json.loads(ran.out)["endpoints"]
    found = {finding["ability"]: finding for finding in endpoint["findings"]}
    assert (ran.code, endpoint["server"], endpoint["models"]) == (0, "llama.cpp", [MODEL_NAME])
    works = ("completion", "streaming", "usage", "JSON schema", "context")
    assert {ability for ability in works if found[ability]["state"] != "works"} == set()
    assert found["embeddings"]["state"] == "missing"
    assert found["context"]["tokens"] == 32768
