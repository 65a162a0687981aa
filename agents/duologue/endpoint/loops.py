"""A reply that repeats itself without end, told from one that is merely long."""

from collections.abc import Sequence
from typing import Final

LOOK_EVERY: Final = 4000
"""How many more characters are worth another look."""

_WINDOW: Final = 6000
_LONGEST_PERIOD: Final = 1000
_PROBE: Final = 48


class LoopDetector:
    """Looks at the end of a growing list of pieces; what it has seen it does not join again."""

    __slots__ = ("_seen", "_tail")

    def __init__(self) -> None:
        self._seen = 0
        self._tail = ""

    def repeats(self, pieces: Sequence[str]) -> bool:
        """Whether the last 6,000 characters are one passage of at most 1,000 over and over."""
        self._tail = (self._tail + "".join(pieces[self._seen :]))[-_WINDOW:]
        self._seen = len(pieces)
        return len(self._tail) == _WINDOW and _periodic(self._tail)


def _periodic(text: str) -> bool:
    before = text.rfind(text[-_PROBE:], 0, -1)
    period = len(text) - _PROBE - before
    return before >= 0 and period <= _LONGEST_PERIOD and text[period:] == text[:-period]
