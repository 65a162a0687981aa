"""Letting a run go, in one of three ways: on the screen, as plain lines, or as the log's own lines."""

import asyncio
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
import httpx

from duologue.cli.interrupts import exit_code, signals_request
from duologue.cli.output import save_output
from duologue.cli.plain import Printer
from duologue.cli.report import complain
from duologue.conversation.assignment import Assignment
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.launch import launch
from duologue.conversation.run import Ending
from duologue.display import display_safe
from duologue.errors import DuologueError
from duologue.record.events import Record
from duologue.record.log import Observer

Mode = Literal["screen", "plain", "json", "quiet"]


@dataclass(frozen=True, slots=True)
class Performance:
    """A run to be shown: what, where it is saved, who stands in for a model (None: nobody), and whether
    the person chose the folder of saved runs for this command alone."""

    assignment: Assignment
    folder: Path
    transport: httpx.AsyncBaseTransport | None = None
    elsewhere: bool = False

    @property
    def called(self) -> str:
        """How the run is named in commands: its id, or its path where its id would not be found."""
        return shlex.quote(str(self.folder)) if self.elsewhere else self.folder.name

    async def go(self, interrupt: Interrupt, observer: Observer) -> Ending:
        """Let the run go to its end."""
        return await launch(
            self.assignment,
            self.folder,
            interrupt=interrupt,
            observers=[observer],
            transport=self.transport,
            called=self.called,
        )


def choose_mode(*, plain: bool, as_json: bool, quiet: bool) -> Mode:
    """The screen on a terminal, unless something else was asked for."""
    if as_json:
        return "json"
    if quiet:
        return "quiet"
    on_terminal = sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM") != "dumb"
    return "plain" if plain or not on_terminal else "screen"


def perform(performance: Performance, mode: Mode, output: Path | None) -> int:
    """Let the run go to its end, show it, save its result; returns the exit code."""
    interrupt = Interrupt()
    if mode == "screen":
        ending = asyncio.run(_on_screen(performance, interrupt))
    else:
        ending = asyncio.run(_in_lines(performance, mode, interrupt))
    if output is not None and ending.result is not None:
        save_output(output, ending.result)
    _say(ending, mode, output)
    return exit_code(ending, interrupt)


async def _in_lines(performance: Performance, mode: Mode, interrupt: Interrupt) -> Ending:
    observer = _until_closed(_observer(mode), interrupt)
    with signals_request(interrupt):
        return await performance.go(interrupt, observer)


def _observer(mode: Mode) -> Observer:
    if mode == "json":
        return lambda _record, line: _write_bytes(line)
    progress = (lambda text: click.secho(text, err=True, dim=True)) if mode == "plain" else None
    printer = Printer(click.echo if mode == "plain" else lambda _text: None, progress)
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
        except BrokenPipeError:
            open_ = False
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            interrupt.request("a closed pipe")

    return guarded


async def _on_screen(performance: Performance, interrupt: Interrupt) -> Ending:
    from duologue.record.follow import Follower
    from duologue.tui.app import RunApp  # Textual is loaded only where the screen is shown

    begun = asyncio.Event()
    endings: list[Ending] = []

    async def run() -> None:
        try:
            endings.append(await performance.go(interrupt, lambda _record, _line: begun.set()))
        finally:
            begun.set()

    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(run())
            await begun.wait()
            if (performance.folder / "log.jsonl").exists():
                app: RunApp = RunApp(Follower(performance.folder), mode="live")
                with signals_request(_Both(interrupt, app.exit)):
                    await app.run_async()
            if not task.done():
                interrupt.request("the person at the screen")
    except* DuologueError as group_exc:
        raise group_exc.exceptions[0] from None
    return endings[0]


class _Both(Interrupt):
    """An interrupt that closes the screen too."""

    def __init__(self, run: Interrupt, close: Callable[[], None]) -> None:
        super().__init__()
        self._run = run
        self._close = close

    def request(self, by: str) -> None:
        """Park the run and leave the screen."""
        self.by = by
        self._run.request(by)
        self._close()


def _say(ending: Ending, mode: Mode, output: Path | None) -> None:
    if mode == "screen":
        _summary(ending)
    if mode == "quiet":
        _print_result(ending)
    if ending.outcome != "done" and mode in ("quiet", "screen", "plain"):
        complain(ending.reason, ending.hint) if mode == "quiet" else _hint(ending.hint)
    if output is not None and mode != "json":
        text = f"Saved to {output}." if ending.result is not None else f"No result: {output} was not written."
        click.echo(text, err=True)


def _summary(ending: Ending) -> None:
    click.secho(f"{ending.outcome}: {display_safe(ending.reason)}", bold=True)
    if ending.unmet:
        click.echo(f"Not met: {', '.join(ending.unmet)}")
    if ending.result is not None:
        click.echo(f"\n{display_safe(ending.result)}\n")
    click.echo(f"Look again: duologue replay {ending.run}")


def _print_result(ending: Ending) -> None:
    if ending.result is not None:
        click.echo(display_safe(ending.result) if sys.stdout.isatty() else ending.result)


def _hint(hint: str | None) -> None:
    if hint:
        click.echo(f"  {display_safe(hint)}", err=True)
