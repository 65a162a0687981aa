"""The saved runs as lines: a run's name is never cut, since it is there to be copied."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import click

from duologue.display import one_line
from duologue.record.glance import age, cost
from duologue.record.runs import RunSummary

_COLOURS: Final = {"done": "green", "running": "cyan", "failed": "red", "crashed": "red", "unreadable": "red"}
_GAP: Final = "  "
_INDENT: Final = "    "
_LEAST_GOAL: Final = 24
_MOST_NAME: Final = 255
_USUAL_NAME: Final = 40
_STATE: Final = 1
_RIGHT: Final = frozenset({2, 3, 4, 5})
"""The cells of numbers."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A run's cells: name, state, turns, tokens, cost, age, pair."""

    cells: tuple[str, ...]
    summary: RunSummary


def run_lines(runs: Iterable[tuple[RunSummary, int]], columns: int) -> Iterator[tuple[RunSummary, list[str]]]:
    """Each run, given with how deep it stands below others, with its lines. Every column is as wide as these
    runs need; what does not fit beside a name stands below it, as does a goal that has little room."""
    lines = [_Line(_cells(summary, depth), summary) for summary, depth in runs]
    widths = [_width(column) for column in zip(*(line.cells for line in lines), strict=True)]
    fitting = _fitting(widths, columns)
    for line in lines:
        beside = 1 if len(line.cells[0]) > widths[0] else fitting
        yield line.summary, list(_laid_out(line, widths[:beside], columns))


def _width(column: Sequence[str]) -> int:
    """As wide as what stands in it; a name that is far longer than ours has lines to itself."""
    return max((len(cell) for cell in column if len(cell) <= _USUAL_NAME), default=0)


def _cells(summary: RunSummary, depth: int) -> tuple[str, ...]:
    turns = "–" if summary.turns is None else str(summary.turns)
    tokens = "–" if summary.tokens is None else f"{summary.tokens:,}"
    branch = "  " * (min(depth, 20) - 1) + "└ " if depth else ""
    return (
        branch + one_line(summary.run, _MOST_NAME),
        summary.state,
        f"{turns} turn" if summary.turns == 1 else f"{turns} turns",
        f"{tokens} tokens",
        cost(summary),
        f"{age(summary.at)} ago",
        one_line(summary.pair, 16),
    )


def _fitting(widths: Sequence[int], columns: int) -> int:
    """How many of the columns stand on one line, the name at least."""
    used, count = 0, 0
    for width in widths:
        used += width + (len(_GAP) if count else 0)
        if count and used > columns:
            break
        count += 1
    return count


def _laid_out(line: _Line, widths: Sequence[int], columns: int) -> Iterator[str]:
    goal, left = line.summary.goal, line.cells[len(widths) :]
    room = columns - sum(widths) - len(_GAP) * len(widths)
    fits = not left and room >= _LEAST_GOAL
    padded = [*widths, 0] if fits else [*widths[:-1], 0]
    head = _GAP.join(_cell(line, place, width) for place, width in enumerate(padded[: len(widths)]))
    if fits:
        yield head + _GAP + one_line(goal, room)
        return
    yield head
    width = max(columns - len(_INDENT), 12)
    # A fact is not broken between its number and its unit.
    facts = _GAP.join(cell.replace(" ", "\xa0") for cell in left if cell)
    for folded in textwrap.wrap(facts, width, break_on_hyphens=False):
        yield _INDENT + folded.replace("\xa0", " ")
    if goal:
        yield _INDENT + one_line(goal, width)


def _cell(line: _Line, place: int, width: int) -> str:
    text = line.cells[place]
    padded = text.rjust(width) if place in _RIGHT else text.ljust(width)
    return click.style(padded, fg=_COLOURS.get(text, "yellow")) if place == _STATE else padded
