"""What is chosen in the list of saved runs, to be shown or run once its screen is away."""

from dataclasses import dataclass
from pathlib import Path

from duologue.record.runs import RunSummary


@dataclass(frozen=True, slots=True)
class Open:
    """Show this run."""

    run: RunSummary


@dataclass(frozen=True, slots=True)
class GoOn:
    """Go on with this run."""

    path: Path


@dataclass(frozen=True, slots=True)
class ForkAt:
    """Fork this run after that turn."""

    path: Path
    turn: int


@dataclass(frozen=True, slots=True)
class Compare:
    """Show these runs side by side; a fork alone beside its parent."""

    paths: tuple[Path, ...]


Choice = Open | GoOn | ForkAt | Compare
