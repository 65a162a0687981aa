"""Going on with a saved run: fold its log, drop the turn in progress, and let it talk."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from duologue import __version__
from duologue.conversation.assignment import Assignment
from duologue.conversation.clients import open_clients
from duologue.conversation.host import Host
from duologue.conversation.run import Ending, Run
from duologue.conversation.state import State
from duologue.errors import LimitReached, UserError
from duologue.record.draft import DraftWriter
from duologue.record.events import Record, RunResumed
from duologue.record.log import LogWriter

Recall = Callable[[list[Record]], Assignment]


async def resume(folder: Path, recall: Recall, host: Host) -> Ending:
    """Go on with the run until it ends, in whatever way; `recall` makes its assignment from its records.

    A completion that was paid for is not paid for again; the turn that was cut off is taken anew. Raises
    RunBusy, LogDamaged and UserError before anything is written, EndpointError before the first paid call.
    """
    async with AsyncExitStack() as stack:
        log, records = LogWriter.reopen(folder)
        stack.enter_context(log)
        assignment = recall(records)
        state = State(assignment, lambda: log.mono)
        for record in records:
            state.apply(record)
        state.budget.limits = assignment.limits
        _test_open(state, folder)
        clients = await open_clients(assignment.settings, stack, host.transport)
        state.reuse()
        log.observers.extend([lambda record, _line: state.apply(record), *host.observers])
        settings = assignment.recorded_settings({role: client.target for role, client in clients.items()})
        log.append(RunResumed(program=__version__, limits=assignment.limits, cut=log.cut, settings=settings))
        draft = stack.enter_context(DraftWriter(folder))
        return await Run(state, host.called or folder.name, log, draft, clients).to_its_end(host.interrupt)


def _test_open(state: State, folder: Path) -> None:
    """Raises UserError where there is nothing to go on with, or no room to."""
    conclusion = state.conclusion
    if conclusion is not None:
        raise UserError(
            f"The run {folder.name} has come to its end: {conclusion.reason}",
            hint=f"Try another way from one of its turns: duologue fork {folder.name} --at TURN",
        )
    try:
        state.budget.check_turn()
    except LimitReached as exc:
        raise UserError(exc.message, hint=exc.hint) from exc
