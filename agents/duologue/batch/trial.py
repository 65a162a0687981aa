"""A trial: one goal of a suite, pursued once by one variant, as a run like any other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from duologue.batch.suite import GoalTable
from duologue.conversation.assignment import Assignment
from duologue.conversation.check import Check
from duologue.conversation.host import Host
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.launch import launch
from duologue.conversation.redaction import Redaction
from duologue.conversation.run import Ending
from duologue.errors import DuologueError
from duologue.outcomes import Outcome
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


async def pursue(trial: Trial, interrupt: Interrupt) -> Finding:
    """Let the trial's run go to its end; what keeps it from beginning is in the finding."""
    unrun = Finding(trial.goal.id, trial.variant, trial.number, None, "")
    if interrupt.by is not None:
        return replace(unrun, reason=f"Not begun: interrupted by {interrupt.by}.")
    folder = trial.runs / new_run_id()
    # A task of its own: an interrupt cancels that one, and not the one around it.
    async with asyncio.TaskGroup() as group:
        going = group.create_task(_launched(trial, folder, Host(interrupt, (), trial.transport)))
    ending = going.result()
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
