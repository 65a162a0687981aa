"""The person who gave the goal, as far as their run has heard of them, and what it waits for them to say."""

from dataclasses import dataclass, field

from duologue.record.events import ControlReceived, GoalSpecified


@dataclass(slots=True)
class Person:
    """What the person has told a run that is going on, folded from its events."""

    paused: bool = False
    """Whether they have told the run to wait."""
    asked: GoalSpecified | None = None
    """What they were asked and have not answered yet."""
    specified: bool = False
    """Whether what the goal means has been settled with them, or without them."""
    reviews: bool = False
    """Whether the criteria are proposed, and wait for their word."""
    taken: int = 0
    """The last line of `control.jsonl` that the run has taken."""
    early: list[ControlReceived] = field(default_factory=list)
    """What they said before there was anybody to hear it."""
    _told_elsewhere: int = 0
    _waits_since: float | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether nothing may be begun before they have said something."""
        return self.paused or self.asked is not None or self.reviews

    def share(self, seq: int) -> None:
        """The events up to this one are another run's: what it was told stands in its own file."""
        self._told_elsewhere = seq

    def hear(self, seq: int, event: ControlReceived) -> None:
        """They have given a command."""
        if seq > self._told_elsewhere:
            self.taken = max(self.taken, event.line)
        if event.command in ("pause", "resume"):
            self.paused = event.command == "pause"

    def specify(self, event: GoalSpecified) -> None:
        """They are asked what the goal means, or have answered, or it is taken in some sense without them."""
        self.specified = True
        self.asked = event if event.question and not event.answer else None

    def waited_s(self, mono: float) -> float:
        """Seconds for which they were waited for until now, told once the wait is over; else 0."""
        if self.is_awaited == (self._waits_since is not None):
            return 0.0
        since, self._waits_since = self._waits_since, mono if self.is_awaited else None
        return 0.0 if since is None else mono - since
