"""The goal in full, at the head of the transcript."""

from rich.console import Group, RenderableType
from rich.text import Text
from textual.strip import Strip

from duologue.record.events import RunStarted
from duologue.tui.amounts import compact
from duologue.tui.look import Look
from duologue.tui.strips import paint, words


def goal_block(started: RunStarted, look: Look) -> list[Strip]:
    """The goal's words as they were given, and the sources given with it."""
    faint = look.palette.faint
    body: list[RenderableType] = [Text("goal", style=faint), words(started.goal, look.palette.strong)]
    body += [
        words(f"source: {source.name} ({compact(source.size)} bytes)", faint) for source in started.sources
    ]
    return paint(Group(*body), look.width)
