"""Opening the screen on a saved run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from duologue.errors import RecordError
from duologue.habits import PLAIN_HABITS, Habits
from duologue.record.pages import LogPages
from duologue.tui.app import RunApp
from duologue.tui.player import IDLE_S, Player


@dataclass(frozen=True, slots=True)
class Start:
    """How a replay begins: paused with `turn` complete, or playing from the start where that is None; how
    fast, and the longest pause in seconds."""

    turn: int | None = None
    speed: float = 1.0
    idle_s: float = IDLE_S


PLAIN_START: Final = Start()


def player(path: Path, start: Start = PLAIN_START) -> Player:
    """A player of that log file, which is read as it is played. Raises RecordError, LogTooNew, and where
    nothing in it can be shown."""
    pages = LogPages(path)
    if not any(pages.records(page) for page in range(len(pages))):
        raise RecordError(f"The log {path} holds nothing that can be shown.")
    made = Player(pages, idle_s=start.idle_s, playing=start.turn is None)
    made.speed = start.speed
    if start.turn:
        made.go_to_turn(start.turn)
    return made


def screen(path: Path, habits: Habits = PLAIN_HABITS, start: Start = PLAIN_START, called: str = "") -> RunApp:
    """The screen that plays that log file of a run that commands know as `called`, or else by its folder."""
    name = path.absolute().parent.name
    return RunApp(player(path, start), mode="replay", title=name, habits=habits, called=called)
