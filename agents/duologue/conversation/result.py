"""Where in a text the assistant delivered a result, and what the user agent claims of the goal.

The current result of a run is what the assistant last delivered between a `<result>` and a `</result>`.
The tags count at the beginning of a line, so that a mention of them in a sentence delivers nothing.
"""

import re
from typing import Final, Literal

Claim = Literal["done", "impossible"]

_OPEN: Final = re.compile(r"^[ \t]*<result>[ \t]*\n?", re.MULTILINE)
_CLOSE: Final = re.compile(r"\n?[ \t]*</result>[ \t]*$", re.MULTILINE)
_FENCE: Final = re.compile(
    r"\A\s*(?P<mark>```+|~~~+)[^\n`]*\n(?P<body>.*?)\n?[ \t]*(?P=mark)\s*\Z", re.DOTALL
)
_REACHED: Final = re.compile(r"^\s*<goal-reached\s*/?>\s*$", re.MULTILINE)
_IMPOSSIBLE: Final = re.compile(r"^\s*<goal-impossible>(.*?)</goal-impossible>\s*$", re.MULTILINE | re.DOTALL)


def find_result(text: str) -> tuple[int, int] | None:
    """Start and end of the last delivered result in the text, or None where there is none.

    The last closing tag ends it; it begins after the nearest opening tag that no other closing tag stands
    between. A code fence around the whole of it is chat markup and not part of the result.
    """
    closings = list(_CLOSE.finditer(text))
    if not closings:
        return None
    last = closings[-1]
    floor = closings[-2].end() if len(closings) > 1 else 0
    openings = [
        found for found in _OPEN.finditer(text) if floor <= found.start() and found.end() <= last.end()
    ]
    if not openings:
        return None
    start, end = openings[0].end(), max(last.start(), openings[0].end())
    fence = _FENCE.match(text[start:end])
    if fence is not None:
        start, end = start + fence.start("body"), start + fence.end("body")
    return (start, end) if text[start:end].strip() else None


def find_claim(text: str) -> Claim | None:
    """What the user agent says of the goal, where it says so on a line of its own."""
    if _IMPOSSIBLE.search(text):
        return "impossible"
    return "done" if _REACHED.search(text) else None


def without_claim(text: str) -> str:
    """The text without what it claims: the instruction to pass on, empty where there is none."""
    return _IMPOSSIBLE.sub("", _REACHED.sub("", text)).strip()
