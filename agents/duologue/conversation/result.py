"""Where in a text the assistant delivered a result, and what the user agent claims of the goal.

The current result of a run is what the assistant last delivered between a `<result>` and a `</result>`.
The tags count at the beginning of a line, so that a mention of them in a sentence delivers nothing.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

Claim = Literal["done", "impossible"]

_TAG: Final = re.compile(
    r"^[ \t]*(?P<open><result>)[ \t]*(?:\r?\n)?|(?:\r?\n)?[ \t]*(?P<close></result>)[ \t]*\r?$", re.MULTILINE
)
_MENTION: Final = re.compile("</?result>")
_CLAIM: Final = "<goal-"
_FENCE: Final = re.compile(
    r"\A\s*(?P<mark>```+|~~~+)[^\n`]*\n(?P<body>.*?)\r?\n?[ \t]*(?P=mark)\s*\Z", re.DOTALL
)
_REACHED: Final = re.compile(r"^\s*<goal-reached\s*/?>\s*$", re.MULTILINE)
_IMPOSSIBLE: Final = re.compile(r"^\s*<goal-impossible>(.*?)</goal-impossible>\s*$", re.MULTILINE | re.DOTALL)


def find_result(text: str) -> tuple[int, int] | None:
    """Start and end of the last delivered result in the text, or None where there is none.

    Tags are matched like brackets, and the last pair that closes is the result: one that stands in the
    result belongs to it. A code fence around the whole of it is chat markup and not part of the result.
    """
    start, end = _last_pair(text)
    fence = _FENCE.match(text[start:end])
    if fence is not None and _is_one_fence(fence["body"], fence["mark"]):
        start, end = start + fence.start("body"), start + fence.end("body")
    return (start, end) if text[start:end].strip() else None


def _last_pair(text: str) -> tuple[int, int]:
    opened: list[int] = []
    found = (0, 0)
    for tag in _tags(text):
        if tag["open"]:
            opened.append(tag.end())
        elif opened:
            start = opened.pop()
            found = start, max(tag.start(), start)
    return found


def _tags(text: str) -> Iterator[re.Match[str]]:
    """The tags, each looked for from the white space before the next mention of one: what lies in between is
    passed over at once."""
    place = 0
    while (mention := _MENTION.search(text, place)) is not None:
        before = text[place : mention.start()]
        tag = _TAG.search(text, place + len(before.rstrip()))
        if tag is None:
            return
        yield tag
        place = tag.end()


def _is_one_fence(body: str, mark: str) -> bool:
    """Whether the fences in the body open before they close, so that the outer marks belong together."""
    depth = 0
    for line in body.splitlines():
        if line.strip() == mark:
            depth -= 1
        elif line.lstrip().startswith(mark):
            depth += 1
        if depth < 0:
            return False
    return depth == 0


def find_claim(text: str) -> Claim | None:
    """What the user agent says of the goal, where it says so on a line of its own."""
    if _CLAIM not in text:
        return None
    if _IMPOSSIBLE.search(text):
        return "impossible"
    return "done" if _REACHED.search(text) else None


def without_claim(text: str) -> str:
    """The text without what it claims: the instruction to pass on, empty where there is none."""
    return (_IMPOSSIBLE.sub("", _REACHED.sub("", text)) if _CLAIM in text else text).strip()
