"""When the judge is asked, what several votes come to, and what a second opinion is for."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_run import (
    ASK,
    CLAIM,
    DONE,
    EXCHANGE,
    NOT_DONE,
    WORK,
    Outcome,
    make_assignment,
    play,
    reply,
    verdict,
)

from duologue.conversation.majority import tally
from duologue.record import events as ev
from duologue.record.ballots import ballot_lines
from duologue.record.parts import CriterionState, CriterionVerdict, Decision, Vote
from duologue.targets import Cadence, Judging


def prepared(number: int) -> str:
    """An exchange that delivers nothing."""
    return reply("user", f"Read offer {number} and say what it costs.") + reply(
        "assistant", f"Offer {number} costs {number * 17 + 3} euros a year, says its line {number + 4}."
    )


def judged_after(run: Outcome) -> list[int]:
    """The turns after which there was a verdict."""
    return [given.turn for given in run.of(ev.VerdictGiven)]


@pytest.mark.parametrize(
    ("cadence", "turns"),
    [("every", [2, 4, 6, 8, 10, 11]), ("auto", [6, 8, 11]), ("on-claim", [11])],
)
async def test_cadence(cadence: Cadence, turns: list[int], tmp_path: Path) -> None:
    """`auto` judges what is delivered, what is claimed, and every third exchange at the latest; no verdict is
    paid for besides."""
    talk = [prepared(n) for n in range(3)] + [EXCHANGE, prepared(7), reply("user", CLAIM)]
    judged = "".join(reply("judge", NOT_DONE) for _ in turns[1:]) + reply("judge", DONE)
    run = await play(tmp_path, *talk, judged, judging=Judging(cadence))
    assert run.ending.outcome == "done"
    assert judged_after(run) == turns


async def test_a_verdict_shows_all_that_is_new(tmp_path: Path) -> None:
    """The judge is shown every turn since its last verdict, the unjudged ones too."""
    judged = reply("judge", DONE)
    run = await play(tmp_path, prepared(0), EXCHANGE, judged, judging=Judging("auto"))
    (asked,) = run.asked("judge")
    assert [f'number="{n}"' in asked["messages"][-1]["content"] for n in range(1, 5)] == [True] * 4


async def test_guards_bring_the_judge(tmp_path: Path) -> None:
    """An alarm is something to judge, though nothing was delivered."""
    echo = reply("user", ASK) + reply("assistant", ASK)
    judged = reply("judge", NOT_DONE, repeat=3)
    run = await play(tmp_path, echo, echo, echo, judged, judging=Judging("auto"))
    assert run.ending.outcome == "stalled"
    assert judged_after(run) == [2, 4, 6]


async def test_a_talk_stalls_without_a_verdict_too(tmp_path: Path) -> None:
    """Where only claims are judged, the ladder still leads from the nudge to the end."""
    echo = reply("user", ASK) + reply("assistant", ASK)
    run = await play(tmp_path, echo, echo, echo, judging=Judging("on-claim"))
    assert run.ending.outcome == "stalled"
    assert judged_after(run) == []
    assert [alarm.rung for alarm in run.of(ev.GuardRaised)][-1] == "stalled"
    assert run.ending.unmet == ("c1",)
    assert "again" in run.asked("user")[2]["messages"][-1]["content"]


async def test_an_old_verdict_says_nothing_of_new_work(tmp_path: Path) -> None:
    """A `done` that was overruled for want of a result is not made true by a result that nobody judged."""
    early = reply("user", CLAIM) + reply("judge", DONE)
    run = await play(tmp_path, early, EXCHANGE, prepared(1), limits={"turns": 5}, judging=Judging("on-claim"))
    assert run.ending.outcome == "limit"
    assert len(run.of(ev.VerdictOverruled)) == 1


def vote(decision: Decision, *states: CriterionState, parsed: bool = True) -> Vote:
    """A vote with the states of c1, c2, …"""
    words = [
        CriterionVerdict(id=f"c{n}", state=state, reason=f"{state}.") for n, state in enumerate(states, 1)
    ]
    return Vote(completion=7, model="m", decision=decision, summary="", criteria=words, parsed=parsed)


@pytest.mark.parametrize(
    ("votes", "decision", "states"),
    [
        ([("done", "met"), ("done", "met"), ("continue", "unmet")], "done", ["met"]),
        ([("done", "met"), ("continue", "unmet"), ("continue", "met")], "continue", ["met"]),
        ([("done", "met"), ("continue", "unmet")], "continue", ["unknown"]),
        ([("done", "met"), ("continue", "unmet"), ("impossible", "unknown")], "continue", ["unknown"]),
        (
            [("done", "met", "met"), ("done", "unmet", "met"), ("done", "unmet", "met")],
            "done",
            ["unmet", "met"],
        ),
        ([("impossible", "unmet"), ("impossible", "unmet"), ("done", "met")], "impossible", ["unmet"]),
    ],
)
def test_majority(votes: list[tuple[str, ...]], decision: str, states: list[str]) -> None:
    """More than half decides, each criterion by itself; without a majority the talk goes on."""
    given = tally(4, [vote(*each) for each in votes])  # type: ignore[arg-type]
    assert (given.decision, [word.state for word in given.criteria]) == (decision, states)
    assert len(given.votes) == len(votes)


def test_the_verdict_is_told_in_the_words_of_those_who_decided() -> None:
    """A majority's verdict has the summary of the first of its votes, and can be read if any of them can."""
    lone = vote("continue", "unmet").model_copy(update={"summary": "Not yet.", "completion": 5})
    first = vote("done", "met").model_copy(update={"summary": "It is there.", "completion": 6})
    given = tally(4, [lone, first, vote("done", "met", parsed=False)])
    assert (given.summary, given.completion, given.parsed) == ("It is there.", 6, True)
    split = tally(4, [first, lone])
    assert [(word.id, word.state) for word in split.criteria] == [("c1", "unknown")]


def test_one_vote_is_the_verdict() -> None:
    """A single vote is told as before, without a list of votes."""
    given = tally(4, [vote("done", "met")])
    assert (given.votes, given.completion, ballot_lines(given)) == ([], 7, [])


async def test_the_majority_counts(tmp_path: Path) -> None:
    """Two of three votes with evidence that holds make it done; the third is on record."""
    judged = reply("judge", DONE) + reply("judge", NOT_DONE) + reply("judge", DONE)
    run = await play(tmp_path, EXCHANGE, judged, judging=Judging("every", 3))
    assert run.ending.outcome == "done"
    (given,) = run.of(ev.VerdictGiven)
    assert [each.decision for each in given.votes] == ["done", "continue", "done"]
    assert ballot_lines(given) == ["votes: 2 done, 1 continue", "votes on c1: 2 met, 1 unmet"]
    first, second, third = run.asked("judge")
    assert second["messages"][:-1] == first["messages"][:-1]
    assert second["messages"][-1]["content"].endswith(
        "vote 2 of 3. Judge afresh. Begin with the last criterion."
    )
    assert third["messages"][-1]["content"].endswith("vote 3 of 3. Judge afresh.")


async def test_a_lie_that_the_majority_tells_is_overruled(tmp_path: Path) -> None:
    """However many votes quote what stands nowhere, the evidence does not hold."""
    lie = reply("judge", verdict("done", "Arno is the cheapest"), repeat=2) + reply("judge", NOT_DONE)
    run = await play(tmp_path, EXCHANGE, lie, judging=Judging("every", 3), limits={"turns": 2})
    assert run.ending.outcome == "limit"
    assert len(run.of(ev.VerdictOverruled)) == 1


async def test_the_appeal_agrees(tmp_path: Path) -> None:
    """Where the second opinion finds the same, the run is done; it was not told what the first had said."""
    run = await play(tmp_path, EXCHANGE, reply("judge", DONE), reply("appeal", DONE), appeal=True)
    assert run.ending.outcome == "done"
    (given,) = run.of(ev.VerdictGiven)
    assert given.appeal is not None
    assert ballot_lines(given) == ["appeal (appeal): done"]
    (asked,) = run.asked("appeal")
    assert len(asked["messages"]) == 2
    assert WORK in asked["messages"][1]["content"]
    assert "In short" not in json.dumps(asked)
    appeal = run.of(ev.CompletionReceived)[-1]
    assert (appeal.role, appeal.purpose) == ("judge", "appeal")


async def test_the_appeal_objects(tmp_path: Path) -> None:
    """A `done` that the second opinion does not bear out is overruled, and the user agent learns why."""
    judged = reply("judge", DONE) + reply("appeal", NOT_DONE) + reply("judge", DONE) + reply("appeal", DONE)
    again = reply("user", "Deliver it once more.") + reply("assistant", WORK.replace("compared", "weighed"))
    run = await play(tmp_path, EXCHANGE, again, judged, appeal=True)
    assert run.ending.outcome == "done"
    (overruled,) = run.of(ev.VerdictOverruled)
    assert overruled.reasons == ["Appeal, c1: So it is."]
    assert ballot_lines(run.of(ev.VerdictGiven)[0]) == ["appeal (appeal): continue, c1 unmet"]
    assert "would have said done" in run.asked("user")[1]["messages"][-1]["content"]


async def test_an_appeal_may_object_without_a_criterion(tmp_path: Path) -> None:
    """A second opinion that finds every criterion met and still does not say done is told in its words."""
    objects = verdict("continue", "Corva is the cheapest")
    judged = reply("judge", DONE) + reply("appeal", objects)
    run = await play(tmp_path, EXCHANGE, judged, appeal=True, limits={"turns": 2})
    assert run.ending.outcome == "limit"
    assert run.of(ev.VerdictOverruled)[0].reasons == ["Appeal: In short."]


async def test_an_appeal_needs_evidence_too(tmp_path: Path) -> None:
    """A second opinion that quotes what stands nowhere bears nothing out."""
    judged = reply("judge", DONE) + reply("appeal", verdict("done", "Arno is the cheapest"))
    run = await play(tmp_path, EXCHANGE, judged, appeal=True, limits={"turns": 2})
    assert run.ending.outcome == "limit"
    assert "does not stand in" in run.of(ev.VerdictOverruled)[0].reasons[0]


async def test_no_appeal_without_a_done_that_holds(tmp_path: Path) -> None:
    """The second opinion is not paid for where the first does not say done, or its evidence does not hold."""
    judged = reply("judge", NOT_DONE) + reply("judge", verdict("done", "Arno is the cheapest"))
    run = await play(tmp_path, EXCHANGE, prepared(1), judged, appeal=True, limits={"turns": 4})
    assert run.ending.outcome == "limit"
    assert run.asked("appeal") == []


def test_what_the_agents_see_does_not_tell_the_mark() -> None:
    """The delimiters that the agents are shown after a compaction are not the judge's."""
    base = make_assignment()
    marks = {(each.mark, each.open_mark) for each in (replace(base, seed=n) for n in range(200))}
    assert len({mark for mark, _ in marks}) == 200
    assert not {mark for mark, _ in marks} & {mark for _, mark in marks}
