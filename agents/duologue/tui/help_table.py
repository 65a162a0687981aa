"""The keys of a screen as its help shows them: those that are set, each with what it does."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

_COLUMN: Final = 16


def help_table(
    keys: Sequence[tuple[str, str]], meanings: Mapping[str, str], *first: tuple[str, str]
) -> Table:
    """A line an action that has a key, in the order of their meanings."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=_COLUMN, style="bold")
    grid.add_column()
    for shown, meaning in first:
        grid.add_row(shown, meaning)
    had: dict[str, list[str]] = {}
    for name, shown in keys:
        had.setdefault(name, []).append(shown)
    for name, meaning in meanings.items():
        if name in had:
            grid.add_row(Text(" ".join(had[name])), meaning)
    return grid
