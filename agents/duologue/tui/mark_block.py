"""What happened beside the talk, a line each."""

from typing import Final

from rich.style import Style
from textual.strip import Strip

from duologue.display import one_line
from duologue.record.items import MarkItem
from duologue.tui.look import Look
from duologue.tui.palette import Palette
from duologue.tui.strips import paint, words

_MOST_LINES: Final = 3
_LABELS: Final = {
    "attempt.failed": "✗ attempt failed",
    "guard.raised": "⚠ guard",
    "budget.warned": "◔ budget",
    "context.compacted": "≡ context",
    "tool.finished": "⚙ tool",
    "goal.specified": "◎ goal",
    "control.received": "⏎ control",
    "run.parked": "∥ parked",
    "run.ended": "■ ended",
}


def mark_block(item: MarkItem, look: Look) -> list[Strip]:
    """The mark, clipped to three lines."""
    label = _LABELS.get(item.kind)
    said = f"{label} · {item.text}" if label else f"· {item.text}"
    if look.tools and item.kind == "tool.finished":
        return paint(words(said, _style(item.kind, look.palette)), look.width)
    text = one_line(said, _MOST_LINES * look.width - look.width // 2)
    return paint(words(text, _style(item.kind, look.palette)), look.width)


def _style(kind: str, palette: Palette) -> Style:
    match kind:
        case "attempt.failed":
            return palette.bad
        case "guard.raised" | "budget.warned" | "control.received":
            return palette.warn
        case _:
            return palette.faint
