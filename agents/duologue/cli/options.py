"""The options of `run`, turned into an assignment; everything wrong with them is said before any call."""

import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

import httpx
from pydantic import SecretStr

from duologue.cli.going_on import with_budget
from duologue.cli.local import resolve_or_find
from duologue.config import ConfigFile, FallbackTable, environment, load_config, parse_fallback
from duologue.conversation.assignment import Assignment
from duologue.conversation.checks import parse_check
from duologue.conversation.criteria import typed_criteria
from duologue.conversation.recall import header_of, recall_assignment
from duologue.conversation.recorded import RecordedTransport
from duologue.conversation.sources import load_sources
from duologue.endpoint.scenario import Scenario, load_scenario
from duologue.endpoint.scripted import SCRIPTED_URL, ScriptedTransport
from duologue.errors import ConfigError, UserError
from duologue.messages import ROLE_NAMES, SEATS, Seat
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_log
from duologue.record.runs import find_run
from duologue.roles import load_pair
from duologue.settings import Options, Settings, pair_name, resolve, runs_folder

RUN_PREFIX: Final = "run:"
"""A base URL of this form lets a saved run answer in place of a model."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person typed for a run, before it is looked at."""

    goal: str | None = None
    options: Options = field(default_factory=Options)
    sources: tuple[Path, ...] = ()
    criteria: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    derive: bool | None = None
    review: bool = False
    ask: bool = False
    grounded: bool | None = None
    seed: int | None = None
    scenario: Path | None = None
    config: Path | None = None


def read_goal(goal: str | None) -> str | None:
    """The goal as typed, or all of standard input for `-`."""
    if goal != "-":
        return goal
    if sys.stdin.isatty():
        raise UserError("The goal `-` is read from standard input, which is a terminal.", hint="Pipe it in.")
    return sys.stdin.buffer.read().decode("utf-8", "replace").strip()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A wish come true: the assignment, what stands in for the network (None: nothing), the runs folder."""

    assignment: Assignment
    transport: httpx.AsyncBaseTransport | None
    runs: Path


def prepare(wish: Wish) -> Prepared:
    """Everything that a run needs. Raises UserError and its kinds for whatever is wrong with the wish."""
    config = load_config(wish.config)
    runs = runs_folder(wish.options, config, environment())
    recorded = (wish.options.base_url or "").partition(RUN_PREFIX)
    if wish.scenario is not None:
        scenario = load_scenario(wish.scenario)
        assignment = _assignment(_scripted(wish, scenario), config, wish.scenario.name)
        return Prepared(assignment, ScriptedTransport(scenario), runs)
    if recorded[1] and not recorded[0]:
        return _recorded(wish, find_run(runs, recorded[2]), config, runs)
    return Prepared(_assignment(wish, config, None), None, runs)


def _recorded(wish: Wish, path: Path, config: ConfigFile, runs: Path) -> Prepared:
    """A saved run answers in place of a model; what the wish leaves open is as it was in that run."""
    folder = path if path.is_dir() else path.parent
    records, _ = read_log(folder / LOG_NAME)
    header = header_of(records)
    settings = with_budget(_stand_in_settings(wish.options, config), records, wish.options)
    was = recall_assignment(header, folder, settings)
    pair = was.pair if wish.options.pair is None else load_pair(wish.options.pair)
    assignment = Assignment(
        goal=read_goal(wish.goal) or was.goal,
        pair=pair,
        settings=was.settings,
        sources=tuple(load_sources(wish.sources)) or was.sources,
        criteria=typed_criteria(wish.criteria) or was.criteria,
        checks=tuple(parse_check(spec) for spec in wish.checks) or was.checks,
        derive=was.derive if wish.derive is None else wish.derive,
        seed=was.seed if wish.seed is None else wish.seed,
        scripted=f"{RUN_PREFIX}{folder.name}",
        grounded=was.grounded if wish.grounded is None else wish.grounded,
    )
    return Prepared(assignment, RecordedTransport(was, records), runs)


def _stand_in_settings(options: Options, config: ConfigFile) -> Settings:
    roles: dict[Seat, dict[str, Any]] = {
        role: {"base_url": SCRIPTED_URL, "model": role, "fallbacks": []} for role in ROLE_NAMES
    }
    return resolve(replace(options, base_url=None, roles=roles), config, environment(), {})


def _assignment(wish: Wish, config: ConfigFile, scripted: str | None) -> Assignment:
    goal = read_goal(wish.goal)
    if goal is None or not goal.strip():
        raise UserError("The goal is empty.", hint='Say what you want: duologue run "Summarize …"')
    pair = load_pair(pair_name(wish.options, config))
    if wish.grounded and not wish.sources:
        raise UserError("--grounded needs a source to cite.", hint="Give one with --source FILE.")
    return Assignment(
        goal=goal,
        pair=pair,
        sources=tuple(load_sources(wish.sources)),
        criteria=typed_criteria(wish.criteria),
        checks=tuple(parse_check(spec) for spec in wish.checks),
        settings=resolve_or_find(wish.options, config, pair.sampling),
        derive=True if wish.derive is None else wish.derive,
        review=wish.review,
        ask=wish.ask,
        seed=_seed(wish.seed, scripted),
        scripted=scripted,
        grounded=pair.grounded if wish.grounded is None else wish.grounded,
    )


def _seed(told: int | None, scripted: str | None) -> int:
    """The delimiters that no model may guess come from the seed, so it is random unless somebody chose it; a
    scenario is played the same each time."""
    if told is not None:
        return told
    return secrets.randbits(53) if scripted is None else 0


def _scripted(wish: Wish, scenario: Scenario) -> Wish:
    """The wish, with what it leaves open taken from the scenario, and each role's model the stand-in."""
    options = wish.options
    appealed = ("appeal",) if options.roles.get("appeal") else ()
    seats: tuple[Seat, ...] = (*ROLE_NAMES, *appealed)
    roles: dict[Seat, dict[str, Any]] = {
        seat: {**options.roles.get(seat, {}), "base_url": SCRIPTED_URL, "model": seat, "fallbacks": []}
        for seat in seats
    }
    told = replace(
        options,
        base_url=None,
        model=None,
        pair=options.pair or scenario.pair,
        max_turns=options.max_turns or scenario.max_turns,
        roles=roles,
    )
    return replace(
        wish,
        goal=wish.goal or scenario.goal,
        options=told,
        sources=wish.sources or scenario.sources,
        criteria=wish.criteria or scenario.criteria,
        checks=wish.checks or scenario.checks,
        derive=scenario.derive if wish.derive is None else wish.derive,
    )


def parse_settings(values: Sequence[str], models: Mapping[str, str | None]) -> dict[Seat, dict[str, Any]]:
    """Per-role settings from `--set ROLE.KEY=VALUE` and `--ROLE-model`."""
    roles: dict[Seat, dict[str, Any]] = {seat: {} for seat in SEATS}
    for role, model in models.items():
        if model is not None:
            roles[cast(Seat, role)]["model"] = model
    for text in values:
        path, equals, value = text.partition("=")
        role, dot, key = path.strip().partition(".")
        if not (equals and dot and key) or role not in SEATS:
            raise ConfigError(
                f"--set {text!r} is not of the form ROLE.KEY=VALUE.",
                hint=f"ROLE is one of {', '.join(SEATS)}; for example --set judge.temperature=0",
            )
        roles[role][key] = value
    return roles


def parse_fallbacks(values: Sequence[str]) -> list[FallbackTable]:
    """Fallbacks from `--fallback MODEL@URL`."""
    try:
        return [parse_fallback(value) for value in values]
    except ValueError as exc:
        raise ConfigError(
            f"--fallback {exc}.", hint="For example --fallback small@http://127.0.0.1:8080/v1"
        ) from exc


def secret(value: str | None) -> SecretStr | None:
    """The value kept out of anything printed."""
    return SecretStr(value) if value else None
