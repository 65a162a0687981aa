"""From an assignment to a run: tries the endpoints, opens the log, and lets it go to its end."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from duologue import __version__
from duologue.conversation.assignment import Assignment
from duologue.conversation.check import Check
from duologue.conversation.clients import open_clients
from duologue.conversation.criteria import given_criteria
from duologue.conversation.host import Host
from duologue.conversation.prompt import system_prompt
from duologue.conversation.redaction import Redaction
from duologue.conversation.run import Ending, Run
from duologue.conversation.state import State
from duologue.conversation.talk import Talk
from duologue.endpoint.client import Client
from duologue.errors import SourceError
from duologue.messages import Seat
from duologue.record.blobs import store_blob
from duologue.record.draft import DraftWriter
from duologue.record.events import RunStarted
from duologue.record.log import LogWriter
from duologue.record.parts import CheckRecord, PairRecord, Parent, SourceRecord


async def launch(assignment: Assignment, folder: Path, host: Host) -> Ending:
    """Pursue the assignment in a new run folder until it ends, in whatever way.

    Raises UserError, EndpointError and RecordError only before the first paid call; after it, every fault
    becomes an outcome that the log records.
    """
    async with AsyncExitStack() as stack:
        redaction = Redaction(assignment.settings)
        assignment = redaction.assignment(assignment)
        clients = await open_clients(assignment.settings, stack, host, redaction.streams)
        _test_room(assignment)
        log = stack.enter_context(LogWriter.create(folder))
        state = begin(assignment, log, clients, redaction, host)
        draft = stack.enter_context(DraftWriter(folder))
        return await Run(state, host.called or folder.name, log, draft, clients).to_its_end(host.interrupt)


def begin(
    assignment: Assignment,
    log: LogWriter,
    clients: Mapping[Seat, Client],
    redaction: Redaction,
    host: Host,
    parent: Parent | None = None,
) -> State:
    """Write the log's first line, and the blobs that it names. From then on the log is redacted, and each of
    its events is folded into the state, which is returned, and told to the host."""
    redaction.guard(log)
    state = State(assignment, lambda: log.mono)
    log.observers.extend([lambda record, _line: state.apply(record), *host.observers])
    folder, pair = log.path.parent, assignment.pair
    texts = [(source.name, source.text.encode("utf-8", "replace")) for source in assignment.sources]
    log.append(
        RunStarted(
            program=__version__,
            run=folder.name,
            goal=assignment.goal,
            pair=PairRecord(
                name=pair.name,
                title=pair.title,
                version=pair.version,
                prompts=dict(pair.prompts),
                criteria=list(pair.criteria),
            ),
            settings=assignment.recorded_settings({role: client.target for role, client in clients.items()}),
            limits=assignment.limits,
            seed=assignment.seed,
            sources=[
                SourceRecord(name=name, size=len(data), blob=store_blob(folder, data)) for name, data in texts
            ],
            checks=[_check_record(folder, check) for check in assignment.checks],
            parent=parent,
        )
    )
    return state


def _check_record(folder: Path, check: Check) -> CheckRecord:
    blob = None if check.material is None else store_blob(folder, check.material)
    return CheckRecord(spec=check.spec, blob=blob)


def _test_room(assignment: Assignment) -> None:
    given = given_criteria(assignment.criteria, assignment.every_check, assignment.pair.criteria)
    for role in assignment.pair.prompts:
        if not Talk(system_prompt(assignment, role, given), assignment.settings.context_tokens).fits():
            raise SourceError(
                f"The goal and its sources leave no room in a context window of "
                f"{assignment.settings.context_tokens} tokens.",
                hint="Give less, or the window of a larger model with --context.",
            )
