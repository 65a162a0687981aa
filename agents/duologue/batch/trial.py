"""A trial: one goal of a suite, pursued once by one variant, as a run like any other."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from duologue.batch.suite import GoalTable
from duologue.collector import undisturbed
from duologue.conversation.assignment import Assignment
from duologue.conversation.check import Check
from duologue.conversation.host import Host
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.launch import launch
from duologue.conversation.recall import header_of, recall_assignment
from duologue.conversation.redaction import Redaction
from duologue.conversation.resume import resume
from duologue.conversation.run import Ending
from duologue.errors import DuologueError, LogDamaged, UserError
from duologue.outcomes import Outcome
from duologue.record.log import LogWriter
from duologue.record.runs import new_run_id, summarise


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a goal, by which variant, for which time (from 1); `transport` stands in for the network
    (None: nothing does), `runs` is where the run is saved."""

    goal: GoalTable
    variant: str
    number: int
    assignment: Assignment
    transport: httpx.AsyncBaseTransport | None
    held_out: Sequence[Check]
    runs: Path

    def redacted(self) -> "Trial":
        """The trial as it may be written: its goal without secrets, as in its run."""
        return replace(self, assignment=Redaction(self.assignment.settings).assignment(self.assignment))


@dataclass(frozen=True, slots=True)
class Finding:
    """How a trial went. `run` is None where no run was begun, `outcome` where none could be; `faults` say
    which held-out checks the result fails. `reached` is whether the goal is in fact reached, `passed` whether
    the run came to what it should: that, or the `impossible` that is expected; both None where nothing held
    out tells. `cost_usd` is None where no price was known."""

    goal: str
    variant: str
    number: int
    outcome: Outcome | None
    reason: str
    run: str | None = None
    result: str | None = None
    reached: bool | None = None
    passed: bool | None = None
    faults: tuple[str, ...] = ()
    turns: int = 0
    tokens: int = 0
    cost_usd: float | None = None
    unpriced_tokens: int = 0
    seconds: float = 0.0

    @property
    def ran(self) -> bool:
        """Whether the run came to an end of its own."""
        return self.outcome not in (None, "failed", "parked")


async def pursue(
    trial: Trial, interrupt: Interrupt, begun: Callable[[str], None], before: str | None = None
) -> Finding:
    """Let the trial's run go to its end; what keeps it from beginning is in the finding. `begun` is told the
    run's name before it begins; `before` is that of one that was broken off, which is gone on with if it can
    be."""
    unrun = Finding(trial.goal.id, trial.variant, trial.number, None, "")
    if interrupt.by is not None:
        return replace(unrun, reason=f"Not begun: interrupted by {interrupt.by}.")
    host = Host(interrupt, (), trial.transport)
    folder = trial.runs / (before or new_run_id())
    try:
        begun(folder.name)
    except DuologueError as exc:
        return replace(unrun, reason=exc.message)
    # A task of its own: an interrupt cancels that one, and not the one around it.
    async with asyncio.TaskGroup() as group:
        going = group.create_task((_resumed if before else _launched)(trial, folder, host))
    ending = going.result()
    if before and isinstance(ending, UserError | LogDamaged):
        return await pursue(trial, interrupt, begun)
    if isinstance(ending, DuologueError):
        return replace(unrun, reason=ending.message)
    spent = summarise(folder)
    return replace(
        unrun,
        outcome=ending.outcome,
        reason=ending.reason,
        run=folder.name,
        result=ending.result,
        turns=spent.turns or 0,
        tokens=spent.tokens or 0,
        cost_usd=spent.cost_usd,
        unpriced_tokens=spent.unpriced_tokens,
        seconds=spent.seconds,
    )


async def _launched(trial: Trial, folder: Path, host: Host) -> Ending | DuologueError:
    try:
        return await launch(trial.assignment, folder, host)
    except DuologueError as exc:
        return exc


async def _resumed(trial: Trial, folder: Path, host: Host) -> Ending | DuologueError:
    try:
        with undisturbed():
            log, records = LogWriter.reopen(folder)
        with log:
            assignment = recall_assignment(header_of(records), folder, trial.assignment.settings)
            return await resume(log, records, assignment, host)
    except DuologueError as exc:
        return exc


def examine(trial: Trial, finding: Finding) -> Finding:
    """The finding, with what the held-out checks say of the result; as it is where the run came to no end."""
    if not finding.ran:
        return finding
    if trial.goal.expect == "impossible":
        return replace(finding, reached=False, passed=finding.outcome == "impossible")
    if not trial.held_out:
        return finding
    faults = _faults(trial, finding.result)
    return replace(finding, reached=not faults, passed=not faults, faults=faults)


def _faults(trial: Trial, result: str | None) -> tuple[str, ...]:
    if result is None:
        return ("Nothing was delivered.",)
    said = (check.fault(result) for check in trial.held_out)
    return tuple(one for one in said if one is not None)
