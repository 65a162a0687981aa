"""What a judge holds against a result and its sources: verified by code, told apart, and what it weighs."""

import json
from pathlib import Path
from typing import Any

import pytest
from scripted_run import CLAIM, DONE, Outcome, make_assignment, play, reply

from duologue.conversation.majority import tally
from duologue.conversation.sources import Source
from duologue.conversation.verdict import JudgeAnswer, find_answer
from duologue.record import events as ev
from duologue.record.contradictions import contradiction_lines
from duologue.record.parts import Contradiction, Decision, Vote

NOTE = Source("note.txt", "Corva asks 12 euros.\nArno asks 14 euros.")
AGAINST = {
    "kind": "intrinsic",
    "claim": "Corva asks 15 euros",
    "where": "source note.txt",
    "quote": "Corva asks 12 euros",
    "reason": "The price differs.",
}
BEYOND = {"kind": "extrinsic", "claim": "delivers in May", "reason": "No source names a month."}
SAID = "Compared.\n<result>\nCorva asks 15 euros and delivers in May.\nArno asks 14 euros.\n</result>"
FIXED = "Corrected.\n<result>\nCorva asks 12 euros, which is the cheapest.\n</result>"


def verdict(*contradictions: Any, decision: str = "done", quote: str = "Corva asks") -> str:
    """A judge's answer that finds c1 met and names these."""
    word = {
        "id": "c1",
        "state": "met",
        "reason": "So it is.",
        "evidence": [{"where": "result", "quote": quote}],
    }
    told = {"criteria": [word], "contradictions": list(contradictions)}
    return json.dumps({**told, "decision": decision, "summary": "In short."})


async def judged(folder: Path, *contradictions: Any) -> Outcome:
    """A run in which the judge says done and names these, and the next result is right."""
    return await play(
        folder,
        *(
            reply("user", "Compare the two."),
            reply("assistant", SAID),
            reply("judge", verdict(*contradictions)),
        ),
        *(reply("user", "Correct the first price."), reply("assistant", FIXED)),
        reply("judge", verdict(quote="Corva asks 12 euros")),
        assignment=make_assignment(sources=[NOTE]),
    )


async def test_what_is_against_a_source_is_not_done(tmp_path: Path) -> None:
    """A verified contradiction of a source overrules `done`; the user agent learns of it."""
    run = await judged(tmp_path, AGAINST, BEYOND)
    (overruled,) = run.of(ev.VerdictOverruled)
    assert overruled.reasons == [
        "“Corva asks 15 euros” contradicts source note.txt: “Corva asks 12 euros”. The price differs."
    ]
    first, last = run.of(ev.VerdictGiven)
    assert [(each.kind, each.stands) for each in first.contradictions] == [
        ("intrinsic", True),
        ("extrinsic", True),
    ]
    assert last.contradictions == []
    told = run.asked("user")[1]["messages"][-1]["content"]
    assert "- against a source: “Corva asks 15 euros” contradicts source note.txt" in told
    assert "- beyond the sources: “delivers in May” is in no source" in told
    remembered = run.asked("judge")[1]["messages"][-2]["content"]
    assert json.loads(remembered)["contradictions"][0] == AGAINST
    assert run.ending.outcome == "done"
    assert "contradictions" in json.dumps(run.asked("judge")[0]["response_format"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"claim": "Corva asks 16 euros"}, "does not stand in result"),
        ({"quote": "Corva asks 13 euros"}, "does not stand in source note.txt"),
        ({"quote": ""}, "the quote is empty"),
        ({"where": "result"}, "no such source as 'result'"),
        ({"where": "source other.txt"}, "no such source"),
        ({"claim": "Arno asks 14 euros", "quote": "Arno asks 14 euros."}, "says what the source says"),
        ({"kind": "extrinsic"}, ""),
        ({"kind": "extrinsic", "claim": "Arno asks 14 euros"}, "it stands in note.txt"),
        ({"kind": "extrinsic", "claim": "Arno asks 17 euros"}, "does not stand in result"),
    ],
)
async def test_what_does_not_hold_weighs_nothing(change: dict[str, str], why: str, tmp_path: Path) -> None:
    """A contradiction whose quotes do not stand is marked and weighs nothing; one beyond the sources weighs
    nothing where the run is not to be grounded."""
    run = await judged(tmp_path, {**AGAINST, **change})
    assert run.ending.outcome == "done"
    assert not run.of(ev.VerdictOverruled)
    (given,) = run.of(ev.VerdictGiven)
    (found,) = given.contradictions
    assert found.stands == (not why)
    assert why in found.why
    assert ("unverified, counts for nothing" in contradiction_lines(given)[0]) == bool(why)


@pytest.mark.parametrize("value", [None, 7, "none", {}, [], [7, None, {}], [{"kind": "odd", "claim": "x"}]])
def test_an_odd_list_spoils_no_verdict(value: object) -> None:
    """Whatever a model puts there, or nothing: the rest of its answer counts."""
    answer = json.loads(DONE)
    assert isinstance(find_answer(json.dumps(answer), JudgeAnswer), JudgeAnswer)
    found = find_answer(json.dumps({**answer, "contradictions": value}), JudgeAnswer)
    assert isinstance(found, JudgeAnswer)
    assert found.contradictions == []


def vote(decision: Decision, *claims: str) -> Vote:
    """A vote that names these."""
    named = [Contradiction(kind="extrinsic", claim=claim, stands=True) for claim in claims]
    return Vote(completion=1, model="m", decision=decision, summary="", criteria=[], contradictions=named)


def test_the_votes_that_decide_name_what_counts() -> None:
    """Of several votes, those of the verdict's decision say what contradicts; each thing once."""
    votes = [vote("done", "a"), vote("done", "a", "b"), vote("continue", "c")]
    assert [each.claim for each in tally(2, votes).contradictions] == ["a", "b"]
    assert [each.claim for each in tally(2, votes[2:]).contradictions] == ["c"]


async def test_a_log_without_contradictions_reads(tmp_path: Path) -> None:
    """A verdict of an older log names none."""
    run = await play(tmp_path, reply("user", CLAIM), reply("judge", DONE), limits={"turns": 1})
    (given,) = run.of(ev.VerdictGiven)
    old = given.model_dump(exclude={"contradictions"})
    assert ev.VerdictGiven.model_validate(old).contradictions == []
