"""How a command names a run."""

import shlex
from pathlib import Path


def by_path(folder: Path) -> str:
    """The run's folder for a shell: what every command finds, wherever the runs are saved."""
    return shlex.quote(str(folder))
