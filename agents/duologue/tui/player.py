"""A recorded run, played: its records and its typing by the clock, at any speed, from any turn.

The player knows nothing of screens. It is a feed like a live run's; only that it can also go back.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from duologue.record.draft import Draft
from duologue.record.events import Record, TurnCompleted
from duologue.record.follow import Poll
from duologue.tui.timeline import shown_by, timeline, typed

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
IDLE_S: Final = 2.0


class Player:
    """Plays records. Positions are seconds on the timeline, on which no pause is longer than `idle_s`.

    `problems` is what had to be skipped in reading the records; the first poll tells it.
    """

    def __init__(
        self,
        records: Sequence[Record],
        *,
        problems: Sequence[str] = (),
        idle_s: float = IDLE_S,
        playing: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._problems = list(problems)
        self._idle_s = idle_s
        self._moments = timeline(records, idle_s)
        self._turns = [
            (index, record.event.turn)
            for index, record in enumerate(records)
            if isinstance(record.event, TurnCompleted)
        ]
        self._clock = clock
        self._polled_s = clock()
        self._sent = 0
        self.playing = playing
        self.speed = 1.0
        self.position_s = 0.0

    @property
    def duration_s(self) -> float:
        """The position at which all is shown."""
        return self._moments[-1].shown_s if self._moments else 0.0

    @property
    def turns(self) -> int:
        """The number of the last complete turn in the recording."""
        return self._turns[-1][1] if self._turns else 0

    @property
    def turn(self) -> int:
        """The last turn that is complete at this position."""
        shown = self._shown()
        return next((turn for index, turn in reversed(self._turns) if index < shown), 0)

    def poll(self) -> Poll:
        """Move on by the clock; what is new at the position reached, or all up to it after going back."""
        self._advance()
        shown = self._shown()
        start = self._sent if shown >= self._sent else 0
        self._sent = shown
        problems, self._problems = self._problems, []
        return Poll(list(self._records[start:shown]), self._draft(shown), problems, live=False)

    def _advance(self) -> None:
        now = self._clock()
        if self.playing:
            self.position_s += (now - self._polled_s) * self.speed
        self._polled_s = now
        if self.position_s >= self.duration_s:
            self.position_s, self.playing = self.duration_s, False

    def _shown(self) -> int:
        # The first record is always shown: an empty screen says nothing, and going back needs a start.
        return max(shown_by(self._moments, self.position_s), min(1, len(self._records)))

    def _draft(self, shown: int) -> Draft | None:
        if shown >= len(self._records):
            return None
        return typed(self._records[shown], self.position_s - self._moments[shown].begins_s, self._idle_s)

    def toggle(self) -> None:
        """Play or pause; at the end, play again from the start."""
        if not self.playing and self.position_s >= self.duration_s:
            self.position_s = 0.0
        self.playing = not self.playing

    def faster(self) -> None:
        """The next higher speed."""
        self.speed = next((speed for speed in SPEEDS if speed > self.speed), SPEEDS[-1])

    def slower(self) -> None:
        """The next lower speed."""
        self.speed = next((speed for speed in reversed(SPEEDS) if speed < self.speed), SPEEDS[0])

    def step(self, by: int) -> None:
        """Pause, and show `by` records more (or fewer) than now."""
        self.playing = False
        self._show(self._shown() - 1 + by)

    def step_turn(self, by: int) -> None:
        """Show the next (1) or the previous (-1) turn complete; past the first and last, start and end."""
        shown = self._shown()
        before = sum(index < shown for index, _ in self._turns)
        target = before - 1 + by
        if target < 0:
            self.home()
        elif target >= len(self._turns):
            self.end()
        else:
            self._show(self._turns[target][0])

    def go_to_turn(self, turn: int) -> None:
        """Show that turn complete, or the nearest one after it."""
        found = next((index for index, known in self._turns if known >= turn), None)
        self.end() if found is None else self._show(found)

    def home(self) -> None:
        """Go to the start."""
        self._show(0)

    def end(self) -> None:
        """Go to the end."""
        self._show(len(self._records) - 1)

    def _show(self, index: int) -> None:
        if self._moments:
            place = min(max(index, 0), len(self._moments) - 1)
            self.position_s = self._moments[place].shown_s
