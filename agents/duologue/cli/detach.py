"""Letting a run go on in the background, past the end of this command and of its terminal."""

import asyncio
import json
import os
import signal
from pathlib import Path

import click

from duologue.cli.diagnostics import DIAGNOSTICS_NAME, to_file
from duologue.cli.interrupts import signals_request
from duologue.cli.output import save_output
from duologue.cli.performance import Performance
from duologue.conversation.interrupt import Interrupt
from duologue.display import display_safe
from duologue.errors import DuologueError, UserError
from duologue.outcomes import EXIT_FAILED
from duologue.record.events import Record


def detach(performance: Performance, output: Path | None) -> int:
    """Start the run in a process of its own and return as soon as it has begun.

    Raises DuologueError with what kept it from beginning.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        # Nothing of this process's may run twice: whatever happens, the child ends here.
        try:
            _go_alone(performance, output, writer)
        finally:
            os._exit(EXIT_FAILED)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = json.loads(pipe.read() or b'{"message": "The process ended before the run began."}')
    if said:
        kind = UserError if said.get("usage") else DuologueError
        raise kind(said["message"], hint=said.get("hint"))
    called = performance.called
    click.echo(f"The run {performance.folder.name} goes on in the background (pid {child}).")
    click.echo(display_safe(f"Watch it: duologue watch {called}    Park it: kill {child}"))
    return 0


def _go_alone(performance: Performance, output: Path | None, writer: int) -> None:
    """In the child: leave the terminal, say through the pipe that the run has begun, and let it go."""
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    to_file(performance.folder / DIAGNOSTICS_NAME)
    told = False

    def tell(said: dict[str, str | bool | None]) -> None:
        nonlocal told
        if not told:
            told = True
            os.write(writer, json.dumps(said).encode())
            os.close(writer)

    def begun(_record: Record, _line: bytes) -> None:
        tell({})

    async def go() -> None:
        interrupt = Interrupt()
        with signals_request(interrupt, hangup=False):
            ending = await performance.start(interrupt, begun)
        if output is not None and ending.result is not None:
            save_output(output, ending.result)

    try:
        asyncio.run(go())
    except DuologueError as exc:
        tell({"message": exc.message, "hint": exc.hint, "usage": isinstance(exc, UserError)})
