"""A fork shares its parent's events up to a turn, leaves the parent alone, and then goes another way."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from scripted_run import DONE, NOT_DONE, Outcome, make_assignment, play, verdict
from test_resume import go_on
from test_resume_scenarios import SAMPLES, exchanges, judged

from duologue.cli.going_on import stand_in
from duologue.conversation.assignment import Assignment
from duologue.conversation.fork import Fork, fork, shared
from duologue.conversation.host import Host
from duologue.conversation.recall import header_of, recall_assignment
from duologue.conversation.resume import resume
from duologue.conversation.run import Ending
from duologue.endpoint.scripted import ScriptedTransport
from duologue.errors import UserError
from duologue.record import events as ev
from duologue.record.log import LOG_NAME, LogWriter
from duologue.record.parts import Parent
from duologue.record.reader import read_strict
from duologue.settings import Settings

REPLIES = (*exchanges(4), *judged(NOT_DONE, NOT_DONE, NOT_DONE, DONE))


@dataclass(frozen=True)
class Forked:
    """What became of a fork: its ending, its log and what the endpoint was asked."""

    ending: Ending
    run: Path
    seen: list[dict[str, Any]]

    @property
    def records(self) -> list[ev.Record]:
        """All events of the fork, as they stand in an undamaged log."""
        return read_strict(self.run / LOG_NAME)


async def fork_off(parent: Path, change: Fork, scenario: Path, name: str = "forked", **more: Any) -> Forked:
    """Fork the saved run, with the rest of the scenario in place of a model."""
    records = read_strict(parent / LOG_NAME)
    assignment = recalled(parent, records, **more)
    transport = stand_in(scenario, assignment.settings, shared(records, change.at))
    assert isinstance(transport, ScriptedTransport)
    run = parent.parent / name
    ending = await fork(parent, records, run, assignment, change, Host(transport=transport))
    return Forked(ending, run, transport.seen)


def recalled(
    run: Path, records: list[ev.Record], settings: Settings | None = None, **prompts: str
) -> Assignment:
    """The run's assignment from its log, with other prompts for the roles that are named."""
    found = recall_assignment(header_of(records), run, SAMPLES["plain"].assignment.settings)
    found = replace(found, settings=settings or found.settings)
    return replace(found, pair=replace(found.pair, prompts={**found.pair.prompts, **prompts}))


@pytest.fixture
async def parent(tmp_path: Path) -> Outcome:
    """A run of four exchanges that is done."""
    return await play(tmp_path, *REPLIES)


def contents(run: Path) -> dict[str, bytes]:
    """All that is in the run's folder."""
    return {str(file.relative_to(run)): file.read_bytes() for file in run.rglob("*") if file.is_file()}


@pytest.mark.parametrize("at", range(9))
async def test_a_fork_shares_what_was_before(at: int, parent: Outcome, tmp_path: Path) -> None:
    """The fork's events up to the turn are the parent's, its header names parent, turn, place and sum, and
    without a change it asks what the parent asked and ends as it did. The parent's bytes stay."""
    before = contents(parent.log.parent)
    forked = await fork_off(parent.log.parent, Fork(at), tmp_path / "scenario.toml")
    assert contents(parent.log.parent) == before
    common = shared(read_strict(parent.log), at)
    theirs = [(r.seq, r.at, r.mono, r.event) for r in common[1:]]
    assert [(r.seq, r.at, r.mono, r.event) for r in forked.records[1 : len(common)]] == theirs
    header = forked.records[0].event
    assert isinstance(header, ev.RunStarted)
    last = common[-1]
    assert header.parent == Parent(run="run", turn=at, seq=last.seq, sum=last.sum)
    assert header.run == "forked"
    assert forked.seen == parent.seen[-len(forked.seen) :]
    assert (forked.ending.outcome, forked.ending.result) == ("done", parent.ending.result)
    assert forked.records[-1].mono >= forked.records[len(common)].mono >= last.mono


@pytest.mark.parametrize("at", [9, 99])
async def test_a_turn_that_is_not_there(at: int, parent: Outcome) -> None:
    """A turn that the parent never completed cannot be forked from; the refusal tells which can."""
    with pytest.raises(UserError, match=f"no completed turn {at}") as refused:
        shared(read_strict(parent.log), at)
    assert str(refused.value.hint) == "It has the turns 0 to 8."


async def test_an_added_criterion_is_judged(parent: Outcome, tmp_path: Path) -> None:
    """A criterion that a fork adds is told to the user agent and the judge, which has to give its word."""
    forked = await fork_off(parent.log.parent, Fork(6, ("It rhymes.",)), tmp_path / "scenario.toml")
    assert forked.ending.outcome == "failed"  # the scenario has no answer to the verdict that is overruled
    added = [r.event.criteria for r in forked.records if isinstance(r.event, ev.CriteriaSet)][-1]
    assert [(c.id, c.text, c.origin) for c in added][1:] == [("c2", "It rhymes.", "option")]
    assert [body["model"] for body in forked.seen] == ["judge", "user", "assistant", "judge", "user"]
    for body in forked.seen:
        assert ("c2. It rhymes." in body["messages"][0]["content"]) == (body["model"] != "assistant")
        assert ('"enum": ["c1", "c2"]' in json.dumps(body)) == (body["model"] == "judge")
    (overruled,) = [r.event for r in forked.records if isinstance(r.event, ev.VerdictOverruled)]
    assert overruled.reasons[0].startswith("c2: ")


@pytest.mark.parametrize("to", ["user", "assistant"])
async def test_a_message_is_heard_once(to: Any, parent: Outcome, tmp_path: Path) -> None:
    """What the person says at a fork is heard by the role that is named, once, and by no other."""
    change = Fork(4, say="Mind the tax.", to=to)
    forked = await fork_off(parent.log.parent, change, tmp_path / "scenario.toml")
    assert forked.ending.outcome == "done"
    heard = {body["model"]: json.dumps(body["messages"]).count("Mind the tax.") for body in forked.seen}
    assert heard == {"user": int(to == "user"), "assistant": int(to == "assistant"), "judge": 0}
    first = next(body for body in forked.seen if body["model"] == to)
    assert "The person says: Mind the tax." in first["messages"][-1]["content"]


async def test_another_prompt_is_used_and_recorded(parent: Outcome, tmp_path: Path) -> None:
    """Another prompt for a role is sent from the fork on, and stands in the fork's header."""
    forked = await fork_off(
        parent.log.parent, Fork(4), tmp_path / "scenario.toml", assistant="You write in verse. {{goal}}"
    )
    header = forked.records[0].event
    assert isinstance(header, ev.RunStarted)
    assert header.pair.prompts["assistant"].startswith("You write in verse.")
    systems = [body["messages"][0]["content"] for body in forked.seen if body["model"] == "assistant"]
    assert len(systems) == 2
    assert all(text.startswith("You write in verse.") for text in systems)


async def test_a_fork_of_a_fork(parent: Outcome, tmp_path: Path) -> None:
    """A fork can be forked: it keeps what was said at the first fork, and names that one as its parent."""
    scenario = tmp_path / "scenario.toml"
    first = await fork_off(parent.log.parent, Fork(2, say="Mind the tax."), scenario, "first")
    second = await fork_off(first.run, Fork(6, say="Mind the post.", to="assistant"), scenario, "second")
    header = second.records[0].event
    assert isinstance(header, ev.RunStarted)
    assert header.parent is not None
    assert (header.parent.run, header.parent.turn) == ("first", 6)
    asked = json.dumps([body["messages"] for body in second.seen if body["model"] == "user"][-1])
    assert (asked.count("Mind the tax."), asked.count("Mind the post.")) == (1, 0)
    assert second.ending.outcome == "done"


async def test_a_fork_can_be_gone_on_with(parent: Outcome, tmp_path: Path) -> None:
    """A fork that breaks off after any of its own events goes on like any other run, with all its changes."""
    scenario, change = tmp_path / "scenario.toml", Fork(4, say="Mind the tax.")
    whole = await fork_off(parent.log.parent, change, scenario)
    lines = (whole.run / LOG_NAME).read_bytes().splitlines(keepends=True)
    begun = len(shared(read_strict(parent.log), 4)) + 2
    for cut in range(begun, len(lines)):
        folder = tmp_path / f"cut-{cut}"
        shutil.copytree(whole.run, folder)
        (folder / LOG_NAME).write_bytes(b"".join(lines[:cut]))
        log, records = LogWriter.reopen(folder)
        with log:
            assignment = recalled(folder, records)
            transport = stand_in(scenario, assignment.settings, records)
            assert isinstance(transport, ScriptedTransport)
            ending = await resume(log, records, assignment, Host(transport=transport))
        assert (ending.outcome, ending.result) == (whole.ending.outcome, whole.ending.result)
        assert transport.seen == whole.seen[len(whole.seen) - len(transport.seen) :]


async def test_a_fork_from_before_the_criteria(tmp_path: Path) -> None:
    """A run that broke off before its criteria were agreed on can be forked with a further one and a message,
    and the model's list, which was paid for, is not asked for again."""
    sample = SAMPLES["derived criteria"]
    whole = await sample.play(tmp_path)
    early = tmp_path / "early"
    shutil.copytree(whole.log.parent, early)
    lines = whole.log.read_bytes().splitlines(keepends=True)
    (early / LOG_NAME).write_bytes(b"".join(lines[:3]))
    change = Fork(0, ("It rhymes.",), "Mind the tax.")
    forked = await fork_off(early, change, tmp_path / "scenario.toml")
    agreed = next(r.event for r in forked.records if isinstance(r.event, ev.CriteriaSet))
    assert [c.text for c in agreed.criteria] == [
        "The cheapest supplier is named.",
        "It rhymes.",
        "The price is named.",
        "One sentence.",
    ]
    assert forked.seen[0]["model"] == "user"
    assert json.dumps(forked.seen[0]).count("Mind the tax.") == 1


async def test_a_quote_from_before_the_fork_counts(parent: Outcome, tmp_path: Path) -> None:
    """The judge of a fork may quote what was said in the turns that it shares with its parent."""
    scenario = tmp_path / "other.toml"
    answer = verdict("done", "Corva is the cheapest supplier of", where="turn 2")
    scenario.write_text("".join((*exchanges(4), *judged(NOT_DONE, answer))), "utf-8")
    forked = await fork_off(parent.log.parent, Fork(3), scenario)
    assert forked.ending.outcome == "done"


async def test_a_fork_keeps_to_its_own_limits(tmp_path: Path) -> None:
    """What its parent's limits became later does not hold in the fork."""
    scenario = tmp_path / "scenario.toml"
    never = (*exchanges(4), *judged(*[NOT_DONE] * 4))
    parent = (await play(tmp_path, *never, assignment=make_assignment(limits={"turns": 2}))).log.parent
    await go_on(parent, scenario, make_assignment(limits={"turns": 8}))
    forked = await fork_off(parent, Fork(4), scenario, settings=make_assignment(limits={"turns": 6}).settings)
    assert forked.ending.outcome == "limit"
    assert [r.event.turn for r in forked.records if isinstance(r.event, ev.TurnCompleted)][-1] == 6
