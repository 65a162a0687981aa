"""The budget: what is spent of each limit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from duologue.messages import ROLE_NAMES
from duologue.money import dollars
from duologue.record.view import RunView
from duologue.tui.amounts import compact
from duologue.tui.palette import Palette

_CELLS: Final = 10
_NEARLY: Final = 0.8


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
    def words(self) -> str:
        """`4/40`, or `4` without a limit."""
        limit = f"/{self.show(self.limit)}" if self.limit is not None else ""
        return (self.told or self.show(self.spent)) + limit

    @property
    def part(self) -> float:
        """The part of the limit that is spent, from 0 to 1; 0 without a limit."""
        return min(self.spent / self.limit, 1.0) if self.limit else 0.0


def meters(view: RunView, elapsed_s: float) -> Iterator[Meter]:
    """Turns, tokens and minutes, and the cost where there is one, or a limit to it."""
    limits = view.steered.limits
    yield Meter("turns", view.turns, limits.max_turns)
    yield Meter("tokens", view.bill.tokens, limits.max_tokens)
    if view.bill.words or limits.max_cost_usd is not None:
        yield Meter("cost", view.bill.usd, limits.max_cost_usd, dollars, view.bill.brief)
    yield Meter("minutes", view.steered.working_s(elapsed_s) / 60, limits.max_minutes)


def meter_bars(view: RunView, elapsed_s: float, palette: Palette) -> Text:
    """A line a limit, with a bar where there is one."""
    lines = Text()
    for meter in meters(view, elapsed_s):
        style = palette.warn if meter.part >= _NEARLY else palette.good
        full = round(meter.part * _CELLS)
        lines.append(f"{meter.name:<8}", palette.faint)
        if meter.limit is not None:
            lines.append("▰" * full, style).append("▱" * (_CELLS - full), palette.faint).append(" ")
        lines.append(f"{meter.words}\n")
    lines.rstrip()
    return lines


def meter_line(view: RunView, elapsed_s: float) -> str:
    """`turns 4/40 · tokens 12.1k/200k · minutes 1/30`."""
    return " · ".join(f"{meter.name} {meter.words}" for meter in meters(view, elapsed_s))


def role_lines(view: RunView, palette: Palette) -> Text:
    """A line a role: its tokens and what they cost; empty where nothing did."""
    lines = Text()
    for role in ROLE_NAMES:
        if view.bill.words and (bill := view.bills.get(role)) is not None:
            lines.append(f"\n{role:<10}", palette.role(role))
            lines.append(f"{compact(bill.tokens):>6} tokens  {bill.brief}")
    return lines
