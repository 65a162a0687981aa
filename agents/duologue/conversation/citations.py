"""Citations in a delivered result, `[note.txt:3]` or `[note.txt:3-5]`: whether each leads to what it says."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from duologue.conversation.check import Check
from duologue.conversation.quotation import comparable, holds
from duologue.conversation.sources import Source
from duologue.record.parts import Citation

SPEC: Final = "grounded"
"""How the check that every citation resolves is called in the criteria."""
_TEXT: Final = "The result cites its sources as [name:line], and every citation leads to what it says."
# A name is a source's, or looks like a file's: `[12:30]` and `rows[1:3]` are no citations.
_CITATION: Final = re.compile(
    r"(?<![\w\])])\[(?P<name>[^\[\]\n:]{1,200}):\s*(?:lines?\s+|L)?(?P<first>\d{1,9})"
    r"(?:\s*[-–—]\s*L?(?P<last>\d{1,9}))?\]"
)
_FILE: Final = re.compile(r"[^\s].*\.\w{1,8}")
_MARKS: Final = '"“”„«»'
_BETWEEN: Final = " \t\r\n.,;:("
_QUOTED_AFTER: Final = re.compile(r":\s*[\"“”„«»]([^\"“”„«»]{1,2000})[\"“”„«»]")
_NEAR: Final = 2_010
_MOST_BETWEEN: Final = 4


def find_citations(text: str, sources: Sequence[Source]) -> list[Citation]:
    """Every citation in the text, in order, each with the reason where it does not lead to what it says; none
    where there are no sources to cite."""
    if not sources:
        return []
    lines = {source.name: _lines(source.text) for source in sources}
    return [
        Citation(text=found[0], why=_fault(found, text, lines))
        for found in _CITATION.finditer(text)
        if found["name"].strip() in lines or _FILE.fullmatch(found["name"].strip())
    ]


def grounded_check(sources: Sequence[Source]) -> Check:
    """The check that a result cites the sources, and that every citation resolves."""

    def fault(result: str) -> str | None:
        found = find_citations(result, sources)
        if not found:
            return "The result cites no source: [name:line] behind each statement is asked for."
        wrong = [f"{citation.text}: {citation.why}" for citation in found if citation.why]
        return (
            None if not wrong else f"{len(wrong)} of {len(found)} citations do not hold. {'; '.join(wrong)}."
        )

    return Check(SPEC, _TEXT, fault)


def _fault(found: re.Match[str], text: str, lines: dict[str, tuple[str, ...]]) -> str:
    name, first = found["name"].strip(), int(found["first"])
    last = int(found["last"] or first)
    there = lines.get(name)
    if there is None:
        return f"there is no source {name}"
    if first == 0 or last < first:
        return "these are no lines"
    if last > len(there):
        return f"{name} has {len(there)} line{'s'[: len(there) > 1]}"
    quote = _quote_beside(found, text)
    if quote and not holds(comparable("\n".join(there[first - 1 : last])), quote):
        return _elsewhere(there, quote)
    return ""


def _quote_beside(found: re.Match[str], text: str) -> str:
    """The words in quotation marks right before the citation, or after it and a colon; comparable."""
    near = text[max(0, found.start() - _NEAR) : found.start()]
    before = near.rstrip(_BETWEEN)
    if before.endswith(tuple(_MARKS)) and len(near) - len(before) <= _MOST_BETWEEN:
        opening = max(before.rfind(mark, 0, -1) for mark in _MARKS)
        return comparable(before[opening + 1 : -1]) if opening >= 0 else ""
    after = _QUOTED_AFTER.match(text, found.end())
    return comparable(after[1]) if after is not None else ""


def _elsewhere(there: Sequence[str], quote: str) -> str:
    number = next((n for n, line in enumerate(there, 1) if holds(comparable(line), quote)), None)
    return "the quoted words do not stand there" + ("" if number is None else f", but in line {number}")


@lru_cache(maxsize=32)
def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines())
