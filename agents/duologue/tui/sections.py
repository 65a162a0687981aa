"""A turn's text in its parts: what is said, and what is delivered as the result."""

import re
from dataclasses import dataclass
from typing import Final

_OPENING: Final = re.compile(r"<result>\s*\Z")
_CLOSING: Final = re.compile(r"\s*</result>")
_OPEN_RESULT: Final = re.compile(r"(?:\A|\n)[ \t]*<result>")


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a turn's text; `result` says that it is what the turn delivers."""

    text: str
    result: bool = False


def sections(text: str, result: str | None) -> list[Section]:
    """The parts of a finished turn's text, whose result is known, or None where it has none."""
    start = text.rfind(result) if result else -1
    if result is None or start < 0:
        return _said(text)
    before = _OPENING.sub("", text[:start])
    after = _CLOSING.sub("", text[start + len(result) :], count=1)
    return [*_said(before), Section(result, result=True), *_said(after)]


def draft_sections(text: str) -> list[Section]:
    """The parts of a text that is still arriving; a result may have begun and not ended."""
    opening = _OPEN_RESULT.search(text)
    if opening is None:
        return _said(text)
    result, _, after = text[opening.end() :].partition("</result>")
    return [*_said(text[: opening.start()]), Section(result, result=True), *_said(after)]


def _said(text: str) -> list[Section]:
    return [Section(text)] if text.strip() else []
