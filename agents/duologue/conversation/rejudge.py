"""Judging a saved run anew: its turns as they were, each verdict given again."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from duologue.conversation.assignment import Assignment
from duologue.conversation.calls import Calls
from duologue.conversation.clients import open_clients
from duologue.conversation.guards import look
from duologue.conversation.host import Host
from duologue.conversation.judge import Judge
from duologue.conversation.ladder import raise_alarms, raise_given
from duologue.conversation.launch import begin
from duologue.conversation.redaction import Redaction
from duologue.conversation.state import State
from duologue.record.called import by_path
from duologue.record.draft import DraftWriter
from duologue.record.events import (
    CompletionReceived,
    CriteriaSet,
    Event,
    Record,
    RunEnded,
    ToolFinished,
    ToolStarted,
    TurnCompleted,
    TurnStarted,
    VerdictGiven,
)
from duologue.record.log import LogWriter
from duologue.record.parts import Parent, Span


@dataclass(frozen=True, slots=True)
class Pairing:
    """The verdict that was given after a turn, and the one that is given now."""

    then: VerdictGiven
    now: VerdictGiven

    @property
    def agree(self) -> bool:
        """Whether the decision and every criterion's state are the same."""
        states = [{word.id: word.state for word in verdict.criteria} for verdict in (self.then, self.now)]
        return self.then.decision == self.now.decision and states[0] == states[1]


async def rejudge(
    parent: Path,
    records: list[Record],
    folder: Path,
    assignment: Assignment,
    host: Host,
    *,
    called: str = "",
) -> list[Pairing]:
    """Judge the parent's turns again, in a new run folder that names it, and return both verdicts of each;
    commands know that folder as `called`, or else by its path.

    Raises EndpointError, LimitReached and RecordError; what was judged until then is in the new log.
    """
    pairings: list[Pairing] = []
    async with AsyncExitStack() as stack:
        redaction = Redaction(assignment.settings, parent)
        assignment, records = redaction.assignment(assignment), redaction.records(records)
        clients = await open_clients(assignment.settings, stack, host, redaction.streams)
        log = stack.enter_context(LogWriter.create(folder))
        last = records[-1]
        origin = Parent(run=parent.name, turn=0, seq=last.seq, sum=last.sum)
        state = begin(assignment, log, clients, redaction, host, origin)
        judge = Judge(state, Calls(clients, log, stack.enter_context(DraftWriter(folder)), state), log)
        moved: dict[int, int] = {}
        for record in records:
            if isinstance(record.event, VerdictGiven):
                raise_alarms(look(state.turns, len(state.exchange), state.subject), state, log)
                await judge.give_verdict()
                assert state.standing.verdict is not None
                pairings.append(Pairing(record.event, state.standing.verdict))
            elif _is_talk(record.event):
                moved[record.seq] = log.copy(replace(record, event=_moved(record.event, moved))).seq
                if isinstance(record.event, CriteriaSet):
                    raise_given(state, log)
        log.append(_closing(state, pairings, called or by_path(folder)))
        await log.commit()
    return pairings


def _is_talk(event: Event) -> bool:
    spoken = isinstance(event, CompletionReceived) and event.purpose == "turn"
    kinds = CriteriaSet | TurnStarted | ToolStarted | ToolFinished | TurnCompleted
    return spoken or isinstance(event, kinds)


def _moved(event: Event, moved: dict[int, int]) -> Event:
    """The event, naming completions by the place that they have in the new log."""
    if not isinstance(event, TurnCompleted):
        return event
    span = event.result
    placed = None if span is None else Span(completion=moved[span.completion], start=span.start, end=span.end)
    return event.model_copy(
        update={"completions": [moved[seq] for seq in event.completions], "result": placed}
    )


def _closing(state: State, pairings: list[Pairing], called: str) -> RunEnded:
    agreed = sum(pairing.agree for pairing in pairings)
    turn = state.standing.result
    return RunEnded(
        outcome="stopped",
        reason=f"Judged anew: {agreed} of {len(pairings)} verdicts are the same.",
        unmet=state.unmet,
        spent=state.budget.spent(),
        next=f"duologue show {called}",
        result=None if turn is None else turn.span,
    )
