"""Telling that a request was too long for the model's context, in every server's own words."""

import re
from typing import Final

OVERFLOW_CODES: Final = frozenset({"context_length_exceeded", "exceed_context_size_error"})

_WORDINGS: Final = re.compile(
    r"maximum context length"
    r"|exceeds? (?:the )?(?:available |model'?s? )?(?:maximum )?context"
    r"|longer than the model'?s? context"
    r"|context (?:length|size|window)[^.]{0,60}(?:exceed|overflow|too (?:small|long))"
    r"|(?:exceed|overflow|too long|larger|greater|longer)[^.]{0,80}context (?:length|size|window)"
    r"|context the overflows"
    r"|reduce the length"
    r"|prompt is too long"
    r"|input (?:is too long|length exceeds)"
    r"|`?inputs`? tokens \+ `?max_new_tokens`? must be"
    r"|exceeds the maximum number of (?:input )?tokens"
    r"|input token count",
    re.IGNORECASE,
)

_SIZES: Final = re.compile(
    r"(?:context (?:length|size|window)|n_ctx|must be <=|maximum number of (?:input )?tokens(?: allowed)?)"
    r"(?: is| of| =|:)?(?: only)?[ (=:'\"]*(\d[\d,]*)"
    r"|(\d[\d,]*) maximum\b",
    re.IGNORECASE,
)


def overflows(text: str) -> bool:
    """Whether the words of an error say that the context is too small for the request."""
    return _WORDINGS.search(text) is not None


def stated_size(text: str) -> int | None:
    """The context window that the words state, in tokens, or None."""
    found = _SIZES.search(text)
    size = int((found[1] or found[2]).replace(",", "")[:9]) if found else 0
    return size or None
