"""What it means that a quote stands in a text.

Models retype what they copy, so white space is folded, typographic quotation marks, apostrophes and dashes
count as their plain forms, and canonically equal Unicode is equal. Beyond that a quote stands character for
character or not at all, and it is not cut out of a longer number.
"""

import re
from typing import Final
from unicodedata import normalize

from duologue.conversation.exhibit import undelimited
from duologue.conversation.words import SPACELESS

_PLAIN: Final = str.maketrans(
    dict.fromkeys("‘’‚‛‹›", "'") | dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‐‑‒–—―−", "-")
)
_NO_SPACES: Final = rf"\u3000-\u303f\uff00-\uff65{SPACELESS}"
# A soft wrap in Chinese or Japanese is no space; French sets spaces inside its quotation marks, German not.
_GAP: Final = re.compile(rf"(?<=[{_NO_SPACES}]) (?=[{_NO_SPACES}])| (?=\")|(?<=\") ")
_SPACELESS: Final = re.compile(f"[{SPACELESS}]")
_SUBSTANCE: Final = 3
_PIECES: Final = re.compile(r"[\r\n|]")
_EDGES: Final = re.compile(r"^[\W_]+|[\W_]+$")
_GOES_ON: Final = re.compile(r"\d|\.\d|,\d{3}(?!\d)")


def comparable(text: str) -> str:
    """The text, as it was said or as the judge was shown it, in the form in which quotes are compared."""
    text = undelimited(text)
    if text.isascii():
        return " ".join(text.split()).replace(' "', '"').replace('" ', '"')
    return _GAP.sub("", " ".join(normalize("NFC", text).translate(_PLAIN).split()))


def bare(text: str) -> str:
    """The text without punctuation and signs at its two ends."""
    return _EDGES.sub("", text)


def holds(text: str, quote: str) -> bool:
    """Whether the quote stands in the text; both are comparable, and the quote is not empty."""
    start = text.find(quote)
    while start >= 0:
        if _begins_inside_number(text, start, quote):
            end = start
            while end < len(text) and text[end].isdecimal():
                end += 1
            start = text.find(quote, end)
        elif quote[-1].isdecimal() and _GOES_ON.match(text, start + len(quote)):
            start = text.find(quote, start + 1)
        else:
            return True
    return False


def _begins_inside_number(text: str, start: int, quote: str) -> bool:
    if start == 0 or not quote[0].isdecimal():
        return False
    before = text[start - 1]
    if before.isdecimal():
        return True
    # A comma between digits sets off thousands, or the next value of a row.
    thousands = before == "," and quote[:3].isdecimal() and len(quote) > 2 and not quote[3:4].isdecimal()
    return (before == "." or thousands) and start > 1 and text[start - 2].isdecimal()


def says_something(quote: str) -> bool:
    """Whether the comparable quote is long enough to show something wherever it stands: three letters, two
    digits, or two characters of a script that sets no spaces."""
    found = 0
    for character in quote:
        if character.isalnum():
            found += 2 if character.isdecimal() or _SPACELESS.match(character) else 1
        if found >= _SUBSTANCE:
            return True
    return False


def pieces(text: str) -> frozenset[str]:
    """The text's lines and table cells, comparable, whole and without their punctuation: a quote of the whole
    of one shows something, short as it is."""
    found = [comparable(piece) for piece in _PIECES.split(text)]
    return frozenset(filter(None, [*found, *map(bare, found)]))
