"""What a reply cost in tokens: as the server counted, else as estimated."""

from collections.abc import Mapping
from typing import Any, Final

from duologue.messages import Usage, estimate_tokens

_WORTH_COMPARING: Final = 1000
_SHORT_OF_ESTIMATE: Final = 3
_CACHED: Final = ("prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens")
"""Names besides OpenAI's: DeepSeek's, Moonshot's, and that of gateways to Anthropic's models."""


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
    # Some (xAI, Gemini's layer) count what was thought aloud in the total alone, and charge for it.
    if prompt:
        completion = max(completion, _count(usage.get("total_tokens")) - prompt)
    return Usage(prompt, completion, min(_cached(usage), prompt))


def _cached(usage: Mapping[str, Any]) -> int:
    """Prompt tokens that came from a cache, by whichever name the server gives them."""
    details = usage.get("prompt_tokens_details")
    named = _count(details.get("cached_tokens")) if isinstance(details, dict) else 0
    return named or next((count for name in _CACHED if (count := _count(usage.get(name)))), 0)


def prompt_was_cut(usage: Usage, prompt_bytes: int) -> bool:
    """Whether the server counted so few prompt tokens that it must have dropped messages in silence."""
    expected = estimate_tokens(prompt_bytes)
    return expected >= _WORTH_COMPARING and 0 < usage.prompt_tokens * _SHORT_OF_ESTIMATE < expected


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**12 else 0
