"""When the judge is asked: money and time are spent where there is something to judge."""

from collections.abc import Sequence
from typing import Final

from duologue.conversation.turn import Turn
from duologue.targets import Cadence

_UNJUDGED: Final = 2
"""Exchanges in a row that may go without a verdict; the one after them is judged."""


def is_due(cadence: Cadence, exchange: Sequence[Turn], *, alarmed: bool, unjudged: int) -> bool:
    """Whether this exchange, which is whole, is to be judged; `alarmed` says that it raised a guard,
    `unjudged` is the number of exchanges before it that went without a verdict."""
    claimed = any(turn.claim is not None for turn in exchange)
    match cadence:
        case "every":
            return True
        case "on-claim":
            return claimed
        case "auto":
            delivered = any(turn.result is not None for turn in exchange)
            return claimed or delivered or alarmed or unjudged >= _UNJUDGED
