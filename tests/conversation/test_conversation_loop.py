"""The loop with its judge, played through by the scripted endpoint."""

import json
from pathlib import Path

import pytest
from scripted_run import ASK, CLAIM, DONE, EXCHANGE, NOT_DONE, WORK, play, reply, verdict

from duologue.conversation.sources import Source
from duologue.record import events as ev


async def test_done(tmp_path: Path) -> None:
    """A goal is reached when the judge finds it so with a quote that stands; the result is delivered."""
    run = await play(tmp_path, EXCHANGE, reply("judge", DONE))
    assert (run.ending.outcome, run.ending.result) == ("done", "Corva is the cheapest supplier.")
    assert run.ending.unmet == ()
    assert run.ending.reason == "Every criterion is met: In short."
    assert [event.type for event in run.events] == [
        "run.started",
        "criteria.set",
        *["turn.started", "completion.received", "turn.completed"] * 2,
        "completion.received",
        "verdict.given",
        "run.ended",
    ]
    (ended,) = run.of(ev.RunEnded)
    assert (ended.spent.turns, ended.spent.calls) == (2, 3)
    assert ended.spent.tokens == sum(
        c.usage.prompt + c.usage.completion for c in run.of(ev.CompletionReceived)
    )


async def test_overruled_then_done(tmp_path: Path) -> None:
    """A verdict of done with a quote that stands nowhere is overruled, all are told, and the talk goes on."""
    false = verdict("done", "Arno is the cheapest")
    more = reply("user", "State the price of the cheapest supplier as well.") + reply("assistant", WORK + ".")
    run = await play(tmp_path, EXCHANGE, reply("judge", false), more, reply("judge", DONE))
    assert run.ending.outcome == "done"
    first, second = run.of(ev.VerdictGiven)
    assert (first.decision, first.criteria[0].state, second.criteria[0].state) == ("done", "unknown", "met")
    assert first.criteria[0].evidence[0].why == "the quote does not stand in result"
    (overruled,) = run.of(ev.VerdictOverruled)
    assert "does not stand" in overruled.reasons[0]
    assert "does not hold" in run.asked("user")[1]["messages"][-1]["content"]
    assert "overruled by a program" in run.asked("judge")[1]["messages"][-1]["content"]


FALSE = {
    "quote of nothing": verdict("done", "Arno is the cheapest"),
    "no quote": verdict("done", state="met"),
    "empty quote": verdict("done", " "),
    "quote of the user": verdict("done", "Name the cheapest supplier", where="turn 1"),
    "quote of a source": verdict("done", "Corva", where="source offer.txt"),
    "another turn's words": verdict("done", "I compared the prices.", where="result"),
    "a turn to come": verdict("done", "Corva", where="turn 99"),
    "unmet": verdict("done", state="unmet"),
    "no word on the criterion": json.dumps({"criteria": [], "decision": "done", "summary": ""}),
    "another criterion": DONE.replace('"c1"', '"c7"'),
}


@pytest.mark.parametrize("answer", FALSE.values(), ids=FALSE.keys())
async def test_fabricated_evidence_is_never_done(tmp_path: Path, answer: str) -> None:
    """A judge that always says done, without evidence that holds, does not end the run as done."""
    replies = [
        reply("user", f"Do the part with the number {n} of it now.") + reply("assistant", f"{WORK}\n{n}")
        for n in range(2)
    ]
    sources = [Source("offer.txt", "Corva 10, Arno 12")]
    run = await play(
        tmp_path, *replies, reply("judge", answer, repeat=2), sources=sources, limits={"turns": 4}
    )
    assert run.ending.outcome == "limit"
    assert run.ending.unmet == ("c1",)
    assert len(run.of(ev.VerdictOverruled)) == 2


async def test_done_needs_a_result(tmp_path: Path) -> None:
    """Work that was only talked of is no result, whatever the judge quotes from it."""
    talk = reply("assistant", "Corva is the cheapest supplier.")
    answer = verdict("done", "Corva is the cheapest", where="turn 2")
    run = await play(tmp_path, reply("user", ASK), talk, reply("judge", answer), limits={"turns": 2})
    assert (run.ending.outcome, run.ending.result) == ("limit", None)
    assert run.of(ev.VerdictOverruled)[0].reasons == ["Nothing has been delivered as the result yet."]


async def test_unreadable_judge_is_asked_again(tmp_path: Path) -> None:
    """A judge whose answer cannot be read is asked again, and told why."""
    run = await play(tmp_path, EXCHANGE, reply("judge", "Well done!"), reply("judge", DONE))
    assert run.ending.outcome == "done"
    again = run.asked("judge")[1]["messages"]
    assert [message["role"] for message in again[-2:]] == ["assistant", "user"]
    assert again[-2]["content"] == "Well done!"
    assert "no JSON object was found" in again[-1]["content"]


async def test_unreadable_judge_counts_as_not_done(tmp_path: Path) -> None:
    """After two more tries the verdict counts as not done, and the talk goes on."""
    bad = reply("judge", "All criteria are met: done!", repeat=3)
    run = await play(tmp_path, EXCHANGE, bad, limits={"turns": 2})
    assert run.ending.outcome == "limit"
    assert len(run.asked("judge")) == 3
    (given,) = run.of(ev.VerdictGiven)
    assert (given.decision, given.parsed, given.criteria[0].state) == ("continue", False, "unknown")
    assert "could not be read" in given.summary


async def test_impossible_needs_two_verdicts(tmp_path: Path) -> None:
    """One verdict of impossible is told to the user agent; the second in a row ends the run."""
    answer = verdict("impossible")
    more = reply("user", "Try the second offer instead of the first.") + reply("assistant", WORK + " Again.")
    run = await play(tmp_path, EXCHANGE, more, reply("judge", answer, repeat=2))
    assert run.ending.outcome == "impossible"
    assert len(run.of(ev.VerdictGiven)) == 2
    assert "thinks that the goal cannot be reached" in run.asked("user")[1]["messages"][-1]["content"]


async def test_impossible_is_forgotten(tmp_path: Path) -> None:
    """A verdict of impossible that the next one takes back does not count later."""
    replies = [
        reply("user", f"Look at offer {n} of them.") + reply("assistant", f"{WORK} {n}") for n in range(3)
    ]
    judged = [verdict("impossible"), NOT_DONE, verdict("impossible")]
    run = await play(tmp_path, *replies, *(reply("judge", one) for one in judged), limits={"turns": 6})
    assert run.ending.outcome == "limit"


async def test_stalled(tmp_path: Path) -> None:
    """A talk without progress climbs from a nudge over a re-plan to the end of the run."""
    replies = reply("user", ASK, repeat=4), reply("assistant", "I will do it at once.", repeat=4)
    run = await play(tmp_path, *replies, reply("judge", NOT_DONE, repeat=4))
    assert run.ending.outcome == "stalled"
    assert "no progress" in run.ending.reason
    rungs = list(dict.fromkeys(event.rung for event in run.of(ev.GuardRaised)))
    assert rungs == ["nudge", "replan", "stalled"]
    assert len(run.of(ev.VerdictGiven)) == 3
    nudged, replanned = (body["messages"][-1]["content"] for body in run.asked("assistant")[1:])
    assert "promises work" in nudged
    assert "the run ends" in replanned
    assert "Drop the present approach" in run.asked("user")[2]["messages"][-1]["content"]


async def test_progress_leads_down_the_ladder(tmp_path: Path) -> None:
    """An exchange that goes well leads back to the foot of the ladder."""
    promise, good = "I will do it at once.", "There are three suppliers in the offer: Corva, Arno and Belt."
    said = [promise, promise, good, promise, WORK]
    asks = ["Do part one.", "Do it.", "Which are there?", "Part two.", "Deliver."]
    replies = [reply("user", ask) + reply("assistant", text) for ask, text in zip(asks, said, strict=True)]
    run = await play(tmp_path, *replies, reply("judge", NOT_DONE, repeat=4), reply("judge", DONE))
    assert run.ending.outcome == "done"
    assert [event.rung for event in run.of(ev.GuardRaised)] == ["nudge", "replan", "nudge"]


async def test_done_comes_before_stalled(tmp_path: Path) -> None:
    """Work that is done has not stalled, though a guard was raised."""
    replies = reply("user", ASK, repeat=2), reply("assistant", "I will do it.", repeat=2)
    last = reply("user", ASK) + reply("assistant", WORK)
    run = await play(tmp_path, *replies, last, reply("judge", NOT_DONE, repeat=2), reply("judge", DONE))
    assert run.ending.outcome == "done"


async def test_unfounded_claim(tmp_path: Path) -> None:
    """A user agent that claims the goal without basis needs no answer, and raises a guard."""
    run = await play(
        tmp_path,
        reply("user", CLAIM),
        reply("judge", NOT_DONE),
        EXCHANGE,
        reply("judge", DONE),
    )
    assert run.ending.outcome == "done"
    assert [(event.guard, event.role) for event in run.of(ev.GuardRaised)] == [("unfounded claim", "user")]
    assert [turn.claim for turn in run.of(ev.TurnCompleted)] == ["done", None, None]
    assert len(run.asked("assistant")) == 1


async def test_founded_claim_ends(tmp_path: Path) -> None:
    """A claim that the judge bears out ends the run, without a further answer."""
    run = await play(tmp_path, EXCHANGE, reply("judge", NOT_DONE), reply("user", CLAIM), reply("judge", DONE))
    assert run.ending.outcome == "done"
    assert run.of(ev.GuardRaised) == []
    assert len(run.asked("assistant")) == 1


async def test_tools_that_were_not_offered(tmp_path: Path) -> None:
    """A model that calls a tool is told that there is none, at most twice, then its text counts."""
    scripted = '[[reply]]\nmodel = "assistant"\ntool_calls = [{name = "shell", id = "t1"}]\n'
    run = await play(tmp_path, reply("user", ASK), scripted, reply("assistant", WORK), reply("judge", DONE))
    assert run.ending.outcome == "done"
    (finished,) = run.of(ev.ToolFinished)
    assert (finished.ok, finished.name, finished.call) == (False, "shell", "t1")
    messages = run.asked("assistant")[1]["messages"]
    assert [message["role"] for message in messages[-2:]] == ["assistant", "tool"]
    assert messages[-1]["tool_call_id"] == messages[-2]["tool_calls"][0]["id"]
    assert "No tools are available" in messages[-1]["content"]


async def test_tools_for_ever(tmp_path: Path) -> None:
    """A model that calls tools for ever has said nothing in its turn, and is not asked a fourth time."""
    scripted = '[[reply]]\nmodel = "assistant"\ntool_calls = [{name = "shell"}]\nrepeat = 9\n'
    run = await play(tmp_path, reply("user", ASK), scripted, reply("judge", NOT_DONE), limits={"turns": 2})
    assert run.ending.outcome == "limit"
    assert len(run.asked("assistant")) == 3
    assert [event.guard for event in run.of(ev.GuardRaised)] == ["empty turn"]


async def test_checks_decide(tmp_path: Path) -> None:
    """A check that fails overrules the judge, runs again on a new result, and is told as a fact."""
    more = reply("user", "Make it one word only, please.") + reply("assistant", "<result>\nCorva\n</result>")
    judged = reply("judge", DONE) + reply("judge", verdict("done", "Corva"))
    run = await play(tmp_path, EXCHANGE, more, judged, checks=["max_words:2"])
    assert run.ending.outcome == "done"
    assert [(c.criterion, c.passed) for c in run.of(ev.CheckFinished)] == [("c2", False), ("c2", True)]
    assert len(run.of(ev.VerdictOverruled)) == 1
    first, second = (body["messages"][-1]["content"] for body in run.asked("judge"))
    assert "Check c2: failed." in first
    assert "Check c2: passed." in second


async def test_check_is_not_run_twice_on_one_result(tmp_path: Path) -> None:
    """A result that stays the same is not checked again, and a missing one fails the check."""
    early = reply("user", "Which suppliers are there?") + reply(
        "assistant", "Corva, Arno and Belt are there."
    )
    judged = reply("judge", NOT_DONE, repeat=2) + reply("judge", DONE)
    run = await play(tmp_path, early, EXCHANGE, reply("user", CLAIM), judged, checks=["contains:Corva"])
    assert run.ending.outcome == "done"
    assert [(c.passed, c.turn) for c in run.of(ev.CheckFinished)] == [(False, 2), (True, 4)]


async def test_judge_sees_turns_as_data(tmp_path: Path) -> None:
    """The judge is shown turns between delimiters with a random mark, which the run's seed decides."""
    run = await play(tmp_path, EXCHANGE, reply("judge", DONE))
    shown = run.asked("judge")[0]["messages"][-1]["content"]
    mark = shown.split("The mark is ")[1][:6]
    assert f'<turn-{mark} number="2" role="assistant">\n{WORK}\n</turn-{mark}>' in shown
    (tmp_path / "again").mkdir()
    again = await play(tmp_path / "again", EXCHANGE, reply("judge", DONE))
    assert again.asked("judge")[0]["messages"][-1]["content"] == shown


async def test_derived_criteria(tmp_path: Path) -> None:
    """Criteria that a model reads out of the goal stand beside those given, five of them at most."""
    texts = ["The cheapest supplier is named.", " ", "x" * 500, *(f"Point {n} is made." for n in range(9))]
    derived = reply("judge", json.dumps({"criteria": texts}))
    run = await play(tmp_path, derived, EXCHANGE, reply("judge", NOT_DONE), derive=True, limits={"turns": 2})
    (agreed,) = run.of(ev.CriteriaSet)
    assert [(c.id, c.origin) for c in agreed.criteria][:2] == [("c1", "option"), ("c2", "goal")]
    assert len([c for c in agreed.criteria if c.origin == "goal"]) <= 5
    assert run.of(ev.CompletionReceived)[0].purpose == "criteria"


async def test_no_criteria_can_be_derived(tmp_path: Path) -> None:
    """Where the model's list cannot be read twice, the run goes on with what was given, or the default."""
    replies = reply("judge", "Hm.", repeat=2), EXCHANGE, reply("judge", DONE)
    run = await play(tmp_path, *replies, derive=True, criteria=())
    assert run.ending.outcome == "done"
    (agreed,) = run.of(ev.CriteriaSet)
    assert [c.origin for c in agreed.criteria] == ["default"]
    assert "not the JSON object" in run.asked("judge")[1]["messages"][-1]["content"]
