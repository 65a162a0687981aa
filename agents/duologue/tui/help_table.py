"""The keys of a screen as its help shows them: those that are set, each with what it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

_COLUMN: Final = 16
_NARROW: Final = 9
_ROOMY: Final = 50
"""Columns from which the keys have a broad column."""


@dataclass(frozen=True, slots=True)
class HelpTable:
    """Keys and what they do, a line each."""

    lines: Sequence[tuple[str, str]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Two columns, for the width that there is."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=_COLUMN if options.max_width >= _ROOMY else _NARROW, style="bold")
        grid.add_column()
        for shown, meaning in self.lines:
            grid.add_row(Text(shown), meaning)
        yield grid


def help_table(
    keys: Sequence[tuple[str, str]],
    meanings: Mapping[str, str],
    first: Sequence[tuple[str, str]] = (),
    last: Sequence[tuple[str, str]] = (),
) -> HelpTable:
    """A line a meaning whose actions have keys, in that order; `meanings` are of one action's name, or of
    several parted by spaces. `first` and `last` are lines before and after."""
    had: dict[str, list[str]] = {}
    for name, shown in keys:
        had.setdefault(name, []).append(shown)
    lines = list(first)
    for names, meaning in meanings.items():
        if known := [each for name in (names, *names.split()) if name in had for each in had[name]]:
            lines.append((" ".join(dict.fromkeys(known)), meaning))
    return HelpTable([*lines, *last])
