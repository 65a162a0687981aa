"""Going on with a run that was cut off after any of its events is the same as not having been cut off."""

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from scripted_run import DONE, NOT_DONE, Outcome, make_assignment, play
from test_resume_scenarios import SAMPLES, Sample, exchanges, judged

from duologue.cli.going_on import stand_in
from duologue.conversation.assignment import Assignment
from duologue.conversation.host import Host
from duologue.conversation.recall import header_of, recall_assignment
from duologue.conversation.resume import resume
from duologue.conversation.run import Ending
from duologue.conversation.state import State
from duologue.endpoint.scripted import ScriptedTransport
from duologue.errors import UserError
from duologue.record import events as ev
from duologue.record.log import LOG_NAME, LogWriter
from duologue.record.reader import read_strict


@dataclass(frozen=True)
class Resumed:
    """What became of a run that was gone on with: its ending, its whole log, what the endpoint was asked."""

    ending: Ending
    events: list[ev.Event]
    seen: list[dict[str, Any]]


async def go_on(run: Path, scenario: Path, assignment: Assignment) -> Resumed:
    """Go on with the saved run, with the settings of the assignment and all else from its log."""
    log, records = LogWriter.reopen(run)
    with log:
        recalled = recall_assignment(header_of(records), run, assignment.settings)
        transport = stand_in(scenario, recalled.settings, records)
        assert isinstance(transport, ScriptedTransport)
        ending = await resume(log, records, recalled, Host(transport=transport))
    events = [record.event for record in read_strict(run / LOG_NAME)]
    return Resumed(ending, events, transport.seen)


def cut_copy(run: Path, lines: int, folder: Path) -> bytes:
    """A copy of the run's folder whose log breaks off after so many lines; returns what is left of it."""
    shutil.copytree(run, folder)
    left = b"".join((run / LOG_NAME).read_bytes().splitlines(keepends=True)[:lines])
    (folder / LOG_NAME).write_bytes(left)
    return left


def types_after(types: Sequence[str], cut: int) -> list[str]:
    """The types of the events that follow a cut: a turn that was in progress begins anew, and nothing else
    is said twice."""
    begun = max((number for number in range(cut) if types[number] == "turn.started"), default=cut)
    again = [] if "turn.completed" in types[begun:cut] else types[begun:cut]
    return [
        "run.resumed",
        *(t for t in again if t in ("turn.started", "tool.finished", "plan.changed")),
        *types[cut:],
    ]


def verdicts(events: Sequence[ev.Event]) -> list[Any]:
    """What the judge said in all, without the places of its answers in the log."""
    places: Any = {"completion": True, "votes": {"__all__": {"completion"}}, "appeal": {"completion"}}
    return [e.model_dump(exclude=places) for e in events if isinstance(e, ev.VerdictGiven)]


def answered(events: Sequence[ev.Event]) -> int:
    """How many requests these events tell of."""
    return sum(isinstance(event, ev.CompletionReceived | ev.AttemptFailed) for event in events)


def assert_same(whole: Outcome, cut: int, resumed: Resumed) -> None:
    """The resumed run's end is the undisturbed one's, and so is all that was sent and said on the way."""
    types = [event.type for event in whole.events]
    assert [event.type for event in resumed.events[cut:]] == types_after(types, cut)
    sent = whole.seen[answered(whole.events[:cut]) :]
    assert [json.dumps(body) for body in resumed.seen] == [json.dumps(body) for body in sent]
    assert verdicts(resumed.events) == verdicts(whole.events)
    ours, theirs = resumed.ending, whole.ending
    assert (ours.outcome, ours.reason, ours.result, ours.unmet) == (
        theirs.outcome,
        theirs.reason,
        theirs.result,
        theirs.unmet,
    )
    closing, closed = resumed.events[-1], whole.events[-1]
    assert isinstance(closing, ev.RunEnded)
    assert isinstance(closed, ev.RunEnded)
    assert closing.spent.model_copy(update={"seconds": closed.spent.seconds}) == closed.spent


@pytest.mark.parametrize("name", SAMPLES)
async def test_cut_off_after_any_event(name: str, tmp_path: Path) -> None:
    """Wherever the log breaks off, the resumed run sends the requests of the undisturbed run that were not
    answered yet, byte for byte, logs the same kinds of events, and ends with the same result and spending."""
    sample = SAMPLES[name]
    whole = await sample.play(tmp_path)
    for cut in range(1, len(whole.events)):
        folder = tmp_path / f"cut-{cut}"
        left = cut_copy(whole.log.parent, cut, folder)
        resumed = await go_on(folder, tmp_path / "scenario.toml", sample.assignment)
        assert (folder / LOG_NAME).read_bytes().startswith(left)
        assert_same(whole, cut, resumed)


@pytest.mark.parametrize("name", SAMPLES)
async def test_the_log_alone_tells_what_was_asked(name: str, tmp_path: Path) -> None:
    """At each completion the state that is folded from the log holds the talk that was sent for it, which the
    endpoint's count of tokens is then set against."""
    sample = SAMPLES[name]
    whole = await sample.play(tmp_path)
    state, sent = State(sample.assignment, lambda: 0.0), iter(whole.seen)
    for record in read_strict(whole.log):
        state.apply(record)
        event = record.event
        if isinstance(event, ev.CompletionReceived | ev.AttemptFailed):
            asked = next(sent)["messages"]
        if isinstance(event, ev.CompletionReceived) and event.purpose in ("turn", "verdict"):
            held = [json.loads(message.encoded) for message in state.talks[event.role].messages()]
            *before, last = asked[: len(held)]
            assert held[:-1] == before
            # A further vote is asked for at the end of the last message.
            assert last["content"].startswith(held[-1]["content"])


LONG = Sample((*exchanges(32), *judged(*[NOT_DONE] * 31, DONE)), {}, {"limits": {"turns": 70}})


async def test_cut_off_where_the_judge_begins_anew(tmp_path: Path) -> None:
    """A judge whose talk begins anew after many verdicts is asked the same, cut off around that or not."""
    whole = await LONG.play(tmp_path)
    types = [event.type for event in whole.events]
    at = types.index("context.compacted")
    for cut in range(at - 3, at + 12):
        cut_copy(whole.log.parent, cut, tmp_path / f"cut-{cut}")
        resumed = await go_on(tmp_path / f"cut-{cut}", tmp_path / "scenario.toml", LONG.assignment)
        assert_same(whole, cut, resumed)


@pytest.mark.parametrize("name", ["derived criteria", "tools refused", "claims", "compacted", "overruled"])
async def test_cut_off_again_and_again(name: str, tmp_path: Path) -> None:
    """A run that breaks off after each few events that it adds still ends as the undisturbed one."""
    sample = SAMPLES[name]
    whole = await sample.play(tmp_path)
    scenario, folder, cut = tmp_path / "scenario.toml", tmp_path / "broken", 1
    cut_copy(whole.log.parent, cut, folder)
    asked: list[dict[str, Any]] = []
    while True:
        resumed = await go_on(folder, scenario, sample.assignment)
        left = resumed.events[: cut + 9]
        asked += resumed.seen[: answered(left) - answered(left[:cut])]
        if len(left) == len(resumed.events):
            break
        cut = len(left)
        lines = (folder / LOG_NAME).read_bytes().splitlines(keepends=True)[:cut]
        (folder / LOG_NAME).write_bytes(b"".join(lines))
    assert [json.dumps(body) for body in asked] == [json.dumps(body) for body in whole.seen]
    assert (resumed.ending.outcome, resumed.ending.result) == (whole.ending.outcome, whole.ending.result)
    assert verdicts(resumed.events) == verdicts(whole.events)


@pytest.mark.parametrize("name", ["plain", "stalled", "impossible"])
async def test_a_run_that_came_to_its_end_is_not_gone_on_with(name: str, tmp_path: Path) -> None:
    """A run that is done, impossible or stalled is refused with a pointer to `fork`, and not written to."""
    sample = SAMPLES[name]
    whole = await sample.play(tmp_path)
    before = whole.log.read_bytes()
    with pytest.raises(UserError, match="has come to its end") as refused:
        await go_on(whole.log.parent, tmp_path / "scenario.toml", sample.assignment)
    assert f"duologue fork {whole.log.parent} --at" in str(refused.value.hint)
    assert whole.log.read_bytes() == before


@pytest.mark.parametrize("name", ["turns spent", "tokens spent"])
async def test_a_limit_that_is_still_reached_is_refused(name: str, tmp_path: Path) -> None:
    """A run that ended at a limit goes on only with a higher one, and is not written to before."""
    sample = SAMPLES[name]
    whole = await sample.play(tmp_path)
    before = whole.log.read_bytes()
    with pytest.raises(UserError, match="is reached") as refused:
        await go_on(whole.log.parent, tmp_path / "scenario.toml", sample.assignment)
    assert "--max-" in str(refused.value.hint)
    assert whole.log.read_bytes() == before


async def test_a_raised_limit_is_gone_on_to(tmp_path: Path) -> None:
    """A run that ended at a limit goes on from there with a higher one, and warns of that one anew."""
    replies = (*exchanges(5), *judged(*[NOT_DONE] * 4, DONE))
    sample = Sample(replies, {}, {"limits": {"turns": 5}})
    whole = await play(tmp_path, *replies, assignment=make_assignment(limits={"turns": 20}))
    folder = tmp_path / "limited"
    folder.mkdir()
    limited = await sample.play(folder)
    assert limited.ending.outcome == "limit"
    raised = make_assignment(limits={"turns": 10})
    resumed = await go_on(limited.log.parent, folder / "scenario.toml", raised)
    assert (resumed.ending.outcome, resumed.ending.result) == ("done", whole.ending.result)
    assert limited.seen + resumed.seen == whole.seen
    warned = [(event.spent, event.of) for event in resumed.events if isinstance(event, ev.BudgetWarned)]
    assert warned == [(4, 5), (8, 10)]


async def test_a_verdict_that_is_due_needs_no_turn(tmp_path: Path) -> None:
    """A run that ended on tokens while its judge was asked goes on with more, though its turns are spent."""
    replies = (*exchanges(1), *judged("Hm.", DONE))
    tight = Sample(replies, {}, {"limits": {"turns": 2, "tokens": 2_500}})
    limited = await tight.play(tmp_path)
    assert (limited.ending.outcome, len(limited.asked("judge"))) == ("limit", 1)
    more = make_assignment(limits={"turns": 2, "tokens": 30_000})
    resumed = await go_on(limited.log.parent, tmp_path / "scenario.toml", more)
    assert resumed.ending.outcome == "done"
    assert Counter(body["model"] for body in resumed.seen) == {"judge": 1}


async def test_the_pairs_criteria_are_those_of_then(tmp_path: Path) -> None:
    """A run that was cut off before its criteria has those of the pair as it was then, whatever it is now."""
    then = replace(make_assignment(criteria=()), pair=replace(make_assignment().pair, criteria=("As then.",)))
    whole = await play(tmp_path, *exchanges(1), *judged(DONE), assignment=then)
    cut_copy(whole.log.parent, 1, tmp_path / "cut")
    resumed = await go_on(tmp_path / "cut", tmp_path / "scenario.toml", make_assignment())
    (told,) = (event for event in resumed.events if isinstance(event, ev.CriteriaSet))
    assert [criterion.text for criterion in told.criteria] == ["As then."]


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_unknown_fields_of_a_tool_call_are_sent_again(tmp_path: Path, elsewhere: bool) -> None:
    """What a server puts beside a tool call and its message, such as a signature, goes back to it after the
    run was cut; one that answers in its place from then on is not told of it."""
    sample = SAMPLES["tools refused"]
    whole = await sample.play(tmp_path)
    run = tmp_path / "signed"
    (run).mkdir()
    with LogWriter.create(run / "run") as log:
        for record in read_strict(whole.log)[:4]:
            event = record.event
            if isinstance(event, ev.CompletionReceived):
                signed = [call.model_copy(update={"extra_content": "s1"}) for call in event.tool_calls]
                event = event.model_copy(update={"tool_calls": signed, "extra": {"thought": "s2"}})
            if isinstance(event, ev.RunStarted) and elsewhere:
                for role in event.settings["roles"].values():
                    role["base_url"] = "http://elsewhere.invalid/v1"
            log.append(event)
    resumed = await go_on(run / "run", tmp_path / "scenario.toml", sample.assignment)
    assert resumed.ending.outcome == "done"
    (called,) = [m for m in resumed.seen[0]["messages"] if m.get("tool_calls")]
    found = [called.get("thought"), *(call.get("extra_content") for call in called["tool_calls"])]
    assert found == ([None] * 3 if elsewhere else ["s2", "s1", "s1"])
