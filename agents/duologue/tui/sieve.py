"""Which saved runs are listed, and in which order."""

from collections.abc import Callable, Iterable
from typing import Final, Literal, get_args

from duologue.record.runs import RunSummary

Order = Literal["newest", "oldest", "turns", "tokens", "cost", "outcome", "pair"]
ORDERS: Final[tuple[Order, ...]] = get_args(Order)

_MOST_SEARCHED: Final = 2_000
"""Characters of a goal that are looked at."""
_Key = Callable[[RunSummary], tuple[object, ...]]
_KEYS: Final[dict[Order, tuple[_Key, bool]]] = {
    "newest": (lambda run: (run.at or "", run.run), True),
    "oldest": (lambda run: (run.at or "", run.run), False),
    "turns": (lambda run: (run.turns or 0, run.at), True),
    "tokens": (lambda run: (run.tokens or 0, run.at), True),
    "cost": (lambda run: (run.cost_usd or 0.0, run.at), True),
    "outcome": (lambda run: (run.state, run.at), False),
    "pair": (lambda run: (run.pair, run.at), False),
}


def sieved(runs: Iterable[RunSummary], words: str, order: Order) -> list[RunSummary]:
    """The runs in which each of the words stands, whatever its case, in that order."""
    wanted = words.casefold().split()
    found = [run for run in runs if all(word in _said(run) for word in wanted)] if wanted else list(runs)
    key, downward = _KEYS[order]
    return sorted(found, key=key, reverse=downward)


def _said(run: RunSummary) -> str:
    return f"{run.goal[:_MOST_SEARCHED]}\n{run.state}\n{run.pair}\n{run.run}".casefold()


def after(order: Order) -> Order:
    """The order that follows."""
    return ORDERS[(ORDERS.index(order) + 1) % len(ORDERS)]
