"""Going on with a saved run: fold its log, drop the turn in progress, and let it talk."""

from contextlib import AsyncExitStack
from pathlib import Path

from duologue import __version__
from duologue.collector import undisturbed
from duologue.conversation.assignment import Assignment
from duologue.conversation.clients import open_clients
from duologue.conversation.host import Host
from duologue.conversation.redaction import Redaction
from duologue.conversation.run import Ending, Run
from duologue.conversation.state import State
from duologue.errors import LimitReached, UserError
from duologue.record.called import by_path
from duologue.record.draft import DraftWriter
from duologue.record.events import Record, RunEnded, RunResumed, ToolFinished, ToolStarted
from duologue.record.lock import sign
from duologue.record.log import LogWriter
from duologue.record.parts import LimitsRecord


async def resume(log: LogWriter, records: list[Record], assignment: Assignment, host: Host) -> Ending:
    """Go on with the run whose log was reopened, and holds these records, until it ends, in whatever way.

    A completion that was paid for is not paid for again; the turn that was cut off is taken anew. Raises
    UserError before anything is written, EndpointError before the first paid call.
    """
    folder = log.path.parent
    sign(folder)
    redaction = Redaction(assignment.settings, folder)
    assignment, records = redaction.assignment(assignment), redaction.records(records)
    state = State(assignment, lambda: log.mono)
    with undisturbed():
        for record in records:
            state.apply(record)
    if isinstance(records[-1].event, RunEnded):
        _test_open(state, assignment.limits, folder)
    async with AsyncExitStack() as stack:
        clients = await open_clients(assignment.settings, stack, host, redaction.streams)
        state.paid.leave_over()
        redaction.guard(log)
        log.observers.extend([lambda record, _line: state.apply(record), *host.observers])
        settings = assignment.recorded_settings({role: client.target for role, client in clients.items()})
        log.append(RunResumed(program=__version__, limits=assignment.limits, cut=log.cut, settings=settings))
        for tool in list(state.running.values()):
            log.append(_unknown(tool))
        draft = stack.enter_context(DraftWriter(folder))
        return await Run(state, host.called or folder.name, log, draft, clients).to_its_end(host.interrupt)


def _unknown(tool: ToolStarted) -> ToolFinished:
    """A tool that had started and not finished may have done its work: it is not run again by itself."""
    text = "The run was cut off while it ran: its outcome is unknown."
    return ToolFinished(
        turn=tool.turn, role=tool.role, call=tool.call, name=tool.name, ok=False, text=text, unknown=True
    )


def _test_open(state: State, limits: LimitsRecord, folder: Path) -> None:
    """Raises UserError where a run that has ended leaves nothing to go on with, or the limits no room to. One
    that was cut off just before its end is let go on: it still has to say how it ended."""
    conclusion = state.conclusion
    if conclusion is not None:
        raise UserError(
            f"The run {folder.name} has come to its end: {conclusion.reason}",
            hint=f"Try another way from one of its turns: duologue fork {by_path(folder)} --at TURN",
        )
    budget = state.budget
    before, budget.limits = budget.limits, limits
    try:
        # A verdict that is due needs no turn.
        budget.check_call() if state.awaits in ("criteria", "judge") else budget.check_turn()
    except LimitReached as exc:
        raise UserError(exc.message, hint=f"Raise it with --max-{exc.limit}.") from exc
    finally:
        budget.limits = before
