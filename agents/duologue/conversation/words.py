"""What a word is, in every script: for limits and for comparing turns."""

import functools
import re
from typing import Final

SPACELESS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Scripts that put no spaces between words, as ranges for a character class: Thai, Lao, Burmese, Khmer,
Japanese, Chinese."""
# Vowel signs and accents that stand as characters of their own belong to the word that they stand in.
_MARKS: Final = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_LETTER: Final = rf"(?:[^\W{SPACELESS}]|[{_MARKS}])"
# A word is a run of letters and digits; where a script puts no spaces between words, each character counts.
_WORD: Final = re.compile(rf"[{SPACELESS}]|{_LETTER}+(?:['’.,-]{_LETTER}+)*")
_ASCII_WORD: Final = re.compile(r"\w+(?:['.,-]\w+)*", re.ASCII)
"""The same where all is ASCII, in a quarter of the time."""
_IS_SPACELESS: Final = re.compile(rf"[{SPACELESS}]")


def words(text: str) -> list[str]:
    """The words of the text, in order; `don't`, `3.5` and `well-known` are one each."""
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


@functools.lru_cache(maxsize=64)  # the guards ask several times, of the same few turns
def length(text: str) -> float:
    """How much the text says, in words; two characters of a script without spaces count as one."""
    found = words(text)
    spaceless = 0 if text.isascii() else sum(_IS_SPACELESS.match(word) is not None for word in found)
    return len(found) - spaceless / 2
