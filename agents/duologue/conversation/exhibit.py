"""Text as the judge is shown it: data between delimiters, with nothing in it that could be taken for one.

Whatever looks like a delimiter, with whatever mark, gets a backslash after its `<`; what hides or reorders
text is shown as a mark of its own. A judge quotes what it sees, so quotes are compared in a form that
is the same for the text as it was said and as it was shown.
"""

import re
from operator import itemgetter
from typing import Final

from duologue.display import display_safe

_NAMES: Final = r"(?:turn|tool|current-result|own-summary|facts|source|criteria|goal(?!-reached|-impossible))"
_MARKED: Final = rf"\s*/?\s*{_NAMES}\s*[-\u2010-\u2015]"
_BRACKETS: Final = "<\uff1c\u2039\u3008\u27e8\ufe64"
_IMITATION: Final = re.compile(rf"([{_BRACKETS}]\\*)(?={_MARKED})", re.IGNORECASE)
_PUT_IN: Final = re.compile(rf"([{_BRACKETS}])\\+(?={_MARKED})", re.IGNORECASE)
_INVISIBLE: Final = re.compile(
    r"\u27e8U\+[0-9A-F]{4,6}\u27e9|\u27e8\+\d+ marks\u27e9|[\u2401-\u2421\u200c\u200d\ufe0e\ufe0f]"
)


def shown(text: str) -> str:
    """The text as data: without false delimiters, and with what is invisible in it made visible."""
    return _without_delimiters(_visible(text))


def exhibit(name: str, mark: str, text: str, attributes: str = "") -> str:
    """The text as data for the judge, between delimiters that nobody can guess."""
    return _between(name, mark, shown(text.strip()), attributes)


def reminder(name: str, mark: str, text: str) -> str:
    """The same for an agent, which may copy it: what is invisible stays as it is."""
    return _between(name, mark, _without_delimiters(text.strip()))


def undelimited(text: str) -> str:
    """The text, as it was said or as it was shown, in one form for both: what is invisible is marked, and no
    backslash stands in a delimiter."""
    visible = _visible(text)
    return _PUT_IN.sub(itemgetter(1), visible) if "\\" in visible else visible


def unmarked(text: str) -> str:
    """The same without what is invisible and the marks for it."""
    plain = undelimited(text)
    return plain if plain.isascii() else _INVISIBLE.sub("", plain)


def _visible(text: str) -> str:
    return display_safe("\n".join(text.splitlines()))


def _without_delimiters(text: str) -> str:
    if text.isascii() and "<" not in text:
        return text
    return _IMITATION.sub(lambda found: found[0] + "\\", text)


def _between(name: str, mark: str, text: str, attributes: str = "") -> str:
    return f"<{name}-{mark}{attributes}>\n{text}\n</{name}-{mark}>"
