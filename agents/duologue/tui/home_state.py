"""What the list of the saved runs keeps while it is away, and what it is given to do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from duologue.record.called import by_path
from duologue.tui.sieve import Order


@dataclass(slots=True)
class HomeState:
    """What is kept while the screen is away; `notice` is said when it is back."""

    words: str = ""
    order: Order = "newest"
    place: Path | None = None
    marks: list[Path] = field(default_factory=list)
    notice: str = ""
    redact: bool = False


@dataclass(frozen=True, slots=True)
class Deeds:
    """What is done with a run without leaving the screen: it is deleted, or exported to a file, redacted or
    not; both raise DuologueError. `called` says how commands name it, `leaving` that commands which need the
    terminal can be run."""

    delete: Callable[[Path], None]
    export: Callable[[Path, Path, bool], None]
    called: Callable[[Path], str] = by_path
    leaving: bool = True
