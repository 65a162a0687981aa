"""How a reply arrived: when its first token came, and how fast its text after that."""

from typing import Final

_COALESCE_MS: Final = 50


class Pace:
    """Pairs of milliseconds and characters, none shorter than 50 ms but the last. Times are the loop's."""

    __slots__ = ("_characters", "_last_ms", "_start", "first", "pairs")

    def __init__(self) -> None:
        self.first: float | None = None
        self.pairs: list[tuple[int, int]] = []
        self._start: float | None = None
        self._last_ms = 0
        self._characters = 0

    def note(self, now: float, characters: int) -> None:
        """Content arrived, with this many characters of text (none when it was reasoning or a call)."""
        if self.first is None:
            self.first = now
        if self._start is None:
            if not characters:
                return
            self._start = now
        self._characters += characters
        ms = int((now - self._start) * 1000)
        if ms - self._last_ms >= _COALESCE_MS:
            self._close(ms)

    def finished(self, now: float) -> list[tuple[int, int]]:
        """The pairs, with what had not made a pair yet."""
        if self._characters and self._start is not None:
            self._close(int((now - self._start) * 1000))
        return self.pairs

    def _close(self, ms: int) -> None:
        self.pairs.append((ms - self._last_ms, self._characters))
        self._last_ms = ms
        self._characters = 0
