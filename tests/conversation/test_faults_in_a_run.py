"""What a fault of the endpoint does to a whole run, over a real socket."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from scripted_run import ASK, DONE, NOT_DONE, WORK, make_assignment, verdict
from tests.endpoint.wire import Answer, Received, Wire, chunked, event, finish, refusal, said, whole

from duologue.config import LimitsTable
from duologue.conversation.host import Host
from duologue.conversation.launch import launch
from duologue.conversation.run import Ending
from duologue.messages import ROLE_NAMES
from duologue.record import events as ev
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from duologue.targets import RetryPolicy, Target

KEY = "sk-0123456789-secret"
MODELS = whole({"data": [{"id": name} for name in ROLE_NAMES]})


class Played:
    """A run of three models on a wire: its ending, its events, the raw log, the requests for completions."""

    def __init__(self, ending: Ending, folder: Path, asked: list[dict[str, Any]]) -> None:
        self.ending = ending
        self.events = [record.event for record in read_strict(folder / LOG_NAME)]
        self.log = (folder / LOG_NAME).read_bytes()
        self.asked = asked


async def _play(folder: Path, answers: dict[str, list[Answer]], turns: int = 12) -> Played:
    """Each model gives its answers in order, and the last of them for ever."""
    asked: list[dict[str, Any]] = []

    def choose(received: Received) -> Answer:
        if received.head.startswith("GET"):
            return MODELS
        asked.append(received.json)
        model = received.json["model"]
        number = sum(body["model"] == model for body in asked)
        return answers[model][min(number, len(answers[model])) - 1]

    async with Wire(choose=choose) as wire:
        made = make_assignment()
        targets = {role: Target(wire.url, role, SecretStr(KEY)) for role in ROLE_NAMES}
        policy = RetryPolicy(attempts=3, base_s=0.001, cap_s=0.002)
        settings = replace(made.settings, targets=targets, policy=policy, limits=LimitsTable(turns=turns))
        ending = await launch(replace(made, settings=settings, scripted=None), folder / "run", Host())
    return Played(ending, folder / "run", asked)


def _says(*texts: str) -> list[Answer]:
    return [chunked(said(text)) for text in texts]


@pytest.mark.parametrize(
    ("answer", "outcome", "times"),
    [
        (refusal(401, f"Incorrect API key provided: {KEY}."), "failed", 1),
        (refusal(403, f"{KEY} may not do that."), "failed", 1),
        (refusal(402, "Insufficient Balance"), "parked", 1),
        (refusal(429, "quota", code="insufficient_quota"), "parked", 1),
        (whole({"error": "slow down"}, 429, Retry_After="86400"), "parked", 1),
        (whole(b"<html><title>Bad Gateway</title>" + b"x" * 90_000, 502, "text/html"), "parked", 3),
        (whole(b"", 307, Location="http://127.0.0.1:9/"), "failed", 1),
        (whole(b"<html>hi</html>"), "parked", 3),
        (chunked(event({"choices": []})), "parked", 3),
    ],
    ids=["401", "403", "402", "quota", "a day", "502", "redirect", "html", "empty"],
)
async def test_a_fault_ends_the_run_with_a_hint(
    tmp_path: Path, answer: Answer, outcome: str, times: int
) -> None:
    """Failed or parked, after as many requests as make sense; neither the key nor a page is in the log."""
    run = await _play(tmp_path, {"user": _says(ASK), "assistant": [answer]})
    assert run.ending.outcome == outcome, run.ending.reason
    assert run.ending.hint
    assert [body["model"] for body in run.asked] == ["user"] + ["assistant"] * times
    failures = [event for event in run.events if isinstance(event, ev.AttemptFailed)]
    assert len(failures) == times
    assert KEY.encode() not in run.log
    assert KEY not in run.ending.reason
    assert b"xxxxxxxx" * 600 not in run.log


async def test_a_lone_surrogate_is_logged_and_read_back(tmp_path: Path) -> None:
    """Half a character in a reply is written, read back as it was, and the run goes on to its end."""
    odd = '{"choices":[{"delta":{"content":"\\ud83d half "},"finish_reason":null}]}'
    work = chunked(event(odd) + said(WORK))
    run = await _play(tmp_path, {"user": _says(ASK), "assistant": [work], "judge": _says(DONE)})
    assert run.ending.outcome == "done", run.ending.reason
    [text] = [
        each.text
        for each in run.events
        if isinstance(each, ev.CompletionReceived) and each.role == "assistant"
    ]
    assert text == "\ud83d half " + WORK


async def test_a_judge_that_flaps_is_ended_by_the_limits(tmp_path: Path) -> None:
    """A judge that says done without proof and then not done, on and on, does not keep a run going."""
    flapping = _says(*[verdict("done", "no such words"), NOT_DONE] * 20)
    work = [chunked(said(WORK.replace("the prices", f"{n} prices"))) for n in range(20)]
    asks = _says(*(f"{ASK} Look at {n} more of them." for n in range(20)))
    run = await _play(tmp_path, {"user": asks, "assistant": work, "judge": flapping}, turns=10)
    assert run.ending.outcome in ("limit", "stalled")
    assert sum(isinstance(each, ev.VerdictOverruled) for each in run.events) >= 1
    assert sum(isinstance(each, ev.TurnCompleted) for each in run.events) <= 10


async def test_a_judge_that_cannot_be_read_is_asked_three_times_in_all(tmp_path: Path) -> None:
    """An answer that does not parse is asked for again twice, and then counts as not done."""
    run = await _play(
        tmp_path, {"user": _says(ASK), "assistant": _says(WORK), "judge": _says("Let me think.")}, turns=2
    )
    assert run.ending.outcome == "limit"
    assert sum(body["model"] == "judge" for body in run.asked) == 3
    [given] = [each for each in run.events if isinstance(each, ev.VerdictGiven)]
    assert (given.parsed, given.decision) == (False, "continue")


async def test_malformed_arguments_get_two_correction_turns(tmp_path: Path) -> None:
    """A model that calls with arguments that do not parse is told so twice, and then its turn is over."""
    call = {"index": 0, "id": "t1", "function": {"name": "f", "arguments": '{"a":'}}
    calls = chunked(event({"choices": [{"delta": {"tool_calls": [call]}}]}) + finish("tool_calls"))
    run = await _play(tmp_path, {"user": _says(ASK), "assistant": [calls], "judge": _says(NOT_DONE)}, turns=2)
    assert run.ending.outcome == "limit"
    assert sum(body["model"] == "assistant" for body in run.asked) == 3
