"""The assignment of a saved run, put together again from its log."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from duologue.conversation.assignment import Assignment
from duologue.conversation.checks import recall_check
from duologue.conversation.sources import Source
from duologue.errors import RecordError, UserError
from duologue.messages import ROLE_NAMES, Seat
from duologue.record.blobs import load_blob
from duologue.record.events import ControlReceived, CriteriaSet, Record, RunResumed, RunStarted, TurnStarted
from duologue.record.parts import LimitsRecord
from duologue.roles import Pair
from duologue.settings import Settings
from duologue.targets import MOST_VOTES, Cadence, Judging, LocalModel, Target


def header_of(records: list[Record]) -> RunStarted:
    """The run's first event. Raises RecordError where the log lacks what a run is folded from, UserError
    where it never was a run of this program."""
    if not records or not isinstance(records[0].event, RunStarted):
        raise RecordError("The log has no beginning: there is nothing to go on from.")
    header = records[0].event
    if not all(header.pair.prompts.get(role, "").strip() for role in ROLE_NAMES):
        raise UserError(
            f"{header.run} was not talked here: it lacks a pair's prompts.",
            hint="An imported run can be shown, replayed and exported.",
        )
    settled = next((r.event for r in records if isinstance(r.event, CriteriaSet | TurnStarted)), None)
    if isinstance(settled, TurnStarted):
        raise RecordError("The log has lost the run's criteria: there is nothing to go on from.")
    return header


def recall_settings(records: list[Record]) -> dict[str, Any]:
    """The settings that held last: the header's, or those of the last time the run was resumed."""
    resumed = [r.event.settings for r in records if isinstance(r.event, RunResumed) and r.event.settings]
    return resumed[-1] if resumed else header_of(records).settings


def recall_limits(records: list[Record]) -> LimitsRecord:
    """The limits that held last."""
    limits = header_of(records).limits
    for record in records:
        match record.event:
            case RunResumed(limits=told):
                limits = told
            case ControlReceived(limit=limit, value=value) if limit is not None and value is not None:
                limits = limits.with_limit(limit, value)
            case _:
                pass
    return limits


def recall_judging(recorded: Mapping[str, Any], cadence: Cadence | None, votes: int | None) -> Judging:
    """How the run is judged: as it was, unless the person now says otherwise. Runs from before there was a
    choice were judged after every exchange."""
    was = recorded.get("judging", {})
    told = was.get("cadence")
    kept: Cadence = told if told in get_args(Cadence) else "every"
    return Judging(cadence or kept, votes or max(1, min(MOST_VOTES, int(was.get("votes", 1)))))


def recall_targets(
    settings: Settings,
    recorded: Mapping[str, Any],
    named: Mapping[Seat, bool],
    sampling: Mapping[Seat, Mapping[str, Any]],
) -> dict[Seat, Target]:
    """The targets of `settings`, each with the model and sampling that the run had; `named` tells the roles
    for which the person now names another model, `sampling` is what they now say of it."""
    targets: dict[Seat, Target] = {}
    for role, target in settings.targets.items():
        was = recorded.get("roles", {}).get(role, {})
        moved = (target.local is None) != (was.get("local") is None)
        model = target.model if named.get(role) or moved else was.get("model", target.model)
        told = {**was.get("sampling", {}), **sampling.get(role, {})}
        local = target.local if named.get(role) else _same_file(target.local, was.get("local"))
        targets[role] = replace(target, model=model, sampling=told, local=local)
    return targets


def _same_file(local: LocalModel | None, was: Mapping[str, Any] | None) -> LocalModel | None:
    """The model that runs here, held to the file that the run was talked with."""
    if local is None or was is None or not was.get("sha256"):
        return local
    return replace(local, sha256=was["sha256"], origin="the run")


def recall_assignment(header: RunStarted, run: Path, settings: Settings) -> Assignment:
    """What the run was asked to do. Raises RecordError where a blob is missing or was altered."""
    pair = Pair(
        name=header.pair.name,
        path=run,
        title=header.pair.title,
        description="",
        version=header.pair.version,
        criteria=tuple(header.pair.criteria),
        prompts=header.pair.prompts,
        sampling={},
    )
    return Assignment(
        goal=header.goal,
        pair=pair,
        settings=settings,
        sources=tuple(
            Source(source.name, load_blob(run, source.blob).decode("utf-8", "replace"))
            for source in header.sources
        ),
        criteria=tuple(header.settings.get("criteria", ())),
        checks=tuple(
            recall_check(check.spec, None if check.blob is None else load_blob(run, check.blob))
            for check in header.checks
        ),
        derive=bool(header.settings.get("derive", True)),
        seed=header.seed,
        scripted=header.settings.get("scripted"),
        review=bool(header.settings.get("review", False)),
        ask=bool(header.settings.get("ask", False)),
        grounded=bool(header.settings.get("grounded", False)),
    )
