"""How long a server asks its client to wait, out of the headers of its replies."""

import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

ABSURD_S: Final = 7 * 86400.0
"""A wait beyond this, in seconds, is a server's mistake (often a point in time) and is ignored."""

_POINT_IN_TIME: Final = 1e9
"""A number from here on is no span but seconds since 1970, or milliseconds."""

_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|s|m|h|d)")
_UNITS_S: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400}


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after` (seconds or an HTTP date); None when there
    is none or it is NaN, negative or absurd."""
    millis = _number(headers.get("retry-after-ms"))
    if millis is not None and (wait := sensible(millis / 1000)) is not None:
        return wait
    after = headers.get("retry-after")
    seconds = _number(after)
    return sensible(seconds if seconds is not None else _until(after))


def reset_s(text: str) -> float | None:
    """Seconds until a limit is reset: `20ms`, `6m0s`, seconds, seconds or milliseconds since 1970, an ISO or
    HTTP date; None for anything else, and where it is NaN, negative or absurd."""
    number = _number(text)
    if number is not None and number >= _POINT_IN_TIME:
        seconds = number / 1000 if number >= 100 * _POINT_IN_TIME else number
        return sensible(max(0.0, seconds - time.time()))
    if number is not None:
        return sensible(number)
    if text and not _SPAN.sub("", text):
        return sensible(sum(float(n) * _UNITS_S[unit] for n, unit in _SPAN.findall(text)))
    return sensible(_until_iso(text) if text[:4].isdigit() else _until(text))


def _until_iso(date: str) -> float | None:
    try:
        moment = datetime.fromisoformat(date)
        return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return None


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
