"""What is printed: one row a measurement."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `short` and `long` are exchanges; `repeats` is how often each side of a ratio
    is taken, in turns; `crowd` is how many conversations go on at once; `replies` is how many long replies
    are read; `saved` is how many runs are listed."""

    short: int = 50
    long: int = 200
    repeats: int = 5
    crowd: int = 64
    crowd_exchanges: int = 15
    replies: int = 7
    saved: int = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """A measurement: `value` in `unit` (`×` for a ratio), and the bound it should keep, None for none;
    `least` says that the bound is a lower one. `detail` tells what the value was made of."""

    what: str
    value: float
    unit: str
    bound: float | None = None
    least: bool = False
    detail: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bound is kept; None without one."""
        if self.bound is None:
            return None
        return self.value >= self.bound if self.least else self.value <= self.bound


def middle(values: Sequence[float]) -> float:
    """The median."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def where() -> str:
    """What the figures were taken on."""
    return f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"


def shown(row: Row) -> str:
    """The row as a line of text."""
    bound = "" if row.bound is None else f"{'≥' if row.least else '≤'} {row.bound:g} {row.unit}"
    verdict = {True: "holds", False: "MISSED", None: ""}[row.holds]
    value = f"{row.value:,.2f} {row.unit}"
    return f"{row.what:<52} {value:>12}  {bound:<9} {verdict:<7} {row.detail}".rstrip()
