"""What a run may use, and what it has used.

Turns are checked before a turn begins; tokens, minutes and cost before each call, and also while one hangs
or streams. Everything is charged after the call, failed attempts included.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from duologue.errors import LimitReached
from duologue.messages import Usage
from duologue.money import dollars
from duologue.record.bill import Bill
from duologue.record.events import BudgetWarned
from duologue.record.parts import Limit, LimitsRecord, Spent

_WARN_AT: Final = 0.8
_MILLION: Final = 1_000_000
_FAR: Final = 1.5
_COUNTED: Final = ("turns", "tokens")
_PLACES: Final = {"cost": 9}


@dataclass(frozen=True, slots=True)
class Room:
    """How many tokens an answer may have before it reaches this limit. Of the money, its prompt's price is
    taken off before: below zero where even that is too much. Of the tokens nothing is: what a prompt counts
    is known once it is charged."""

    limit: Limit
    tokens: float


class Budget:
    """The limits of one run and what is spent of them. `clock` is the run's monotonic clock, in seconds."""

    def __init__(self, limits: LimitsRecord, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.turns = 0
        self.calls = 0
        self.bill = Bill()
        self._clock = clock
        self.idle_s = 0.0
        """Seconds that the run was paused by the person; they are not charged."""
        self.warned: set[Limit | Literal["context"]] = set()
        self.unread: tuple[int, int] | None = None
        """Tokens that an endpoint read of a prompt, and about how many it had; None where all were read."""

    def check_turn(self) -> None:
        """Before a turn: raises LimitReached where no further one may begin."""
        most = self.limits.max_turns
        if most is not None and self.turns >= most:
            raise self.reached("turns")
        self.check_call()

    def check_call(self) -> None:
        """Before a call: raises LimitReached where tokens, money or minutes are spent."""
        if self.tokens_left is not None and self.tokens_left <= 0:
            raise self.reached("tokens")
        if self.cost_left_usd is not None and self.cost_left_usd <= 0:
            raise self.reached("cost")
        if self.time_left_s is not None and self.time_left_s <= 0:
            raise self.reached("minutes")

    @property
    def tokens_left(self) -> int | None:
        """Tokens that may still be used, or None without a limit."""
        most = self.limits.max_tokens
        return None if most is None else most - self.bill.tokens

    @property
    def cost_left_usd(self) -> float | None:
        """US dollars that may still be paid, or None without a limit."""
        most = self.limits.max_cost_usd
        return None if most is None else most - self.bill.usd

    @property
    def time_left_s(self) -> float | None:
        """Seconds that the run may still take, or None without a limit."""
        most = self.limits.max_minutes
        return None if most is None else most * 60 - self._running_s

    def room(self, prompt_tokens: int, price: Callable[[Usage], float | None]) -> Room | None:
        """What the limits leave an answer to a prompt of this size, None where they leave it all; `price` is
        what such a usage costs, in US dollars."""
        rooms = [] if self.tokens_left is None else [Room("tokens", self.tokens_left)]
        if self.cost_left_usd is not None:
            prompt, answered = price(Usage(prompt_tokens)), price(Usage(prompt_tokens, _MILLION))
            if prompt is not None and answered is not None and answered > 0:
                left = self.cost_left_usd - prompt
                rooms.append(Room("cost", left * _MILLION / ((answered - prompt) or 1e-9)))
        return min(rooms, key=lambda room: room.tokens, default=None)

    @property
    def _running_s(self) -> float:
        return self._clock() - self.idle_s

    def warnings(self, turn: int) -> Iterator[BudgetWarned]:
        """A warning for each limit that is four fifths spent, and for a prompt that was cut in silence,
        unless it has been warned of."""
        if self.unread is not None and "context" not in self.warned:
            read, of = self.unread
            yield BudgetWarned(turn=turn, limit="context", spent=read, of=of)
        for limit, spent, most in self.meters():
            if most is not None and limit not in self.warned and spent >= _WARN_AT * most:
                yield BudgetWarned(turn=turn, limit=limit, spent=round(spent, _PLACES.get(limit, 2)), of=most)

    def meters(self) -> tuple[tuple[Limit, float, float | None], ...]:
        """Each limit with what is spent of it and what may be, None without a limit."""
        return (
            ("turns", self.turns, self.limits.max_turns),
            ("tokens", self.bill.tokens, self.limits.max_tokens),
            ("minutes", self._running_s / 60, self.limits.max_minutes),
            ("cost", self.bill.usd, self.limits.max_cost_usd),
        )

    def further(self, name: str) -> str:
        """Twice the limit of that name, or twice what is spent where that is far more, as an option takes it;
        empty without a limit."""
        for limit, spent, most in self.meters():
            if limit == name and most is not None:
                twice = 2 * (most if spent < _FAR * most else spent)
                return f"{twice:.0f}" if limit in _COUNTED else f"{twice:.6g}"
        return ""

    def spent(self) -> Spent:
        """What the run has used so far."""
        bill = self.bill
        return Spent(
            turns=self.turns,
            calls=self.calls,
            tokens=bill.tokens,
            seconds=round(self._clock(), 3),
            cost_usd=bill.cost_usd,
            unpriced_tokens=bill.unpriced,
        )

    def reached(self, limit: Limit) -> LimitReached:
        """The error that ends the run at this limit."""
        most = {name: value for name, _, value in self.meters()}[limit]
        shown = f"{most:g}" if most is not None else "?"
        said = f"The limit of {shown} {limit.removesuffix('s') if most == 1 else limit} is reached."
        if limit == "cost" and most is not None:
            spent, short = self.bill.usd, "" if self.bill.usd >= most else ", and the next call would pass it"
            said = f"The limit of {dollars(most)} is reached: {dollars(spent)} is spent{short}."
        return LimitReached(said, limit=limit)
