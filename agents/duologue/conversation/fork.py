"""A new run from a turn of a saved one: its log begins with the parent's events up to that turn."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from duologue import __version__
from duologue.conversation.assignment import Assignment
from duologue.conversation.clients import open_clients
from duologue.conversation.criteria import judged, numbered
from duologue.conversation.host import Host
from duologue.conversation.launch import begin
from duologue.conversation.redaction import Redaction
from duologue.conversation.run import Ending, Run
from duologue.conversation.state import State
from duologue.errors import UserError
from duologue.messages import RoleName
from duologue.record.draft import DraftWriter
from duologue.record.events import ControlReceived, CriteriaSet, Record, RunResumed, TurnCompleted
from duologue.record.log import LogWriter
from duologue.record.parts import Parent


@dataclass(frozen=True, slots=True)
class Fork:
    """Where and how a fork parts from its parent: after which turn; `criteria` are added; `say` is a message
    from the person to the role `to`."""

    at: int
    criteria: tuple[str, ...] = ()
    say: str | None = None
    to: RoleName = "user"


def shared(records: list[Record], at: int) -> list[Record]:
    """The parent's records up to the end of that turn; all before the first turn for 0.

    Raises UserError where the run has no such completed turn.
    """
    if at == 0:
        first = next((n for n, r in enumerate(records) if r.event.type == "turn.started"), len(records))
        return records[:first]
    for number, record in enumerate(records):
        if isinstance(record.event, TurnCompleted) and record.event.turn == at:
            return records[: number + 1]
    turns = [record.event.turn for record in records if isinstance(record.event, TurnCompleted)]
    raise UserError(
        f"The run has no completed turn {at}.", hint=f"It has the turns 0 to {max(turns, default=0)}."
    )


async def fork(
    parent: Path, records: list[Record], folder: Path, assignment: Assignment, change: Fork, host: Host
) -> Ending:
    """Pursue the parent's goal anew from that turn in a new run folder; the parent is not touched.

    Events keep their `seq`, so that what names a completion by it still does. Raises what `launch` raises.
    """
    redaction = Redaction(assignment.settings, parent)
    common = redaction.records(shared(records, change.at))
    agreed = any(isinstance(record.event, CriteriaSet) for record in common)
    if not agreed:
        assignment = replace(assignment, criteria=(*assignment.criteria, *change.criteria))
    async with AsyncExitStack() as stack:
        assignment = redaction.assignment(assignment)
        clients = await open_clients(assignment.settings, stack, host, redaction.streams)
        log = stack.enter_context(LogWriter.create(folder))
        last = common[-1]
        origin = Parent(run=parent.name, turn=change.at, seq=last.seq, sum=last.sum)
        state = begin(assignment, log, clients, redaction, host, origin)
        for record in common[1:]:
            log.copy(record)
        settings = assignment.recorded_settings({role: client.target for role, client in clients.items()})
        log.append(RunResumed(program=__version__, limits=assignment.limits, settings=settings))
        _change(state, log, change)
        state.paid.leave_over()
        draft = stack.enter_context(DraftWriter(folder))
        return await Run(state, host.called or folder.name, log, draft, clients).to_its_end(host.interrupt)


def _change(state: State, log: LogWriter, change: Fork) -> None:
    if change.criteria and state.criteria:
        added = [judged(text, "option") for text in change.criteria]
        log.append(CriteriaSet(criteria=numbered([*state.criteria, *added])))
    if change.say:
        log.append(ControlReceived(command="say", by="the person", text=change.say, to=change.to))
