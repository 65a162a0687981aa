"""Which request field a refusal talks about, and what to do without it (rule 6)."""

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


def named_parameter(message: str) -> str | None:
    """The first request field that the words of a refusal name, quoted or plain; None if they name none."""
    quoted = [name for name in _QUOTED.findall(message) if name in NAMES]
    bare = [name for name in _BARE.findall(message) if name in NAMES]
    return next(iter(quoted + bare), None)
