"""Which request field a refusal talks about, and which bounds it states for it (rule 6)."""

import re
from typing import Final

NAMES: Final = (
    "max_completion_tokens",
    "max_tokens",
    "stream_options",
    "response_format",
    "parallel_tool_calls",
    "tool_choice",
    "tools",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "seed",
    "stop",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "reasoning_effort",
    "n",
    "user",
    "metadata",
    "model",
    "messages",
)

_QUOTED: Final = re.compile(r"[`'\"]([a-z_]+)(?:[.\[][^`'\"]*)?[`'\"]")
_BARE: Final = re.compile(r"\b([a-z]+(?:_[a-z]+)+|temperature|seed|tools|logprobs)\b")

_NUMBER: Final = r"[`'\"(\[]?(-?\d+(?:\.\d+)?)(?!\d|\.\d)"
_MOST: Final = re.compile(
    r"(?:at most|<=|≤|less than or equal to|(?:no|not) (?:more|greater|larger|higher) than|up to|not exceed"
    r"|maximum(?: allowed)?(?: value)?(?: is| of|:)?)\s*" + _NUMBER
)
_LEAST: Final = re.compile(
    r"(?:at least|>=|≥|greater than or equal to|(?:no|not) (?:less|lower|smaller) than"
    r"|minimum(?: allowed)?(?: value)?(?: is| of|:)?)\s*" + _NUMBER
)
_RANGE: Final = re.compile(
    r"(?:between|range|within|\bin\b)[^\d\-\[(]{0,30}" + _NUMBER + r"\s*(?:,|\.\.\.?|to|and|-)\s*" + _NUMBER
)
_ABOVE: Final = re.compile(r"\d\s*>\s*" + _NUMBER + r",? which is the maximum")


def named_parameters(message: str) -> list[str]:
    """The request fields that the words of a refusal name, the quoted ones first."""
    quoted = [name for name in _QUOTED.findall(message) if name in NAMES]
    return quoted + [name for name in _BARE.findall(message) if name in NAMES]


def named_parameter(message: str) -> str | None:
    """The first request field that the words of a refusal name, quoted or plain; None if they name none."""
    return next(iter(named_parameters(message)), None)


def stated_bounds(message: str) -> tuple[float | None, float | None]:
    """The least and the most that the words of a refusal allow; None where they do not say."""
    words = message.lower()
    if found := _RANGE.search(words):
        return float(found[1]), float(found[2])
    least = _LEAST.search(words)
    most = _ABOVE.search(words) or _MOST.search(words)
    return float(least[1]) if least else None, float(most[1]) if most else None
