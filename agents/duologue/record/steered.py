"""What the person's commands have made of a run: whether it waits, which limits hold, what was taken."""

from dataclasses import dataclass, replace
from typing import Final, Self

from duologue.record import events as ev
from duologue.record.parts import Criterion, LimitsRecord

_NO_LIMITS: Final = LimitsRecord()
_OF_THE_TALK: Final = frozenset((ev.CompletionReceived, ev.TurnStarted, ev.TurnCompleted, ev.VerdictGiven))
"""Most events of a log, by which no command is taken."""


@dataclass(frozen=True, slots=True)
class Steered:
    """`taken` is the last line of the run's `control.jsonl` that was taken, 0 for none; `limits` are those
    that hold; `asked` is what the person was asked and has not answered, `proposed` the criteria that they
    are to approve. `idle_since` and `idle_s` are on the run's clock, in seconds; None where nobody is
    waited for."""

    limits: LimitsRecord = _NO_LIMITS
    taken: int = 0
    paused: bool = False
    asked: ev.GoalSpecified | None = None
    proposed: tuple[Criterion, ...] = ()
    idle_since: float | None = None
    idle_s: float = 0.0
    shared: int = 0
    """The last event that a fork has from its parent, whose commands were lines of another file."""

    @property
    def waits(self) -> bool:
        """Whether nothing is begun before the person has said something."""
        return self.paused or self.asked is not None or bool(self.proposed)

    def after(self, record: ev.Record) -> Self:
        """As it is after that record."""
        changed = self if type(record.event) in _OF_THE_TALK else self._after(record)
        if changed is self or changed.waits == (changed.idle_since is not None):
            return changed
        if changed.idle_since is None:
            return replace(changed, idle_since=record.mono)
        return replace(changed, idle_since=None, idle_s=changed.idle_s + record.mono - changed.idle_since)

    def _after(self, record: ev.Record) -> Self:
        match record.event:
            case ev.RunStarted(limits=limits, parent=parent):
                shared = parent.seq if parent is not None else 0
                return replace(self, limits=limits, shared=shared)
            case ev.RunResumed(limits=limits):
                return replace(self, limits=limits, paused=False)
            case ev.CriteriaSet(criteria=criteria, proposed=proposed):
                return replace(self, proposed=tuple(criteria) if proposed else ())
            case ev.GoalSpecified() as event:
                return replace(self, asked=event if event.question and not event.answer else None)
            case ev.ControlReceived() as event:
                return self._told(event, record)
            case ev.RunEnded() | ev.RunParked():
                return replace(self, paused=False)
            case _:
                return self

    def _told(self, event: ev.ControlReceived, record: ev.Record) -> Self:
        here = record.seq > self.shared
        told = replace(self, taken=max(self.taken, event.line if here else 0))
        match event.command:
            case "pause" | "resume" as command:
                return replace(told, paused=command == "pause")
            case "limit" if event.limit is not None and event.value is not None:
                return replace(told, limits=self.limits.with_limit(event.limit, event.value))
            case _:
                return told

    def working_s(self, elapsed_s: float) -> float:
        """Of so many seconds of the run's clock, those in which it did not wait for the person."""
        until = elapsed_s if self.idle_since is None else self.idle_since
        return until - self.idle_s


UNSTEERED: Final = Steered()
