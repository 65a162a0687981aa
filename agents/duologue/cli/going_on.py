"""What `resume`, `fork` and `judge` share: a saved run's settings, with what the person changes of them."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from duologue.config import LimitsTable, RoleTable, environment, load_config
from duologue.conversation.assignment import Assignment
from duologue.conversation.recall import (
    header_of,
    recall_assignment,
    recall_judging,
    recall_limits,
    recall_settings,
    recall_targets,
)
from duologue.endpoint.scenario import load_scenario
from duologue.endpoint.scripted import SCRIPTED_URL, ScriptedTransport
from duologue.errors import UserError
from duologue.localmodels import LOCAL_URL
from duologue.messages import SEATS, Seat
from duologue.record.events import AttemptFailed, CompletionReceived, Record
from duologue.record.parts import seat_of
from duologue.settings import Options, Settings, resolve


def recall_with(records: list[Record], run: Path, options: Options, config: Path | None) -> Assignment:
    """The run's assignment, with the models, endpoints and limits that the options name."""
    header, recorded = header_of(records), recall_settings(records)
    roles = recorded.get("roles", {})
    if options.local_only is None and recorded.get("local_only"):
        options = replace(options, local_only=True)
    if options.redact is None and "redact" in recorded:
        options = replace(options, redact=bool(recorded["redact"]))
    settings = resolve(
        _with_fallbacks(_with_addresses(options, roles), roles), load_config(config), environment(), {}
    )
    named: dict[Seat, bool] = {
        seat: bool(options.model or "model" in options.roles.get(seat, {})) for seat in SEATS
    }
    settings = replace(
        settings,
        targets=recall_targets(settings, recorded, named, _sampling(options)),
    )
    return recall_assignment(header, run, with_budget(settings, records, options))


def with_budget(settings: Settings, records: list[Record], options: Options) -> Settings:
    """The settings with the run's own limits and context window, where the options name no others."""
    recorded = recall_settings(records)
    was = recorded.get("context_tokens", settings.context_tokens)
    return replace(
        settings,
        limits=_limits(records, options),
        context_tokens=options.context_tokens or was,
        judging=recall_judging(recorded, options.cadence, options.votes),
    )


def _sampling(options: Options) -> dict[Seat, dict[str, Any]]:
    """What the person now says of each role's sampling."""
    return {
        seat: {**options.sampling, **RoleTable.model_validate(options.roles.get(seat, {})).sampling}
        for seat in SEATS
    }


def _with_addresses(options: Options, recorded: dict[str, Any]) -> Options:
    """The options, with the run's own endpoints where the person names none."""
    if options.base_url is not None:
        return options
    told: dict[Seat, dict[str, Any]] = {
        seat: {**_address(options, recorded.get(seat, {})), **options.roles.get(seat, {})} for seat in SEATS
    }
    # A recorded URL is no word of the person's: only a key that belongs to its origin anyway goes there.
    return replace(options, roles=told)


def _address(options: Options, recorded: dict[str, Any]) -> dict[str, str]:
    """What leads to where a role's completions came from; a model on this machine has no address but its
    name, and the name of any other says that it is elsewhere."""
    url, model = recorded.get("base_url"), recorded.get("model")
    place = {"base_url": url} if url and url != LOCAL_URL else {}
    return {**place, "model": model} if url and model and options.model is None else place


def _with_fallbacks(options: Options, recorded: dict[str, Any]) -> Options:
    """The options, with the run's own fallbacks where the person names none; a scenario has none."""
    told: dict[Seat, dict[str, Any]] = {seat: dict(options.roles.get(seat, {})) for seat in SEATS}
    for seat, values in told.items():
        was = recorded.get(seat, {})
        if values.get("base_url") == SCRIPTED_URL:
            values["fallbacks"] = []
        elif not options.fallbacks and was.get("fallbacks"):
            values.setdefault("fallbacks", was["fallbacks"])
    return replace(options, roles=told)


def _limits(records: list[Record], options: Options) -> LimitsTable:
    was = recall_limits(records)
    return LimitsTable(
        turns=options.max_turns or was.max_turns,
        tokens=options.max_tokens or was.max_tokens,
        minutes=options.max_minutes or was.max_minutes,
        cost=options.max_cost or was.max_cost_usd,
    )


def stand_in(
    scenario: Path | None, settings: Settings, records: list[Record]
) -> httpx.AsyncBaseTransport | None:
    """What answers in place of a model: the rest of the scenario, for a run that was scripted."""
    scripted = all(target.base_url == SCRIPTED_URL for target in settings.targets.values())
    if scripted and scenario is None:
        raise UserError("The run was scripted.", hint="Give its scenario again: --scenario FILE")
    if scenario is None:
        return None
    return ScriptedTransport(load_scenario(scenario), given=_given(records))


def _given(records: list[Record]) -> Counter[str]:
    """How many of a scenario's replies these records have used, by role."""
    used: Counter[str] = Counter()
    for record in records:
        match record.event:
            case CompletionReceived(role=role, purpose=purpose):
                used[seat_of(role, purpose)] += 1
            case AttemptFailed(role=role, purpose=purpose, kind=kind) if kind != "cancelled":
                used[seat_of(role, purpose)] += 1
            case _:
                pass
    return used
