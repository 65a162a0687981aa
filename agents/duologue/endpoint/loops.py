"""A reply that repeats itself without end, told from one that is merely long."""

from typing import Final

_WINDOW: Final = 6000
_LONGEST_PERIOD: Final = 1000
_EVERY: Final = 2000
_PROBE: Final = 48


class LoopDetector:
    """Looks at the reply's end every 2,000 characters; the rest of the time it only counts."""

    __slots__ = ("_kept", "_seen", "_size")

    def __init__(self) -> None:
        self._kept = ""
        self._seen: list[str] = []
        self._size = 0

    def repeats(self, text: str) -> bool:
        """Whether the last 6,000 characters, with this text, are one passage of at most 1,000 over and
        over."""
        self._seen.append(text)
        self._size += len(text)
        if self._size < _EVERY:
            return False
        self._kept = (self._kept + "".join(self._seen))[-_WINDOW:]
        self._seen.clear()
        self._size = 0
        return len(self._kept) == _WINDOW and _periodic(self._kept)


def _periodic(text: str) -> bool:
    before = text.rfind(text[-_PROBE:], 0, -1)
    period = len(text) - _PROBE - before
    return before >= 0 and period <= _LONGEST_PERIOD and text[period:] == text[:-period]
