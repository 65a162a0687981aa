"""What the commands on saved runs share: the runs folder, and finding a run in it."""

from pathlib import Path

from duologue.config import environment, load_config
from duologue.record.runs import find_run
from duologue.settings import Options, runs_folder


def saved_runs(runs: Path | None) -> Path:
    """The folder of saved runs, as an option, the environment or the config file names it."""
    return runs_folder(Options(runs=runs), load_config(), environment())


def named_run(name: str, runs: Path | None) -> Path:
    """The run's folder or log file. Raises RunNotFound."""
    return find_run(saved_runs(runs), name)
