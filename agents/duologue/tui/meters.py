"""The budget: what is spent of each limit, and what is left."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from duologue.messages import ROLE_NAMES
from duologue.money import dollars
from duologue.record.view import RunView
from duologue.tui.amounts import compact, minutes
from duologue.tui.palette import Palette

_CELLS: Final = 5
_NEARLY: Final = 0.8
_NUMBER: Final = 8
"""Columns of a number; with name and bar a line has 30, which is what the panel has beside its scrollbar."""
_NO_LIMIT: Final = "–"


@dataclass(frozen=True, slots=True)
class Meter:
    """One limit of the budget; `limit` is None where there is none; `told` is what is said of what is spent,
    where that is no plain number."""

    name: str
    spent: float
    limit: float | None
    show: Callable[[float], str] = compact
    told: str = ""

    @property
    def used(self) -> str:
        """What is spent."""
        return self.told or self.show(self.spent)

    @property
    def left(self) -> str:
        """What is left, or a dash without a limit."""
        return _NO_LIMIT if self.limit is None else self.show(max(self.limit - self.spent, 0.0))

    @property
    def words(self) -> str:
        """`turns 4, 36 left`, or `turns 4` without a limit."""
        return f"{self.name} {self.used}" + ("" if self.limit is None else f", {self.left} left")

    @property
    def part(self) -> float:
        """The part of the limit that is spent, from 0 to 1; 0 without a limit."""
        return min(self.spent / self.limit, 1.0) if self.limit else 0.0


def meters(view: RunView, elapsed_s: float) -> Iterator[Meter]:
    """Turns, tokens and minutes, and the cost where there is one, or a limit to it. A time in which the run
    waited for the person is not counted."""
    limits = view.steered.limits
    yield Meter("turns", view.turns, limits.max_turns)
    yield Meter("tokens", view.bill.tokens, limits.max_tokens)
    if view.bill.words or limits.max_cost_usd is not None:
        yield Meter("cost", view.bill.usd, limits.max_cost_usd, dollars, view.bill.brief)
    yield Meter("minutes", view.steered.working_s(elapsed_s) / 60, limits.max_minutes, minutes)


def meter_bars(view: RunView, elapsed_s: float, palette: Palette) -> Text:
    """A line a limit: a bar where there is one, what is spent, what is left."""
    lines = Text().append("budget", palette.strong)
    lines.append(f"{'spent':>{_NUMBER + 8}}{'left':>{_NUMBER}}", palette.faint)
    for meter in meters(view, elapsed_s):
        style = palette.warn if meter.part >= _NEARLY else palette.good
        full = round(meter.part * _CELLS)
        lines.append(f"\n{meter.name:<8}", palette.faint)
        if meter.limit is None:
            lines.append(" " * _CELLS)
        else:
            lines.append("▰" * full, style).append("▱" * (_CELLS - full), palette.faint)
        lines.append(f" {meter.used:>{_NUMBER}}{meter.left:>{_NUMBER}}")
    return lines


def meter_line(view: RunView, elapsed_s: float, width: int) -> str:
    """`turns 4, 36 left · tokens 12.1k · minutes 1:05, 58:55 left`; where that is wider than `width`,
    `left: 36 turns, 58:55 minutes`, with what is nearly spent in front."""
    known = list(meters(view, elapsed_s))
    long = " · ".join(meter.words for meter in known)
    limited = sorted(
        (meter for meter in known if meter.limit is not None), key=lambda each: each.part < _NEARLY
    )
    if len(long) <= width or not limited:
        return long
    return "left: " + ", ".join(map(_left, limited))


def _left(meter: Meter) -> str:
    """`36 turns`, `1 turn`, `$0.92`."""
    match meter.name:
        case "cost":
            return meter.left
        case "turns" if meter.left == "1":
            return "1 turn"
        case name:
            return f"{meter.left} {name}"


def role_lines(view: RunView, palette: Palette) -> Text:
    """A line a role: its tokens and what they cost; empty where nothing did."""
    lines = Text()
    for role in ROLE_NAMES:
        if view.bill.words and (bill := view.bills.get(role)) is not None:
            lines.append(f"\n{role:<9}", palette.role(role))
            lines.append(f" {compact(bill.tokens):>5} tokens {bill.brief}")
    return lines
