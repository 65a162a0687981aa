"""What the commands on saved runs share: the runs folder, and finding a run in it."""

from pathlib import Path

from duologue.config import environment, load_config
from duologue.errors import RunNotFound
from duologue.record.log import LOG_NAME
from duologue.record.runs import GZ_NAME, find_run
from duologue.settings import Options, runs_folder


def saved_runs(runs: Path | None) -> Path:
    """The folder of saved runs, as an option, the environment or the config file names it."""
    return runs_folder(Options(runs=runs), load_config(), environment())


def named_run(name: str, runs: Path | None) -> Path:
    """The run's folder or log file. Raises RunNotFound."""
    return find_run(saved_runs(runs), name)


def run_folder(name: str, runs: Path | None) -> Path:
    """The run's folder. Raises RunNotFound, also for a log file without one."""
    path = named_run(name, runs)
    if path.is_dir():
        return path
    if path.name in (LOG_NAME, GZ_NAME):
        return path.parent
    raise RunNotFound(f"{path} is a log without a run's folder.", hint="Name the run, or its folder.")
