"""`duologue watch`: a run that is going on, here or in another terminal."""

import asyncio
import shlex
import time
from pathlib import Path
from typing import Final

import click

from duologue.cli.commands import listening
from duologue.cli.habits import commands_option, read_habits, theme_option
from duologue.cli.mode import choose_mode
from duologue.cli.opening import opening
from duologue.cli.plain import Printer
from duologue.cli.saved import called, runs_option, saved_runs
from duologue.collector import undisturbed
from duologue.display import display_safe
from duologue.errors import RunNotFound
from duologue.habits import Theme
from duologue.record.follow import Follower
from duologue.record.runs import find_run, list_runs

_POLL_S: Final = 0.1


@click.command(short_help="Watch a run that is going on.")
@click.argument("run", required=False)
@click.option("--plain", is_flag=True, help="Print readable lines instead of the screen.")
@commands_option
@theme_option
@runs_option
def command(run: str | None, plain: bool, commands: bool, theme: Theme | None, runs: Path | None) -> None:
    """Watch RUN: its name, the beginning of it, or `last`; without one, the newest that is going on."""
    habits = read_habits(theme)
    folder = saved_runs(runs)
    path = _newest_live(folder, runs) if run is None else find_run(folder, run)
    if choose_mode(plain=plain, as_json=False, quiet=False) == "plain":
        with listening(path if path.is_dir() else path.parent, commands=commands):
            _follow(path)
        return
    with opening(path) as frame:
        with undisturbed():
            from duologue.tui.app import RunApp  # Textual is loaded only where the screen is shown
            from duologue.tui.watched import Watched
        folder = _folder(path)
        name = called(folder)
        app = RunApp(Watched(path), mode="watch", title=path.name, habits=habits, folder=folder, called=name)
        app.first_frame = frame
        asyncio.run(app.run_async())


def _newest_live(folder: Path, told: Path | None) -> Path:
    live = [summary.path for summary in list_runs(folder) if summary.state == "running"]
    if not live:
        where = "" if told is None else f" --runs {shlex.quote(str(told))}"
        hint = f"Replay a saved one: duologue replay last{where}"
        raise RunNotFound(f"No run is going on in {folder}.", hint=hint)
    return live[-1]


def _folder(path: Path) -> Path:
    return path.parent if path.is_file() else path


def _aside(text: str) -> None:
    click.echo(text, err=True)


def _follow(path: Path) -> None:
    follower, printer = Follower(path), Printer(click.echo, _aside, called(_folder(path)))
    while True:
        poll = follower.poll()
        for record in poll.records:
            printer.record(record)
        for problem in poll.problems:
            click.echo(display_safe(f"Skipped {problem}"), err=True)
        if not poll.live:
            printer.flush()
            return
        if not poll.behind:
            time.sleep(_POLL_S)
