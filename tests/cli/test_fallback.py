"""Fallbacks as people set them, in child processes and against real sockets."""

import json
import re
from pathlib import Path

import pytest

from duologue.record.events import AttemptFailed, CompletionReceived
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.conftest import Duologue
from tests.cli.endpoint import Endpoint, listening
from tests.cli.running import run_child

GOAL = ("run", "Say hello.", "--no-derive", "-c", "It greets.", "--model", "small", "--plain")


def log_of(runs: Path) -> tuple[list[CompletionReceived], list[AttemptFailed], str]:
    """The completions and failed attempts of the only run, and its log's text."""
    [path] = runs.glob(f"*/{LOG_NAME}")
    events = [record.event for record in read_strict(path)]
    received = [event for event in events if isinstance(event, CompletionReceived)]
    failed = [event for event in events if isinstance(event, AttemptFailed)]
    return received, failed, path.read_text("utf-8")


def test_the_fallback_answers(runs: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that wants to be paid is left alone; the switch is one line, and the key stays at home."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-own-origin")
    with listening(Endpoint(refuses=402)) as one, listening(Endpoint()) as other:
        ran = run_child(*GOAL, "--base-url", one.url, "--fallback", f"spare@{other.url}", "--max-turns", "2")
        assert (ran.code, one.asked, one.sent, other.sent) == (3, 1, {"Bearer sk-own-origin"}, {None}), (
            ran.err
        )
    received, failed, text = log_of(runs)
    assert {event.endpoint for event in received} == {other.url}
    assert [event.endpoint for event in failed] == [None]
    switch = f"{other.url} (small) answers in place of {one.url}, which is asked again in 5 min"
    assert ran.out.count(switch) == 1
    assert all(0 < (event.asked_again_s or 0) <= 300 for event in received)
    assert "sk-own-origin" not in text


def test_an_endpoint_that_is_down_from_the_start(
    runs: Path, home: Path, tmp_path: Path, duologue: Duologue
) -> None:
    """The run begins all the same, and a fallback that is down itself keeps nobody from beginning."""
    with listening(Endpoint()) as gone:
        pass
    config = tmp_path / "hasty.toml"
    config.write_text("[retry]\nfallback_attempts = 1\n", "utf-8")
    with listening(Endpoint()) as other:
        for own, spare in ((gone, other), (other, gone)):
            ran = duologue(
                *GOAL,
                "--config",
                config,
                "--base-url",
                own.url,
                "--fallback",
                f"spare@{spare.url}",
                "--max-turns",
                "1",
            )
            assert ran.code == 3, ran.err
        assert other.asked >= 2


def test_both_are_down(runs: Path, home: Path, duologue: Duologue) -> None:
    """Nothing is begun; both are named."""
    with listening(Endpoint()) as one, listening(Endpoint()) as other:
        pass
    ran = duologue(*GOAL, "--base-url", one.url, "--fallback", f"spare@{other.url}")
    assert ran.code == 1
    assert all(each.url.removesuffix("/v1") in ran.err for each in (one, other))
    assert not runs.exists() or not list(runs.iterdir())


def test_a_parked_run_is_resumed_with_its_fallback(runs: Path, home: Path) -> None:
    """Both out: the run is parked and names both. Resumed without a word of it, it asks the same fallback."""
    with listening(Endpoint(refuses=402)) as one, listening(Endpoint(refuses=402)) as other:
        ran = run_child(*GOAL, "--base-url", one.url, "--fallback", f"spare@{other.url}", "--max-turns", "2")
        assert ran.code == 6, ran.err
        [reason] = re.findall(r"parked: (.*)", " ".join(ran.out.split()))
        assert all(each.url.removesuffix("/v1") in reason for each in (one, other))
        other.refuses = None
        before = other.asked
        assert run_child("resume", "last", "--plain").code == 3
        assert other.asked > before
    received, _, _ = log_of(runs)
    assert {event.endpoint for event in received} == {other.url}


def test_wrong_fallbacks(home: Path, tmp_path: Path, duologue: Duologue) -> None:
    """A fallback that cannot be one is said to be so, with its line where it stands in a file."""
    for wrong in ("small", "@http://x/v1", "small@ftp://x/v1"):
        ran = duologue("run", "x", "--base-url", "http://127.0.0.1:1/v1", "--fallback", wrong)
        assert (ran.code, f"{wrong!r} is not of the form MODEL@URL" in ran.err) == (2, True), ran.err
    config = tmp_path / "wrong.toml"
    for text, line, why in (
        ('model = "m"\nfallbacks = ["small"]\n', 2, "'small' is not of the form MODEL@URL"),
        ('[[fallbacks]]\nmodel = "m"\nbase_ulr = "http://x"\n', 3, "unknown setting"),
        ("[retry]\nfallback_attempts = 0\n", 2, "more than 0"),
    ):
        config.write_text(text, "utf-8")
        ran = duologue("run", "x", "--config", config)
        assert ran.code == 2
        assert f"line {line}:" in ran.err, ran.err
        assert why in ran.err


def test_a_local_run_has_local_fallbacks(home: Path, duologue: Duologue) -> None:
    """An address beyond this machine is refused, though it would only be asked when the own one is out."""
    with listening(Endpoint()) as one:
        ran = duologue(*GOAL, "--base-url", one.url, "--fallback", "m@http://198.51.100.1/v1", "--local-only")
    assert (ran.code, one.asked, ran.out) == (1, 0, "")
    assert "198.51.100.1 is not on this machine." in ran.err
    assert "--no-local-only" in ran.err


def test_what_a_fallback_says_costs_what_it_costs(runs: Path, home: Path, tmp_path: Path) -> None:
    """Each answer is priced as its own endpoint's model, and so is the room that is left of a limit."""
    usage: dict[str, object] = {"prompt_tokens": 1000, "completion_tokens": 100}
    config = tmp_path / "priced.toml"
    prices = "[prices.small]\ninput = 1\noutput = 1\n[prices.spare]\ninput = 10\noutput = 100\n"
    config.write_text(prices, "utf-8")
    with listening(Endpoint(refuses=402)) as one, listening(Endpoint(served="spare", usage=usage)) as other:
        spare = ("--fallback", f"spare@{other.url}", "--config", config)
        ran = run_child(*GOAL, "--base-url", one.url, *spare, "--max-turns", "2", "--max-cost", "9")
        assert ran.code == 3, ran.err
    received, failed, _ = log_of(runs)
    assert {event.cost_usd for event in received} == {0.02}
    assert {event.cost_usd for event in failed} == {0.0}
    assert f"${0.02 * len(received):.3g}" in ran.out


def test_every_way_of_going_on_asks_the_same_fallbacks(runs: Path, home: Path, duologue: Duologue) -> None:
    """`resume`, `fork` and `judge` of a run know its fallbacks, and say in their logs who answered."""
    words = {"id": "c1", "state": "unmet", "reason": "No.", "evidence": []}
    texts = ("Go.", "<result>\nHello\n</result>", json.dumps({"criteria": [words], "decision": "continue"}))
    with listening(Endpoint(refuses=402)) as one, listening(Endpoint(texts=texts)) as other:
        spare = ("--base-url", one.url, "--fallback", f"spare@{other.url}", "--judging", "every")
        assert duologue(*GOAL, *spare, "--max-turns", "2").code == 3
        [first] = runs.iterdir()
        for again in (
            ("resume", first.name, "--plain", "--max-turns", "3"),
            ("fork", first.name, "--at", "1", "--plain", "--max-turns", "2"),
            ("judge", first.name),
        ):
            before, known = other.asked, {first}.union(runs.iterdir())
            other.texts, other.text = (), texts[-1]
            ran = duologue(*again)
            assert ran.code in (0, 3), ran.err
            assert other.asked > before, again
            [folder] = set(runs.iterdir()) - known or [first]
            said = [record.event for record in read_strict(folder / LOG_NAME)]
            assert [each.endpoint for each in said if isinstance(each, CompletionReceived)][-1] == other.url
