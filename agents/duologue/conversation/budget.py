"""What a run may use, and what it has used.

Turns are checked before a turn begins; tokens and minutes before each call, and minutes and tokens also
while one hangs or streams. Everything is charged after the call, failed attempts included.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

from duologue.errors import LimitReached
from duologue.messages import Usage
from duologue.record.events import BudgetWarned
from duologue.record.parts import LimitsRecord, Spent

Limit = Literal["turns", "tokens", "minutes"]
_WARN_AT: Final = 0.8


class Budget:
    """The limits of one run and what is spent of them. `clock` is the run's monotonic clock, in seconds."""

    def __init__(self, limits: LimitsRecord, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.turns = 0
        self.tokens = 0
        self.calls = 0
        self._clock = clock
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
        """Before a call: raises LimitReached where tokens or minutes are spent."""
        if self.tokens_left is not None and self.tokens_left <= 0:
            raise self.reached("tokens")
        if self.time_left_s is not None and self.time_left_s <= 0:
            raise self.reached("minutes")

    @property
    def tokens_left(self) -> int | None:
        """Tokens that may still be used, or None without a limit."""
        most = self.limits.max_tokens
        return None if most is None else most - self.tokens

    @property
    def time_left_s(self) -> float | None:
        """Seconds that the run may still take, or None without a limit."""
        most = self.limits.max_minutes
        return None if most is None else most * 60 - self._clock()

    def charge(self, usage: Usage) -> None:
        """Add what an attempt used, whether or not it succeeded."""
        self.tokens += usage.total_tokens

    def warnings(self, turn: int) -> Iterator[BudgetWarned]:
        """A warning for each limit that is four fifths spent, and for a prompt that was cut in silence,
        unless it has been warned of."""
        if self.unread is not None and "context" not in self.warned:
            read, of = self.unread
            yield BudgetWarned(turn=turn, limit="context", spent=read, of=of)
        for limit, spent, most in self.meters():
            if most is not None and limit not in self.warned and spent >= _WARN_AT * most:
                yield BudgetWarned(turn=turn, limit=limit, spent=round(spent, 2), of=most)

    def meters(self) -> tuple[tuple[Limit, float, float | None], ...]:
        """Each limit with what is spent of it and what may be, None without a limit."""
        return (
            ("turns", self.turns, self.limits.max_turns),
            ("tokens", self.tokens, self.limits.max_tokens),
            ("minutes", self._clock() / 60, self.limits.max_minutes),
        )

    def spent(self) -> Spent:
        """What the run has used so far."""
        return Spent(turns=self.turns, calls=self.calls, tokens=self.tokens, seconds=round(self._clock(), 3))

    def reached(self, limit: Limit) -> LimitReached:
        """The error that ends the run at this limit."""
        most = {name: value for name, _, value in self.meters()}[limit]
        shown = f"{most:g}" if most is not None else "?"
        return LimitReached(
            f"The limit of {shown} {limit} is reached.", limit=limit, hint=f"Raise it with --max-{limit}."
        )
