"""Steering: what the person tells a run under way becomes an event, and takes effect between two calls."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from scripted_run import ASK, DONE, NOT_DONE, WORK, Outcome, make_assignment, play, reply
from test_resume import cut_copy, go_on

from duologue.conversation.host import Host
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.launch import launch
from duologue.conversation.recall import recall_limits
from duologue.conversation.state import State
from duologue.endpoint.scenario import load_scenario
from duologue.endpoint.scripted import ScriptedTransport
from duologue.record import events as ev
from duologue.record.control import (
    CONTROL_NAME,
    AddCriterion,
    Command,
    Pause,
    RaiseLimit,
    Resume,
    Say,
    Stop,
    send,
)
from duologue.record.log import LogWriter
from duologue.record.parts import LimitsRecord, PairRecord, Parent
from duologue.record.reader import read_strict


class Steered(httpx.AsyncBaseTransport):
    """An endpoint during whose calls, counted from 0, the person tells the run something."""

    def __init__(self, folder: Path, told: Mapping[int, list[Command]]) -> None:
        self.behind = ScriptedTransport(load_scenario(folder / "scenario.toml"))
        self._run = folder / "run"
        self._told = dict(told)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            for command in self._told.pop(len(self.behind.seen), []):
                send(self._run, command)
        return await self.behind.handle_async_request(request)


async def steer(
    folder: Path, told: Mapping[int, list[Command]], *replies: str, **settings: object
) -> Outcome:
    """A run with these replies, of which call n is steered so."""
    (folder / "scenario.toml").write_text("".join(replies), "utf-8")
    steered = Steered(folder, told)
    run = await play(folder, *replies, transport=steered, **settings)
    run.seen.extend(steered.behind.seen)
    return run


JUDGED = (reply("judge", NOT_DONE), reply("judge", DONE))
TWICE = (
    reply("user", ASK) + reply("assistant", WORK),
    reply("user", "Once more, with the sum.") + reply("assistant", WORK.replace("prices", "sums")),
)


async def test_a_word_to_either_agent(tmp_path: Path) -> None:
    """It is heard before the agent's next turn, marked as the person's, and not by the other one."""
    told = {0: [Say(text="Mind the fees.", to="assistant")], 1: [Say(text="In euros, please.")]}
    run = await steer(tmp_path, told, *TWICE, reply("judge", NOT_DONE), reply("judge", DONE))
    assert run.ending.outcome == "done"
    assert [(c.command, c.to, c.text, c.line) for c in run.of(ev.ControlReceived)] == [
        ("say", "assistant", "Mind the fees.", 1),
        ("say", "user", "In euros, please.", 2),
    ]
    assert "The person says: Mind the fees." in run.asked("assistant")[0]["messages"][-1]["content"]
    assert "The person says: In euros, please." in run.asked("user")[1]["messages"][-1]["content"]
    assert "fees" not in str(run.asked("user"))
    assert "euros, please" not in str(run.asked("assistant"))


async def test_a_criterion_is_added(tmp_path: Path) -> None:
    """All roles work with it from there on, under an id that no other had, and it has to be met."""
    told = {2: [AddCriterion(text="The sum is named."), AddCriterion(text="the  SUM is named.")]}
    last = reply("user", "Name the sum.") + reply(
        "assistant", WORK.replace("supplier.", "supplier: 17 euros.")
    )
    word = {"id": "c2", "state": "met", "evidence": [{"where": "result", "quote": "17 euros"}]}
    both = json.loads(DONE)
    both["criteria"].append(word)
    judged = reply("judge", NOT_DONE) + reply("judge", json.dumps(both))
    run = await steer(tmp_path, told, TWICE[0], last, judged)
    assert [[c.id for c in each.criteria] for each in run.of(ev.CriteriaSet)] == [["c1"], ["c1", "c2"]]
    assert run.of(ev.CriteriaSet)[1].criteria[1].origin == "person"
    assert "c2. The sum is named." in run.asked("user")[1]["messages"][0]["content"]
    assert run.ending.outcome == "done"
    assert [word.id for word in run.of(ev.VerdictGiven)[1].criteria] == ["c1", "c2"]


async def test_a_criterion_that_was_not_judged_yet_is_unmet(tmp_path: Path) -> None:
    """A run that ends before the judge has seen it names it among what is open."""
    told = {3: [AddCriterion(text="The sum is named.")]}
    run = await steer(tmp_path, told, *TWICE, reply("judge", NOT_DONE, repeat=2), limits={"turns": 3})
    assert run.ending.unmet == ("c1", "c2")


async def test_a_limit_is_raised(tmp_path: Path) -> None:
    """A run that would have ended goes on; who resumes it later finds the limit as it was set."""
    told = {1: [RaiseLimit(limit="turns", value=4)]}
    run = await steer(
        tmp_path, told, *TWICE, reply("judge", NOT_DONE), reply("judge", DONE), limits={"turns": 2}
    )
    assert run.ending.outcome == "done"
    assert recall_limits(read_strict(run.log)).max_turns == 4


class Patient(Steered):
    """An endpoint that nobody may ask while the run is paused; the person lets it go on some time later."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {0: [Pause()]})
        self.paused = asyncio.Event()
        self.resumed = False

    def observe(self, record: ev.Record, _line: bytes) -> None:
        if isinstance(record.event, ev.ControlReceived) and record.event.command == "pause":
            self.paused.set()

    async def let_go_on(self) -> None:
        await self.paused.wait()
        await asyncio.sleep(0.3)
        self.resumed = True
        send(self._run, Resume())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert self.resumed or not self.paused.is_set()
        return await super().handle_async_request(request)


async def test_a_pause_costs_nothing(tmp_path: Path) -> None:
    """While a run is paused nothing is begun, the call in flight is finished, and its minutes stand still."""
    (tmp_path / "scenario.toml").write_text("".join([TWICE[0], reply("judge", DONE)]), "utf-8")
    patient = Patient(tmp_path)
    async with asyncio.TaskGroup() as group:
        group.create_task(patient.let_go_on())
        run = await launch(
            make_assignment(limits={"minutes": 60}),
            tmp_path / "run",
            Host(transport=patient, observers=(patient.observe,)),
        )
    assert run.outcome == "done"
    records = read_strict(tmp_path / "run" / "log.jsonl")
    pause, resume = (r for r in records if isinstance(r.event, ev.ControlReceived))
    assert (pause.event.type, resume.seq - pause.seq) == ("control.received", 1)
    state = State(make_assignment(), lambda: records[-1].mono)
    for record in records:
        state.apply(record)
    assert state.budget.idle_s == pytest.approx(resume.mono - pause.mono)
    assert state.budget.idle_s > 0.2


async def test_a_run_that_has_ended_listens_no_more(tmp_path: Path) -> None:
    """What is said to a run after its end stops nobody, though the program goes on."""
    interrupt = Interrupt()
    run = await play(tmp_path, TWICE[0], reply("judge", DONE), interrupt=interrupt)
    with LogWriter.reopen(run.log.parent)[0]:
        send(run.log.parent, Stop())
    await asyncio.sleep(0.4)  # twice as long as a run under way takes to look
    assert (run.ending.outcome, interrupt.by) == ("done", None)


async def test_a_stop_ends_the_call_in_flight(tmp_path: Path) -> None:
    """The run ends at once with what it has, and says who stopped it and with which word."""
    told = {3: [Stop(text="Good enough.")]}
    hanging = reply("user", "Once more.", delay_ms=600_000)
    run = await steer(tmp_path, told, TWICE[0], hanging, reply("judge", NOT_DONE))
    assert run.ending.outcome == "stopped"
    assert run.ending.reason == "Stopped by the person: Good enough."
    assert run.ending.result == "Corva is the cheapest supplier."
    assert run.ending.next == "duologue resume run"
    assert [c.command for c in run.of(ev.ControlReceived)] == ["stop"]
    assert run.of(ev.RunEnded)[0].outcome == "stopped"


@pytest.mark.parametrize("command", [Stop(), Pause()])
async def test_what_was_meant_for_another_process_is_not_done(command: Command, tmp_path: Path) -> None:
    """A run that is resumed is neither stopped nor paused by an old word; a message to an agent stays."""
    run = await play(tmp_path, *TWICE, *JUDGED)
    begun = [event.type for event in run.events].index("verdict.given")
    cut_copy(run.log.parent, begun + 1, tmp_path / "cut")
    told: tuple[Command, ...] = (Say(text="In euros, please."), command)
    lines = "".join(each.model_dump_json(exclude_none=True) + "\n" for each in told)
    (tmp_path / "cut" / CONTROL_NAME).write_text(lines, "utf-8")
    resumed = await go_on(tmp_path / "cut", tmp_path / "scenario.toml", make_assignment())
    assert resumed.ending.outcome == "done"
    assert [e.command for e in resumed.events if isinstance(e, ev.ControlReceived)] == ["say"]
    assert "In euros, please." in resumed.seen[0]["messages"][-1]["content"]


def test_a_fork_counts_its_own_lines() -> None:
    """What the parent was told were lines of another file; none of the fork's own are passed over."""
    pair = PairRecord(name="p", title="P", version=1, prompts={})
    started = ev.RunStarted(
        program="0", run="fork", goal="g", pair=pair, settings={}, limits=LimitsRecord(), seed=1,
        parent=Parent(run="parent", turn=1, seq=2, sum=""),
    )  # fmt: skip
    said = ev.ControlReceived(command="say", by="me", text="x", to="user")
    events = [started, said.model_copy(update={"line": 7}), said.model_copy(update={"line": 1})]
    state = State(make_assignment(), lambda: 0.0)
    for seq, event in enumerate(events, 1):
        state.apply(ev.Record(seq, "", 0.0, event, ""))
    assert state.person.taken == 1
