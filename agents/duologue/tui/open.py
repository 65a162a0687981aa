"""Opening the screen on a saved run."""

from pathlib import Path

from duologue.errors import RecordError
from duologue.habits import PLAIN_HABITS, Habits
from duologue.record.reader import read_log
from duologue.tui.app import RunApp
from duologue.tui.player import Player


def player(path: Path) -> Player:
    """A player of that log file. Raises RecordError, LogTooNew, and where nothing in it can be shown."""
    records, problems = read_log(path)
    if not records:
        raise RecordError(f"The log {path} holds nothing that can be shown.")
    return Player(records, problems=[str(problem) for problem in problems])


def screen(path: Path, habits: Habits = PLAIN_HABITS) -> RunApp:
    """The screen that plays that log file."""
    return RunApp(player(path), mode="replay", title=path.absolute().parent.name, habits=habits)


async def replay(path: Path, habits: Habits = PLAIN_HABITS) -> None:
    """Show the run of that log file as it happened, until the person leaves."""
    await screen(path, habits).run_async()
