"""At most so much in any minute: a limit of the person's own on requests or tokens."""

from collections import deque
from dataclasses import dataclass
from typing import Final

SPAN_S: Final = 60.0


@dataclass(slots=True)
class Entry:
    """What was taken of a window: how much and when, in seconds of the window's clock; `live` until its
    minute is over."""

    at: float
    amount: int
    live: bool = True


class Window:
    """Counts what was taken within the last minute. What is more than `most` by itself passes alone."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._sum = 0
        self._entries: deque[Entry] = deque()

    def wait_s(self, now: float, amount: int) -> float:
        """Seconds until this amount may be taken, 0 where it may be now."""
        self._forget(now)
        over = self._sum + min(amount, self.most) - self.most
        until = now
        for entry in self._entries:
            if over <= 0:
                break
            over -= entry.amount
            until = entry.at + SPAN_S
        return until - now

    def take(self, now: float, amount: int) -> Entry:
        """Take the amount, whether or not there is room."""
        entry = Entry(now, amount)
        self._entries.append(entry)
        self._sum += amount
        return entry

    def correct(self, entry: Entry, amount: int) -> None:
        """What was taken turned out to be another amount."""
        if entry.live:
            self._sum += amount - entry.amount
        entry.amount = amount

    def _forget(self, now: float) -> None:
        while self._entries and self._entries[0].at + SPAN_S <= now:
            gone = self._entries.popleft()
            gone.live = False
            self._sum -= gone.amount
