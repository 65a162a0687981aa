"""What the person's commands have made of a run: whether it waits, which limits hold, what was taken."""

from dataclasses import dataclass, replace
from typing import Final, Self

from duologue.record import events as ev
from duologue.record.parts import LimitsRecord

_NO_LIMITS: Final = LimitsRecord()


@dataclass(frozen=True, slots=True)
class Steered:
    """`taken` is the last line of the run's `control.jsonl` that was taken, 0 for none; `limits` are those
    that hold; `paused_at` and `idle_s` are on the run's clock, in seconds; None where it is not paused."""

    limits: LimitsRecord = _NO_LIMITS
    taken: int = 0
    paused_at: float | None = None
    idle_s: float = 0.0
    shared: int = 0
    """The last event that a fork has from its parent, whose commands were lines of another file."""

    def after(self, record: ev.Record) -> Self:
        """As it is after that record."""
        match record.event:
            case ev.RunStarted(limits=limits, parent=parent):
                shared = parent.seq if parent is not None else 0
                return replace(self, limits=limits, shared=shared)
            case ev.RunResumed(limits=limits):
                return replace(self._going_on(record.mono), limits=limits)
            case ev.ControlReceived() as event:
                return self._told(event, record)
            case ev.RunEnded() | ev.RunParked():
                return self._going_on(record.mono)
            case _:
                return self

    def _told(self, event: ev.ControlReceived, record: ev.Record) -> Self:
        here = record.seq > self.shared
        told = replace(self, taken=max(self.taken, event.line if here else 0))
        match event.command:
            case "pause" if self.paused_at is None:
                return replace(told, paused_at=record.mono)
            case "resume":
                return told._going_on(record.mono)
            case "limit" if event.limit is not None and event.value is not None:
                return replace(told, limits=self.limits.with_limit(event.limit, event.value))
            case _:
                return told

    def _going_on(self, mono: float) -> Self:
        if self.paused_at is None:
            return self
        return replace(self, paused_at=None, idle_s=self.idle_s + mono - self.paused_at)

    def working_s(self, elapsed_s: float) -> float:
        """Of so many seconds of the run's clock, those in which it did not wait for the person."""
        until = elapsed_s if self.paused_at is None else self.paused_at
        return until - self.idle_s


UNSTEERED: Final = Steered()
