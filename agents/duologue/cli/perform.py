"""Letting a run go, in one of three ways: on the screen, as plain lines, or as the log's own lines."""

import asyncio
import errno
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Final, TextIO

import click

from duologue.cli.commands import listening
from duologue.cli.detach import detach
from duologue.cli.diagnostics import DIAGNOSTICS_NAME, to_file, to_stderr
from duologue.cli.interrupts import exit_code, signals_request
from duologue.cli.mode import Mode
from duologue.cli.output import save_output
from duologue.cli.performance import Performance
from duologue.cli.plain import Printer
from duologue.cli.report import complain
from duologue.collector import undisturbed
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.run import Ending
from duologue.display import display_safe
from duologue.record.events import Record
from duologue.record.log import Observer

_CLOSED: Final = "a closed pipe"


def perform(performance: Performance, mode: Mode, output: Path | None, *, commands: bool = False) -> int:
    """Let the run go to its end, show it, save its result; returns the exit code. Where it is shown as plain
    lines, it is steered by those of a terminal, and with `commands` of any standard input."""
    if mode == "detached":
        return detach(performance, output)
    interrupt = Interrupt()
    if mode == "screen":
        to_file(performance.folder / DIAGNOSTICS_NAME)
        from duologue.cli.screen import on_screen  # Textual is loaded only where the screen is shown

        ending = asyncio.run(on_screen(performance, interrupt))
    else:
        to_stderr()
        with listening(performance.folder, commands=commands) if mode == "plain" else nullcontext():
            ending = asyncio.run(_in_lines(performance, mode, interrupt))
    if output is not None and ending.result is not None:
        save_output(output, ending.result)
    try:
        if interrupt.by == _CLOSED:
            complain("Nobody reads the output any more: the run is parked.", f"Next: {ending.next}")
        _say(ending, mode, output)
    except OSError as exc:
        if exc.errno != errno.EIO:
            raise
        # The terminal has gone, so there is nobody to say it to.
        _silence(sys.stdout)
        _silence(sys.stderr)
    return exit_code(ending, interrupt)


async def _in_lines(performance: Performance, mode: Mode, interrupt: Interrupt) -> Ending:
    observer = _until_closed(_observer(mode, performance), interrupt)
    with signals_request(interrupt):
        return await performance.start(interrupt, observer)


def _observer(mode: Mode, performance: Performance) -> Observer:
    if mode == "json":
        return lambda _record, line: _write_bytes(line)
    progress = (lambda text: click.secho(text, err=True, dim=True)) if mode == "plain" else None
    printer = Printer(click.echo if mode == "plain" else lambda _text: None, progress, performance.called)
    with undisturbed():
        printer.skip(performance.earlier)
    return lambda record, _line: printer.record(record)


def _write_bytes(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _until_closed(observe: Observer, interrupt: Interrupt) -> Observer:
    """The observer, until nobody reads what it prints: then the run is parked."""
    open_ = True

    def guarded(record: Record, line: bytes) -> None:
        nonlocal open_
        if not open_:
            return
        try:
            observe(record, line)
        except OSError as exc:
            open_ = False
            _silence(sys.stdout)
            if isinstance(exc, BrokenPipeError):
                interrupt.request(_CLOSED)
                return
            _silence(sys.stderr)
            interrupt.request(_cause(exc))

    return guarded


def _cause(exc: OSError) -> str:
    """Why the output cannot be written. A terminal that has gone answers EIO, and that may be seen before the
    SIGHUP that comes with it: both are the same end."""
    return "SIGHUP" if exc.errno == errno.EIO else f"an output that cannot be written: {exc.strerror}"


def _silence(stream: TextIO) -> None:
    """What is still printed there, and what Python flushes at exit, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _say(ending: Ending, mode: Mode, output: Path | None) -> None:
    if mode == "screen":
        _summary(ending)
    if mode == "quiet":
        _print_result(ending)
    # Lines end with the log's last one, which says all this; where it could not be written, nothing did.
    alone = mode == "quiet" or (mode != "screen" and not ending.logged)
    if ending.outcome != "done" and (alone or mode != "json"):
        complain(ending.reason, ending.hint) if alone else _hint(ending.hint)
        _hint(f"Next: {ending.next}" if alone else None)
    if output is not None and mode != "json":
        text = f"Saved to {output}." if ending.result is not None else f"No result: {output} was not written."
        click.echo(display_safe(text), err=True)


def _summary(ending: Ending) -> None:
    click.secho(f"{ending.outcome}: {display_safe(ending.reason)}", bold=True)
    if ending.unmet:
        click.echo(display_safe(f"Not met: {', '.join(ending.unmet)}"))
    if ending.result is not None:
        click.echo(f"\n{display_safe(ending.result)}\n")
    click.echo(display_safe(f"Next: {ending.next}"))


def _print_result(ending: Ending) -> None:
    if ending.result is not None:
        click.echo(display_safe(ending.result) if sys.stdout.isatty() else ending.result)


def _hint(hint: str | None) -> None:
    if hint:
        click.echo(f"  {display_safe(hint)}", err=True)
