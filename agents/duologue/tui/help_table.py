"""The keys of a screen as its help shows them: those that are set, each with what it does."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

_COLUMN: Final = 16


def help_table(
    keys: Sequence[tuple[str, str]], meanings: Mapping[str, str], *first: tuple[str, str]
) -> Table:
    """A line a meaning whose actions have keys, in that order; `meanings` are of one action's name, or of
    several parted by spaces."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=_COLUMN, style="bold")
    grid.add_column()
    for shown, meaning in first:
        grid.add_row(shown, meaning)
    had: dict[str, list[str]] = {}
    for name, shown in keys:
        had.setdefault(name, []).append(shown)
    for names, meaning in meanings.items():
        if known := [each for name in (names, *names.split()) if name in had for each in had[name]]:
            grid.add_row(Text(" ".join(dict.fromkeys(known))), meaning)
    return grid
