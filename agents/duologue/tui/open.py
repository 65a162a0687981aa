"""Opening the screen on a saved run."""

from pathlib import Path

from duologue.errors import RecordError
from duologue.habits import PLAIN_HABITS, Habits
from duologue.record.pages import LogPages
from duologue.tui.app import RunApp
from duologue.tui.player import Player


def player(path: Path) -> Player:
    """A player of that log file, which is read as it is played. Raises RecordError, LogTooNew, and where
    nothing in it can be shown."""
    pages = LogPages(path)
    if not any(pages.records(page) for page in range(len(pages))):
        raise RecordError(f"The log {path} holds nothing that can be shown.")
    return Player(pages)


def screen(path: Path, habits: Habits = PLAIN_HABITS) -> RunApp:
    """The screen that plays that log file."""
    return RunApp(player(path), mode="replay", title=path.absolute().parent.name, habits=habits)


async def replay(path: Path, habits: Habits = PLAIN_HABITS) -> None:
    """Show the run of that log file as it happened, until the person leaves."""
    await screen(path, habits).run_async()
