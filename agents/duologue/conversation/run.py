"""A run under way: sets its parts up, lets them talk, and never lets it end in silence."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from duologue.conversation.assignment import Assignment
from duologue.conversation.budget import Budget
from duologue.conversation.calls import Calls
from duologue.conversation.criteria import (
    derive_criteria,
    given_criteria,
    numbered,
    render_criteria,
    with_default,
)
from duologue.conversation.evidence import Places
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.judge import Judge
from duologue.conversation.loop import Conclusion, Conversation
from duologue.conversation.sources import render_sources
from duologue.conversation.standing import Standing
from duologue.conversation.talk import Talk
from duologue.endpoint.client import Client
from duologue.errors import EndpointError, LimitReached, RecordError
from duologue.messages import RoleName
from duologue.outcomes import Outcome
from duologue.record.draft import DraftWriter
from duologue.record.events import CriteriaSet, Criterion, RunEnded, RunParked
from duologue.record.log import LogWriter
from duologue.roles import render

_JUDGE_ANSWERS: Final = 24
"""Verdicts after which the judge's talk begins anew, so that its cost grows with the talk and no faster."""
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: its outcome, the reason in one sentence, the best result so far (None where nothing
    was delivered), the ids of unmet criteria, the run's name
    in commands, and what the person can do, or None."""

    outcome: Outcome
    reason: str
    result: str | None
    unmet: tuple[str, ...]
    run: str
    hint: str | None = None


def make_talk(assignment: Assignment, role: RoleName, criteria: Sequence[Criterion]) -> Talk:
    """The role's talk, with nothing in it but the pair's prompt."""
    values = {
        "goal": assignment.goal,
        "criteria": render_criteria(criteria),
        "sources": render_sources(assignment.sources),
    }
    most_answers = _JUDGE_ANSWERS if role == "judge" else None
    system = render(assignment.pair.prompts[role], values)
    return Talk(system, assignment.settings.context_tokens, most_answers)


class Run:
    """One run: its boundary, where everything that can end it becomes an outcome."""

    def __init__(
        self,
        assignment: Assignment,
        called: str,
        log: LogWriter,
        draft: DraftWriter,
        clients: Mapping[RoleName, Client],
    ) -> None:
        self._assignment = assignment
        self._called = called
        self._log = log
        self._budget = Budget(assignment.limits, lambda: log.mono)
        mark = random.Random(assignment.seed).randbytes(3).hex()
        self._standing = Standing(mark)
        self._calls = Calls(clients, log, draft, self._budget, self._standing.note)
        self._criteria: list[Criterion] = []

    async def to_its_end(self, interrupt: Interrupt) -> Ending:
        """Talk, and close the log with the way it ended."""
        interrupt.attach()
        try:
            conclusion = await self._pursue()
        except LimitReached as exc:
            conclusion = Conclusion("limit", exc.message)
            return await self._end(conclusion, exc.hint)
        except EndpointError as exc:
            outcome: Outcome = "parked" if exc.parks else "failed"
            return await self._end(Conclusion(outcome, exc.message), exc.hint)
        except RecordError as exc:
            return self._ending(Conclusion("failed", exc.message), exc.hint)
        except asyncio.CancelledError:
            by = interrupt.by if interrupt.answers_for(asyncio.current_task()) else None
            ending = await self._end(Conclusion("parked", f"Interrupted by {by or 'the program around it'}."))
            if by is None:
                raise
            return ending
        except Exception as exc:  # noqa: BLE001 - see below
            # The run's boundary: a defect of ours must not lose what was talked.
            _log.exception("run_failed", run=self._called)
            reason = f"Duologue itself failed: {type(exc).__name__}: {exc}"
            return await self._end(Conclusion("failed", reason), "Please report this with the log.")
        finally:
            interrupt.detach()
        return await self._end(conclusion)

    async def _pursue(self) -> Conclusion:
        assignment = self._assignment
        self._criteria = await self._agree_criteria()
        self._log.append(CriteriaSet(criteria=self._criteria))
        specs = {check.spec: check for check in assignment.checks}
        checks = {c.id: specs[c.check] for c in self._criteria if c.check is not None}
        judge = Judge(
            make_talk(assignment, "judge", self._criteria),
            self._calls,
            self._log,
            self._criteria,
            checks,
            Places.of(assignment.sources),
            self._standing,
        )
        conversation = Conversation(
            make_talk(assignment, "user", self._criteria),
            make_talk(assignment, "assistant", self._criteria),
            judge,
            self._criteria,
            self._calls,
            self._log,
            self._budget,
            self._standing,
        )
        return await conversation.pursue()

    async def _agree_criteria(self) -> list[Criterion]:
        assignment = self._assignment
        given = given_criteria(assignment.criteria, assignment.checks, assignment.pair.criteria)
        if not assignment.derive:
            return with_default(given)
        window = assignment.settings.context_tokens
        derived = await derive_criteria(assignment.goal, given, assignment.sources, self._calls, window)
        return with_default(numbered([*given, *derived]))

    async def _end(self, conclusion: Conclusion, hint: str | None = None) -> Ending:
        try:
            self._log.append(self._closing(conclusion))
            # Bounded by the sync of one line, and shielded: an ending is not left half said.
            await asyncio.shield(self._log.commit())
        except RecordError as exc:
            return self._ending(Conclusion("failed", exc.message), exc.hint)
        return self._ending(conclusion, hint)

    def _closing(self, conclusion: Conclusion) -> RunEnded | RunParked:
        turn = self._standing.result
        span = None if turn is None else turn.span
        spent = self._budget.spent()
        next_ = f"duologue replay {self._called}"
        if conclusion.outcome == "parked":
            return RunParked(
                reason=conclusion.reason, unmet=self._unmet, spent=spent, next=next_, result=span
            )
        return RunEnded(
            outcome=conclusion.outcome,
            reason=conclusion.reason,
            unmet=[] if conclusion.outcome == "done" else self._unmet,
            spent=spent,
            next=next_,
            result=span,
        )

    @property
    def _unmet(self) -> list[str]:
        if self._standing.verdict is None:
            return [criterion.id for criterion in self._criteria]
        return self._standing.unmet

    def _ending(self, conclusion: Conclusion, hint: str | None) -> Ending:
        result = None if self._standing.result is None else self._standing.result.result
        unmet = () if conclusion.outcome == "done" else tuple(self._unmet)
        return Ending(conclusion.outcome, conclusion.reason, result, unmet, self._called, hint)
