"""`duologue rm`: saved runs, removed for good."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import click

from duologue.cli.report import complain
from duologue.cli.saved import runs_option, saved_runs
from duologue.display import display_safe, one_line
from duologue.errors import RecordError, RunNotFound, UserError
from duologue.outcomes import EXIT_FAILED
from duologue.record.lock import lock
from duologue.record.log import LOG_NAME
from duologue.record.runs import find_run, holds_log, summarise


@click.command(short_help="Remove saved runs for good.")
@click.argument("names", nargs=-1, required=True, metavar="RUN…")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@runs_option
def command(names: tuple[str, ...], yes: bool, runs: Path | None) -> int:
    """Remove each RUN: its name, the beginning of it, or `last`. A run that is going on stays."""
    folder = saved_runs(runs)
    found = list(dict.fromkeys(removable(folder, name) for name in names))
    for path in found:
        summary = summarise(path)
        click.echo(f"{one_line(path.name, 40)}  {summary.state}  {one_line(summary.goal, 60)}", err=True)
    if not yes:
        _ask(len(found))
    failed = False
    for path in found:
        try:
            remove_run(path)
        except RecordError as exc:
            failed = True
            complain(exc.message, exc.hint)
        else:
            click.echo(f"Removed {display_safe(path.name, newlines=False)}.")
    return EXIT_FAILED if failed else 0


def removable(folder: Path, name: str) -> Path:
    """The run's folder right inside the folder of saved runs. Raises RunNotFound for anything else."""
    path = find_run(folder, name)
    inside = path.absolute().parent.resolve() == folder.resolve()
    if not inside or path.name in ("", "..") or path.is_symlink() or not path.is_dir() or not holds_log(path):
        raise RunNotFound(
            f"{path} is no run inside {folder}, so it is not removed.",
            hint="Name the folder of saved runs with --runs.",
        )
    return folder / path.name


def _ask(count: int) -> None:
    what = "this run" if count == 1 else f"these {count} runs"
    try:
        agreed = click.confirm(f"Remove {what} for good?", err=True)
    except click.Abort:
        raise UserError("Nothing was removed.", hint="With --yes it does not ask.") from None
    if not agreed:
        raise UserError("Nothing was removed.")


def remove_run(path: Path) -> None:
    """Remove the run's folder; links in it are removed, not followed. Raises RunBusy while a process
    writes it, RecordError where it cannot be removed."""
    descriptor: int | None = None
    try:
        with suppress(FileNotFoundError):  # a compressed run has no log that anybody could write
            descriptor = _locked(path)
        shutil.rmtree(path)
    except OSError as exc:
        raise RecordError(f"The run {path.name} cannot be removed: {exc.strerror or exc}.") from exc
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(path: Path) -> int:
    descriptor = os.open(path / LOG_NAME, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    lock(descriptor, path)
    return descriptor
