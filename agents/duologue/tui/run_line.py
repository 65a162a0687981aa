"""A saved run as one line of the list, or two where there is little room."""

from typing import Final

from rich.style import Style
from rich.text import Text

from duologue.display import one_line
from duologue.record.glance import age, cost
from duologue.record.runs import RunSummary
from duologue.tui.amounts import compact
from duologue.tui.palette import Palette

WIDE: Final = 96
"""Columns from which a run has one line."""
_ROOM: Final = 56
"""Columns from which tokens are told."""
_LEAST: Final = 6
"""Columns that are worth beginning a pair's name in."""
_INDENT: Final = "    "
_SIGNS: Final = {"done": "✓", "running": "●", "crashed": "✗", "failed": "✗", "unreadable": "✗"}


def run_lines(run: RunSummary, width: int, palette: Palette, *, marked: bool) -> list[Text]:
    """The run's lines, none wider than `width`."""
    tokens = f" {_count(run.tokens):>6}" if width >= _ROOM else ""
    turns = 5 if width >= WIDE else 4
    facts = f" {age(run.at):>6} {_count(run.turns):>{turns}}{tokens} {cost(run):>8}  "
    head = Text(no_wrap=True, end="").append("◆ " if marked else "  ", palette.warn)
    head.append(f"{_SIGNS.get(run.state, '·')} {run.state:<10}", style_of(run, palette))
    if width < WIDE:
        head.append(facts, palette.faint)
        if (room := width - head.cell_len) >= min(len(run.pair), _LEAST):
            head.append(one_line(run.pair, room), palette.faint)
        head.truncate(width)
        goal = Text(_INDENT, no_wrap=True, end="").append(one_line(run.goal, max(width - len(_INDENT), 0)))
        return [head, goal]
    head.append(facts).append(f"{one_line(run.pair, 11):<12}", palette.faint)
    return [head.append(one_line(run.goal, max(width - head.cell_len, 0)))]


def heading(width: int, palette: Palette) -> Text | None:
    """What the columns are; None where each run has two lines."""
    if width < WIDE:
        return None
    words = f"    {'outcome':<10} {'age':>6} {'turns':>5} {'tokens':>6} {'cost':>8}  {'pair':<12}goal"
    return Text(words, palette.faint, no_wrap=True, end="")


def style_of(run: RunSummary, palette: Palette) -> Style:
    """The style of how the run stands, which a word says too."""
    match run.state:
        case "done":
            return palette.good
        case "running":
            return palette.user
        case "crashed" | "failed" | "unreadable":
            return palette.bad
        case _:
            return palette.warn


def _count(number: int | None) -> str:
    return "–" if number is None else compact(number)
