"""A run at a glance, in words: what it cost, how long ago it began."""

from datetime import UTC, datetime
from typing import Final

from duologue.record.bill import Bill
from duologue.record.runs import RunSummary

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def cost(summary: RunSummary) -> str:
    """In dollars; `+?` after it where a part has no known price, `?` where nothing has, `–` where it was not
    said."""
    if summary.tokens is None or (summary.cost_usd is None and not summary.tokens):
        return "–"
    unpriced = summary.tokens if summary.cost_usd is None else summary.unpriced_tokens
    return Bill(summary.tokens, summary.cost_usd or 0.0, unpriced).brief


def age(at: str) -> str:
    """How long ago that was; `?` where it is no time."""
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
    except (ValueError, TypeError):
        return "?"
    for unit, name in _UNITS:
        if seconds >= unit:
            return f"{int(seconds // unit)} {name}"
    return "0 s"
