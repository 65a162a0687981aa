"""What an agent writes down for itself before the older part of its talk is left out.

The request is the beginning of the talk itself with one message after it, so that an endpoint can reuse what
it computed for the calls before. The judge needs none: it is told the last verdict and the current result.
"""

from importlib.resources import files
from typing import Final

from duologue.conversation.talk import Talk
from duologue.messages import Message
from duologue.roles import render

SHARES: Final = (1.0, 0.5)
"""Parts of the room in a prompt that are tried: a window may be smaller than it is believed to be."""

_MOST_WORDS: Final = 600
_LEAST_WORDS: Final = 80
_WINDOW_PER_WORD: Final = 24
"""Tokens of window for each word: a summary may take about a twelfth of it."""
_TOKENS_PER_WORD: Final = 3
"""More than any common script needs, so that a summary is not cut off."""


def most_words(talk: Talk) -> int:
    """How long the summary of a talk may be."""
    return max(_LEAST_WORDS, min(_MOST_WORDS, talk.window_tokens // _WINDOW_PER_WORD))


def most_tokens(talk: Talk) -> int:
    """The cap on the tokens of the summary, reasoning apart."""
    return most_words(talk) * _TOKENS_PER_WORD


def summary_request(talk: Talk, messages: int, share: float) -> list[Message] | None:
    """The request for a summary of the talk's oldest messages, or of as many of them as fit; None where none
    fits."""
    system, *oldest = talk.oldest(messages, share)
    if not oldest:
        return None
    return [system, *oldest, Message("user", render(_prompt(), {"words": str(most_words(talk))}))]


def _prompt() -> str:
    return files("duologue.conversation").joinpath("prompts", "summary.md").read_text("utf-8").strip()
