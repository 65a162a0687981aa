"""A turn's text in its parts: what is said, and what is delivered as the result."""

import re
from dataclasses import dataclass
from typing import Final

_OPENING: Final = re.compile(r"<result>\s*\Z")
_CLOSING: Final = re.compile(r"\s*</result>")
_TAG: Final = "<result>"
_OPENS: Final = re.compile(rf"^[ \t]*{_TAG}", re.MULTILINE)
_BEGUN: Final = r"(?:r(?:e(?:s(?:u(?:l(?:t>?)?)?)?)?)?)?"
_OPENS_PERHAPS: Final = re.compile(rf"\n[ \t]*(?:<{_BEGUN})?\Z")
_CLOSES_PERHAPS: Final = re.compile(rf"<(?:/{_BEGUN})?\Z")


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
    """The parts of a text that is still arriving; a result may have begun and not ended. What may turn out to
    be a tag is waited for."""
    begun = _opening(text)
    if begun is None:
        return _said(_OPENS_PERHAPS.sub("", text))
    start, end = begun
    result, closing, after = text[end:].partition("</result>")
    if not closing:
        result = _CLOSES_PERHAPS.sub("", result)
    return [*_said(text[:start]), Section(result, result=True), *_said(after)]


def _opening(text: str) -> tuple[int, int] | None:
    """Where the first line that a result's tag begins starts, from the end of the line before; and the tag's
    end."""
    found = _OPENS.search(text) if _TAG in text else None
    return None if found is None else (max(found.start() - 1, 0), found.end())


def _said(text: str) -> list[Section]:
    return [Section(text)] if text.strip() else []
