"""What the commands on saved runs share: the runs folder, and finding a run in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from duologue.config import environment, load_config
from duologue.errors import DuologueError, RunNotFound
from duologue.record.called import by_path
from duologue.record.log import LOG_NAME
from duologue.record.runs import GZ_NAME, find_run
from duologue.settings import Options, runs_folder

runs_option: Final[Callable[[Callable[..., Any]], Callable[..., Any]]] = click.option(
    "--runs",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The folder of saved runs; else DUOLOGUE_RUNS, else the config file.",
)


def saved_runs(runs: Path | None) -> Path:
    """The folder of saved runs, as an option, the environment or the config file names it."""
    return runs_folder(Options(runs=runs), load_config(), environment())


def named_run(name: str, runs: Path | None) -> Path:
    """The run's folder or log file. Raises RunNotFound."""
    return find_run(saved_runs(runs), name)


def called(folder: Path) -> str:
    """How commands name the run in this folder: by its name, or by its path where its name would not do."""
    return short(by_path(folder))


def short(words: str) -> str:
    """The words, with runs named by their paths named by what suffices: those in the folder that is looked
    into unasked need no more than their names."""
    try:
        folder = by_path(saved_runs(None))
        words = words.replace(f" --runs {folder}", "") if words.endswith(f" --runs {folder}") else words
        return words.replace(f" {folder}/", " ").removeprefix(f"{folder}/")
    except DuologueError:
        return words


def run_folder(name: str, runs: Path | None) -> Path:
    """The run's folder. Raises RunNotFound, also for a log file without one."""
    path = named_run(name, runs)
    if path.is_dir():
        return path
    if path.name in (LOG_NAME, GZ_NAME):
        return path.parent
    raise RunNotFound(f"{path} is a log without a run's folder.", hint="Name the run, or its folder.")
