"""Whether a quote really stands where a verdict says it does.

White space is folded; beyond that, a quote stands character for character or not at all. Only the
assistant's words prove work: the user agent's are instructions, and a source was there before.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from duologue.conversation.sources import Source
from duologue.messages import RoleName
from duologue.record.parts import Evidence

_TURN: Final = re.compile(r"\s*(?:turn)?\s*#?\s*(\d+)\s*", re.IGNORECASE)
_RESULT: Final = re.compile(r"\s*(?:the\s+)?(?:current[\s-]+)?result\s*", re.IGNORECASE)
_SOURCE: Final = re.compile(r"\s*source\s*:?\s*[\"']?(.+?)[\"']?\s*", re.IGNORECASE)


def fold(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


@dataclass(frozen=True)
class _Place:
    text: str
    proves_work: bool
    objection: str = ""

    @cached_property
    def folded(self) -> str:
        """The text as quotes are compared with it, folded when it is first asked for."""
        return fold(self.text)


@dataclass(slots=True)
class Places:
    """Everything that a verdict may quote from."""

    sources: Mapping[str, _Place]
    turns: dict[int, _Place] = field(default_factory=dict)
    result: _Place | None = None

    @classmethod
    def of(cls, sources: Sequence[Source]) -> "Places":
        """No turn yet, and these sources."""
        return cls({source.name: _Place(source.text, False) for source in sources})

    def add_turn(self, number: int, role: RoleName, text: str, result: str | None) -> None:
        """A turn, and the result that it delivered, if it did."""
        works = role == "assistant"
        objection = "" if works else f"turn {number} is the user agent's, and no work"
        self.turns[number] = _Place(text, works, objection)
        if result is not None:
            self.result = _Place(result, True)

    def examine(self, where: str, quote: str) -> tuple[Evidence, bool]:
        """The evidence with what code found, and whether it proves work of the assistant."""
        place = self._find(where)
        folded = fold(quote)
        if place is None:
            why = f"there is no such place as {where!r}"
        elif not folded:
            why = "the quote is empty"
        elif place.objection:
            why = place.objection
        elif folded not in place.folded:
            why = f"the quote does not stand in {where.strip()}"
        else:
            return Evidence(where=where, quote=quote, stands=True), place.proves_work
        return Evidence(where=where, quote=quote, stands=False, why=why), False

    def _find(self, where: str) -> _Place | None:
        if _RESULT.fullmatch(where):
            return self.result
        if (found := _TURN.fullmatch(where)) is not None:
            return self.turns.get(int(found.group(1)[:9]))
        if (bare := self.sources.get(where.strip())) is not None:
            return bare
        found = _SOURCE.fullmatch(where)
        return None if found is None else self.sources.get(found.group(1))
