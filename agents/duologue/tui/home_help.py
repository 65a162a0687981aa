"""What the screen of the saved runs says of itself: its keys, how to begin, where a run is."""

from pathlib import Path
from typing import Final

from rich.text import Text
from textual.geometry import Size

from duologue.display import display_safe
from duologue.record.runs import RunSummary

_ROOMY: Final = Size(60, 16)
MEANINGS: Final[dict[str, str]] = {
    "open": "show the run: live while it goes on, else replayed",
    "filter": "look for words in goals, outcomes, pairs and names",
    "clear": "show all runs again, with no marks",
    "sort": "newest, oldest, turns, tokens, cost, outcome, pair",
    "resume": "go on with the run",
    "fork": "start a new run from one of its turns",
    "mark": "mark the run; two can be compared",
    "compare": "the marked runs side by side; a fork beside its parent",
    "export": "save the run as a web page, Markdown or messages",
    "delete": "delete the run for good, after asking",
    "folder": "where the run is on the disk",
    "theme": "other colours",
    "commands": "every action by its name",
    "help": "this help",
    "quit": "leave",
}


def begin_text(folder: Path, room: Size) -> str:
    """How to begin, where there are no runs."""
    if room.width < _ROOMY.width or room.height < _ROOMY.height:
        return display_safe(
            "No saved runs. Begin with one:\n"
            'duologue run "Write a haiku"\n'
            "duologue demo\n"
            "duologue doctor\n"
            "One that is begun in another terminal appears here. "
            f"They are in {folder}."
        )
    return display_safe(
        f"There are no saved runs in {folder}.\n\n"
        "Begin with one:\n\n"
        '  duologue run "Write a haiku about rain"\n'
        "  duologue demo          a scripted run; needs no model\n"
        "  duologue doctor        which endpoint there is\n\n"
        "A run that is begun in another terminal appears here."
    )


def folder_text(run: RunSummary, name: str) -> Text:
    """The run's goal, its folder, and commands for it, which know it by that name."""
    lines = [
        run.goal or "(no goal)",
        "",
        str(run.path),
        "",
        f"duologue show {name}",
        f"duologue verify {name}",
    ]
    if run.state == "unreadable":
        lines += [f"duologue repair {name}", "", "Its log is damaged or from a newer version."]
    return Text(display_safe("\n".join(lines)))
