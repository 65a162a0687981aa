"""How long a server asks its client to wait, out of the headers of a refusal."""

import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

ABSURD_S: Final = 7 * 86400.0
"""A wait beyond this, in seconds, is a server's mistake (often a point in time) and is ignored."""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after` (seconds or an HTTP date); None when there
    is none or it is NaN, negative or absurd."""
    millis = _number(headers.get("retry-after-ms"))
    if millis is not None and (wait := sensible(millis / 1000)) is not None:
        return wait
    after = headers.get("retry-after")
    seconds = _number(after)
    return sensible(seconds if seconds is not None else _until(after))


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _until(date: str | None) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time()) if date else None
    except (ValueError, TypeError, OverflowError):
        return None


def sensible(seconds: float | None) -> float | None:
    """The wait, None when it is NaN, negative or absurd."""
    if seconds is None or not math.isfinite(seconds) or not 0 <= seconds <= ABSURD_S:
        return None
    return seconds
