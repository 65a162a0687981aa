"""What a reply cost in tokens: as the server counted, else as estimated."""

from collections.abc import Mapping
from typing import Any, Final

from duologue.messages import Usage, estimate_tokens

_WORTH_COMPARING: Final = 1000
_SHORT_OF_ESTIMATE: Final = 3


def estimated(prompt_bytes: int, characters: int) -> Usage:
    """The estimate for a prompt of this many bytes and a reply of this many characters."""
    return Usage(estimate_tokens(prompt_bytes), estimate_tokens(characters), estimated=True)


def reported(usage: Mapping[str, Any] | None) -> Usage | None:
    """The server's own count, None when it sent none or nothing but zeros."""
    if usage is None:
        return None
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    if not prompt and not completion:
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Usage(prompt, completion, _count(cached or usage.get("prompt_cache_hit_tokens")))


def prompt_was_cut(usage: Usage, prompt_bytes: int) -> bool:
    """Whether the server counted so few prompt tokens that it must have dropped messages in silence."""
    expected = estimate_tokens(prompt_bytes)
    return expected >= _WORTH_COMPARING and 0 < usage.prompt_tokens * _SHORT_OF_ESTIMATE < expected


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**12 else 0
