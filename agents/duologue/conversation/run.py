"""A run under way: lets it talk, and never lets it end in silence."""

import asyncio
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog

from duologue.conversation.calls import Calls
from duologue.conversation.conclusion import Conclusion
from duologue.conversation.control import Control
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.loop import Conversation
from duologue.conversation.state import State
from duologue.endpoint.client import Client
from duologue.errors import EndpointError, LimitReached, RecordError
from duologue.messages import Seat
from duologue.outcomes import Outcome
from duologue.record.draft import DraftWriter
from duologue.record.events import ControlReceived, RunEnded, RunParked
from duologue.record.log import LogWriter

_log = structlog.get_logger()
_TURNED: Final = frozenset({"stalled", "impossible"})
"""Outcomes after which the talk itself has come to its end: another can be begun from one of its turns."""
_RESUMABLE: Final = frozenset({"parked", "limit", "failed", "stopped"})


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: its outcome, the reason in one sentence, the best result so far (None where nothing
    was delivered), the ids of unmet criteria, the command that leads on from there, and a hint, or None;
    and whether its log could say so."""

    outcome: Outcome
    reason: str
    result: str | None
    unmet: tuple[str, ...]
    next: str
    hint: str | None = None
    logged: bool = True


class Run:
    """One run: its boundary, where everything that can end it becomes an outcome."""

    def __init__(
        self,
        state: State,
        called: str,
        log: LogWriter,
        draft: DraftWriter,
        clients: Mapping[Seat, Client],
    ) -> None:
        self._called = called
        self._log = log
        self._state = state
        self._control = Control(state, log, log.path.parent)
        self._conversation = Conversation(state, Calls(clients, log, draft, state), log, self._control)

    async def to_its_end(self, interrupt: Interrupt) -> Ending:
        """Talk, and close the log with the way it ended."""
        interrupt.attach()
        try:
            with self._control.attach(interrupt):
                conclusion = await self._conversation.pursue()
        except LimitReached as exc:
            return await self._end(Conclusion("limit", exc.message), exc.hint, exc.limit)
        except EndpointError as exc:
            outcome: Outcome = "parked" if exc.parks else "failed"
            return await self._end(Conclusion(outcome, exc.message), exc.hint)
        except RecordError as exc:
            return self._unlogged(exc)
        except asyncio.CancelledError:
            by = interrupt.by if interrupt.answers_for(asyncio.current_task()) else None
            stopped = self._control.stopped if by is not None else None
            if stopped is not None:
                return await self._end(Conclusion("stopped", _word(stopped)), first=stopped)
            ending = await self._end(Conclusion("parked", f"Interrupted by {by or 'the program around it'}."))
            if by is None:
                raise
            return ending
        except Exception as exc:  # noqa: BLE001 - see below
            # The run's boundary: a defect of ours must not lose what was talked.
            # Without the values of local variables, which may hold a key.
            _log.error("run_failed", run=self._called, exception=self._log.redact(traceback.format_exc()))
            reason = f"Duologue itself failed: {type(exc).__name__}: {exc}"
            return await self._end(Conclusion("failed", reason), "Please report this with the log.")
        finally:
            interrupt.detach()
        return await self._end(conclusion)

    async def _end(
        self,
        conclusion: Conclusion,
        hint: str | None = None,
        limit: str = "",
        first: ControlReceived | None = None,
    ) -> Ending:
        conclusion = replace(conclusion, reason=self._log.redact(conclusion.reason))
        following = self._following(conclusion.outcome, limit)
        try:
            if first is not None:
                self._log.append(first)
            self._log.append(self._closing(conclusion, following))
            # Bounded by the sync of one line, and shielded: an ending is not left half said.
            await asyncio.shield(self._log.commit())
        except RecordError as exc:
            return self._unlogged(exc)
        return self._ending(conclusion, hint, following)

    def _following(self, outcome: Outcome, limit: str = "") -> str:
        """The command that leads on from this outcome; at a limit, with one that leaves room."""
        if outcome in _TURNED:
            return f"duologue fork {self._called} --at {self._state.budget.turns} --say 'Try another way: …'"
        if outcome not in _RESUMABLE:
            return f"duologue replay {self._called}"
        further = self._state.budget.further(limit)
        return f"duologue resume {self._called}" + (f" --max-{limit} {further}" if further else "")

    def _closing(self, conclusion: Conclusion, next_: str) -> RunEnded | RunParked:
        turn, spent, unmet = self._state.standing.result, self._state.budget.spent(), self._state.unmet
        span = None if turn is None else turn.span
        match conclusion.outcome:
            case "parked":
                return RunParked(reason=conclusion.reason, unmet=unmet, spent=spent, next=next_, result=span)
            case outcome:
                return RunEnded(
                    outcome=outcome,
                    reason=conclusion.reason,
                    unmet=unmet,
                    spent=spent,
                    next=next_,
                    result=span,
                )

    def _unlogged(self, exc: RecordError) -> Ending:
        return replace(self._ending(Conclusion("failed", exc.message), exc.hint), logged=False)

    def _ending(self, conclusion: Conclusion, hint: str | None, following: str | None = None) -> Ending:
        turn = self._state.standing.result
        result = None if turn is None else turn.result
        next_ = following or self._following(conclusion.outcome)
        return Ending(conclusion.outcome, conclusion.reason, result, tuple(self._state.unmet), next_, hint)


def _word(stopped: ControlReceived) -> str:
    """The reason why a run was stopped, with the person's own verdict if they gave one."""
    text = stopped.text.strip()
    return f"Stopped by {stopped.by}: {text}" if text else f"Stopped by {stopped.by}."
