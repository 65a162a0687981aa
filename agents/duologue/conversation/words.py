"""What a word is, in every script: for limits and for comparing turns."""

import re
from typing import Final

# A word is a run of letters and digits; where a script puts no spaces between words, each character counts.
_SPACELESS: Final = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"
_WORD: Final = re.compile(rf"[{_SPACELESS}]|[^\W{_SPACELESS}]+(?:['’.,-][^\W{_SPACELESS}]+)*")


def words(text: str) -> list[str]:
    """The words of the text, in order; `don't`, `3.5` and `well-known` are one each."""
    return _WORD.findall(text)
