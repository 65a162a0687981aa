"""What a server says may still be asked of it, out of the rate-limit headers of its replies.

OpenAI's form is `x-ratelimit-remaining-requests`, Anthropic's `anthropic-ratelimit-requests-remaining`;
others leave out the `x-`, or what it is that they count.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from duologue.endpoint.retryafter import reset_s

_NAME: Final = re.compile(r"(?:x-|anthropic-)?ratelimit-(?:(.+)-)?(limit|remaining|reset)(?:-(.+))?")
_SOON_S: Final = 60.0

Counted = Literal["requests", "prompt", "reply"]


@dataclass(slots=True)
class Allowance:
    """So much is left until `resets_at`, growing by `refill` a second from `at` on. Times are in seconds of
    one clock; `refill` is 0 where nothing comes back before the reset."""

    counts: Counted
    left: float
    at: float
    resets_at: float
    refill: float = 0.0

    def wait_s(self, now: float, amount: int) -> float:
        """Seconds until this amount is there, 0 where it is now."""
        missing = amount - self.left - self.refill * (now - self.at)
        if missing <= 0 or now >= self.resets_at:
            return 0.0
        until_reset_s = self.resets_at - now
        return min(until_reset_s, missing / self.refill) if self.refill else until_reset_s

    def take(self, amount: int) -> None:
        """The amount is asked for."""
        self.left -= amount


def read_allowances(
    raw: Iterable[tuple[bytes, bytes]], now: float, *, refused: bool = False
) -> dict[str, Allowance]:
    """The allowances that these headers grant, by what they are of; those that make no sense are left out.

    `refused` says that they came with a refusal: then nothing comes back before the reset.
    """
    groups: dict[str, dict[str, str]] = {}
    for name, value in raw:
        lower = name.lower()
        if b"ratelimit" in lower and (found := _NAME.fullmatch(lower.decode("latin-1"))):
            before, field, after = found.groups()
            groups.setdefault(before or after or "requests", {})[field] = value.decode("latin-1").strip()
    read = {name: _read(name, fields, now, refused) for name, fields in groups.items()}
    return {name: allowance for name, allowance in read.items() if allowance is not None}


def _read(name: str, fields: Mapping[str, str], now: float, refused: bool) -> Allowance | None:
    left, wait_s = _count(fields.get("remaining")), reset_s(fields.get("reset", ""))
    if left is None or wait_s is None:
        return None
    # A bucket that is a day's worth, and fills all day long, has room again well before it is full.
    most = None if refused or wait_s <= _SOON_S else _count(fields.get("limit"))
    refill = (most - left) / wait_s if most is not None and most > left else 0.0
    return Allowance(_counted(name), left, now, now + wait_s, refill)


def _counted(name: str) -> Counted:
    if "token" not in name:
        return "requests"
    return "reply" if "output" in name else "prompt"


def _count(text: str | None) -> float | None:
    try:
        count = float(text) if text else math.nan
    except ValueError:
        return None
    return count if math.isfinite(count) and count >= 0 else None
