"""The options of `run`, turned into an assignment; everything wrong with them is said before any call."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from duologue.config import ConfigFile, environment, load_config
from duologue.conversation.assignment import Assignment
from duologue.conversation.checks import parse_check
from duologue.conversation.sources import load_sources
from duologue.endpoint.scenario import Scenario, load_scenario
from duologue.endpoint.scripted import SCRIPTED_URL
from duologue.errors import ConfigError, UserError
from duologue.messages import ROLE_NAMES, RoleName
from duologue.roles import load_pair
from duologue.settings import Options, pair_name, resolve, runs_folder


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person typed for a run, before it is looked at."""

    goal: str | None = None
    options: Options = field(default_factory=Options)
    sources: tuple[Path, ...] = ()
    criteria: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    derive: bool | None = None
    seed: int = 0
    scenario: Path | None = None
    config: Path | None = None


def read_goal(goal: str | None) -> str | None:
    """The goal as typed, or all of standard input for `-`."""
    if goal != "-":
        return goal
    if sys.stdin.isatty():
        raise UserError("The goal `-` is read from standard input, which is a terminal.", hint="Pipe it in.")
    return sys.stdin.buffer.read().decode("utf-8", "replace").strip()


def make_assignment(wish: Wish) -> tuple[Assignment, Scenario | None, Path]:
    """The assignment, the scenario that stands in for a model (None for a real one), and the runs folder.

    Raises UserError and its kinds for whatever is wrong.
    """
    config = load_config(wish.config)
    if wish.scenario is None:
        return _assignment(wish, config, None), None, runs_folder(wish.options, config, environment())
    scenario = load_scenario(wish.scenario)
    return (
        _assignment(_scripted(wish, scenario), config, wish.scenario.name),
        scenario,
        runs_folder(wish.options, config, environment()),
    )


def _assignment(wish: Wish, config: ConfigFile, scripted: str | None) -> Assignment:
    goal = read_goal(wish.goal)
    if goal is None or not goal.strip():
        raise UserError("The goal is empty.", hint='Say what you want: duologue run "Summarize …"')
    pair = load_pair(pair_name(wish.options, config))
    return Assignment(
        goal=goal,
        pair=pair,
        settings=resolve(wish.options, config, environment(), pair.sampling),
        sources=tuple(load_sources(wish.sources)),
        criteria=tuple(text for text in wish.criteria if text.strip()),
        checks=tuple(parse_check(spec) for spec in wish.checks),
        derive=True if wish.derive is None else wish.derive,
        seed=wish.seed,
        scripted=scripted,
    )


def _scripted(wish: Wish, scenario: Scenario) -> Wish:
    """The wish, with what it leaves open taken from the scenario, and each role's model the stand-in."""
    options = wish.options
    roles: dict[RoleName, dict[str, Any]] = {
        role: {**options.roles.get(role, {}), "base_url": SCRIPTED_URL, "model": role} for role in ROLE_NAMES
    }
    return Wish(
        goal=wish.goal or scenario.goal,
        options=Options(
            pair=options.pair or scenario.pair,
            runs=options.runs,
            context_tokens=options.context_tokens,
            max_turns=options.max_turns or scenario.max_turns,
            max_tokens=options.max_tokens,
            max_minutes=options.max_minutes,
            sampling=options.sampling,
            roles=roles,
        ),
        sources=wish.sources or scenario.sources,
        criteria=wish.criteria or scenario.criteria,
        checks=wish.checks or scenario.checks,
        derive=scenario.derive if wish.derive is None else wish.derive,
        seed=wish.seed,
    )


def parse_settings(values: Sequence[str], models: Mapping[str, str | None]) -> dict[RoleName, dict[str, Any]]:
    """Per-role settings from `--set ROLE.KEY=VALUE` and `--ROLE-model`."""
    roles: dict[RoleName, dict[str, Any]] = {role: {} for role in ROLE_NAMES}
    for role, model in models.items():
        if model is not None:
            roles[cast(RoleName, role)]["model"] = model
    for text in values:
        path, equals, value = text.partition("=")
        role, dot, key = path.strip().partition(".")
        if not (equals and dot and key) or role not in ROLE_NAMES:
            raise ConfigError(
                f"--set {text!r} is not of the form ROLE.KEY=VALUE.",
                hint=f"ROLE is one of {', '.join(ROLE_NAMES)}; for example --set judge.temperature=0",
            )
        roles[role][key] = value
    return roles


def secret(value: str | None) -> SecretStr | None:
    """The value kept out of anything printed."""
    return SecretStr(value) if value else None
