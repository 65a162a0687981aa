"""`duologue home`, and `duologue` alone: the saved runs on the screen, and what is chosen there."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import click

from duologue.cli.export import export_to
from duologue.cli.habits import read_habits, theme_option
from duologue.cli.rm import removable, remove_run
from duologue.cli.saved import called, runs_option, saved_runs
from duologue.display import display_safe
from duologue.errors import DuologueError, UserError
from duologue.habits import Habits, Theme
from duologue.record.comparison import comparison_of
from duologue.record.log import LOG_NAME
from duologue.record.runs import RunSummary
from duologue.record.shelf import Shelf

if TYPE_CHECKING:
    from duologue.tui.choices import Choice


@click.command(short_help="The saved runs on the screen.")
@theme_option
@runs_option
def command(theme: Theme | None, runs: Path | None) -> None:
    """Show the saved runs: look for one, open, resume, fork, compare, export or delete it.

    `duologue` alone does the same on a terminal.
    """
    if not on_terminal():
        raise UserError("The list needs a terminal.", hint="`duologue ls` prints it.")
    show_home(saved_runs(runs), read_habits(theme))


def on_terminal() -> bool:
    """Whether a person sits there."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def show_home(folder: Path, habits: Habits, *, leaving: bool = True) -> None:
    """Show the list, do what is chosen, and come back to it until the person leaves. With `leaving`, commands
    that need the terminal are offered."""
    from duologue.tui.home import HomeApp  # Textual is loaded only where the screen is shown
    from duologue.tui.home_state import Deeds, HomeState

    def delete(path: Path) -> None:
        remove_run(removable(folder, str(path)))

    shelf, state = Shelf(folder), HomeState()
    deeds = Deeds(delete, export_to, called, leaving=leaving)
    while (choice := HomeApp(shelf, deeds, state, habits).run()) is not None:
        try:
            if not _do(choice, folder, habits):
                return
        except DuologueError as exc:
            state.notice = exc.message


def _do(choice: "Choice", folder: Path, habits: Habits) -> bool:
    """Do what was chosen; False where the person does not want to come back."""
    from duologue.tui.choices import Compare, ForkAt, GoOn, Open
    from duologue.tui.compare import CompareApp

    match choice:
        case Open(run=run):
            open_run(run, habits)
        case Compare(paths=paths):
            CompareApp(comparison_of(folder, paths), habits=habits).run()
        case GoOn(path=path):
            return _run(["resume", str(path), "--runs", str(folder)])
        case ForkAt(path=path, turn=turn):
            return _run(["fork", str(path), "--at", str(turn), "--runs", str(folder)])
        case _:
            assert_never(choice)
    return True


def open_run(run: RunSummary, habits: Habits) -> None:
    """Show the run: watched while it goes on, else replayed. Raises RecordError."""
    from duologue.tui.app import RunApp  # Textual is loaded only where the screen is shown
    from duologue.tui.open import screen
    from duologue.tui.watched import Watched

    if run.state == "running":
        name = called(run.path)
        watched = Watched(run.path)
        RunApp(watched, mode="watch", title=run.run, habits=habits, folder=run.path, called=name).run()
    else:
        screen(run.path / LOG_NAME, habits, called=called(run.path)).run()


def _run(arguments: list[str]) -> bool:
    """Run the command in this terminal, as if it had been typed; False where the person leaves then."""
    click.secho(display_safe(f"$ duologue {' '.join(arguments)}", newlines=False), dim=True)
    with _signals_left_to_the_child():
        subprocess.run([sys.executable, "-m", "duologue", *arguments])
    try:
        answer = click.prompt("\nenter: back to the runs · q: leave", default="", show_default=False)
    except click.Abort:
        return False
    return str(answer).strip().lower() not in ("q", "quit")


@contextmanager
def _signals_left_to_the_child() -> Iterator[None]:
    """An interrupt of the terminal goes to both: the child parks its run, and this process waits for it."""
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
