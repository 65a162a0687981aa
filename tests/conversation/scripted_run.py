"""A whole run against the scripted stand-in, from a scenario written in TOML."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx

from duologue.config import LimitsTable
from duologue.conversation.assignment import Assignment
from duologue.conversation.checks import parse_check
from duologue.conversation.host import Host
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.launch import launch
from duologue.conversation.run import Ending
from duologue.conversation.sources import Source
from duologue.endpoint.scenario import load_scenario
from duologue.endpoint.scripted import SCRIPTED_URL, ScriptedTransport
from duologue.messages import ROLE_NAMES, SEATS, Seat
from duologue.record import events as ev
from duologue.record.reader import read_strict
from duologue.roles import load_pair
from duologue.settings import Settings
from duologue.targets import Clocks, Judging, RetryPolicy, Target

Kind = TypeVar("Kind")
ASK = "Name the cheapest supplier of the offer in one short sentence, please."
WORK = "I compared the prices.\n<result>\nCorva is the cheapest supplier.\n</result>"
CLAIM = "<goal-reached/>"
EVERY = Judging("every")


def reply(model: str, text: str = "", **more: Any) -> str:
    """One [[reply]] table of a scenario."""
    lines = ["[[reply]]", f'model = "{model}"', f"text = {json.dumps(text)}"]
    return "\n".join([*lines, *(f"{key} = {json.dumps(value)}" for key, value in more.items())]) + "\n"


def verdict(
    decision: str, quote: str | None = None, *, state: str | None = None, where: str = "result"
) -> str:
    """A judge's answer on the one criterion c1, with a quote if there is one."""
    evidence = [] if quote is None else [{"where": where, "quote": quote}]
    met = state or ("met" if quote is not None else "unmet")
    word = {"id": "c1", "state": met, "reason": "So it is.", "evidence": evidence}
    return json.dumps({"criteria": [word], "decision": decision, "summary": "In short."})


EXCHANGE = reply("user", ASK) + reply("assistant", WORK)
DONE = verdict("done", "Corva is the cheapest")
NOT_DONE = verdict("continue")


@dataclass(frozen=True)
class Outcome:
    """What became of a run: its ending, its log and what the endpoint was asked."""

    ending: Ending
    events: list[ev.Event]
    seen: list[dict[str, Any]]
    log: Path

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def asked(self, model: str) -> list[dict[str, Any]]:
        """The bodies of the requests to one model, in order."""
        return [body for body in self.seen if body["model"] == model]


def make_assignment(
    *,
    limits: Mapping[str, Any] | None = None,
    criteria: Sequence[str] = ("The cheapest supplier is named.",),
    checks: Sequence[str] = (),
    sources: Sequence[Source] = (),
    derive: bool = False,
    context_tokens: int = 32_768,
    attempts: int = 1,
    judging: Judging = EVERY,
    appeal: bool = False,
) -> Assignment:
    """A goal for the general pair without its own criteria, at the scripted endpoint."""
    seats: tuple[Seat, ...] = SEATS if appeal else ROLE_NAMES
    targets = {seat: Target(SCRIPTED_URL, seat) for seat in seats}
    policy = RetryPolicy(attempts=attempts, base_s=0.001, cap_s=0.002)
    table = LimitsTable.model_validate({"turns": 12} | dict(limits or {}))
    return Assignment(
        goal="Find the cheapest supplier.",
        pair=replace(load_pair("general"), criteria=()),
        settings=Settings(targets, Path(), table, Clocks(), policy, context_tokens, judging=judging),
        sources=tuple(sources),
        criteria=tuple(criteria),
        checks=tuple(parse_check(spec) for spec in checks),
        derive=derive,
        seed=7,
        scripted="test",
    )


def scripted(folder: Path, *replies: str) -> ScriptedTransport:
    """A stand-in with these replies."""
    (folder / "replies.toml").write_text("".join(replies), "utf-8")
    return ScriptedTransport(load_scenario(folder / "replies.toml"))


async def play(
    folder: Path,
    *replies: str,
    assignment: Assignment | None = None,
    interrupt: Interrupt | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    **settings: Any,
) -> Outcome:
    """Let the run go to its end in a new folder; the replies are those of the scenario, in order."""
    scenario = folder / "scenario.toml"
    scenario.write_text("".join(replies), "utf-8")
    stand_in = ScriptedTransport(load_scenario(scenario))
    host = Host(interrupt=interrupt or Interrupt(), transport=transport or stand_in)
    run = folder / "run"
    ending = await launch(assignment or make_assignment(**settings), run, host)
    log = run / "log.jsonl"
    return Outcome(ending, [record.event for record in read_strict(log)], stand_in.seen, log)


def varied(words: int) -> str:
    """A long text that does not go round in circles."""
    return " ".join(str(n * n) for n in range(words))
