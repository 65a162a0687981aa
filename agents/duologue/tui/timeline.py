"""When each record of a recorded run is shown: the run's own clock with its idle stretches cut short."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from duologue.record.draft import Draft
from duologue.record.events import CompletionReceived, Record
from duologue.record.parts import Pace

_APART_S = 1e-6
"""Records of one instant are set apart by this, so that each can be stepped to."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A record's place on the timeline: when it is complete, and when its text began to arrive (seconds)."""

    begins_s: float
    shown_s: float


def timeline(records: Sequence[Record], idle_s: float) -> list[Moment]:
    """A moment for each record; no stretch in which nothing happens is longer than `idle_s`."""
    moments: list[Moment] = []
    clock, before = 0.0, records[0].mono if records else 0.0
    for record in records:
        typing_s = _typing_s(record, idle_s)
        waited_s = max(0.0, record.mono - before - _typed_s(record))
        begins_s = clock + min(waited_s, idle_s)
        clock = max(begins_s + typing_s, clock + _APART_S)
        moments.append(Moment(begins_s, clock))
        before = record.mono
    return moments


def _pace(record: Record) -> Pace:
    return record.event.pace if isinstance(record.event, CompletionReceived) else []


def _typed_s(record: Record) -> float:
    return sum(ms for ms, _ in _pace(record)) / 1000


def _typing_s(record: Record, idle_s: float) -> float:
    return sum(min(ms / 1000, idle_s) for ms, _ in _pace(record))


def typed(record: Record, since_s: float, idle_s: float) -> Draft | None:
    """What of the record's text has arrived `since_s` seconds after it began; None where there is none."""
    event = record.event
    if not isinstance(event, CompletionReceived) or not event.pace or since_s < 0:
        return None
    count = _characters(event.pace, since_s, idle_s)
    paced = sum(characters for _, characters in event.pace)
    # A pace that is too short to cover the reasoning counts the text alone.
    thought = len(event.reasoning) if paced >= len(event.reasoning) + len(event.text) else 0
    reasoning = event.reasoning[:count] if thought else event.reasoning
    said = event.text[: max(0, count - thought)]
    return Draft(event.turn, event.role, event.purpose, event.attempt, said, reasoning)


def _characters(pace: Pace, since_s: float, idle_s: float) -> int:
    count = 0
    for ms, characters in pace:
        since_s -= min(ms / 1000, idle_s)
        if since_s < 0:
            break
        count += characters
    return count


def shown_by(moments: Sequence[Moment], position_s: float) -> int:
    """How many records are complete at that position."""
    return bisect_right(moments, position_s, key=lambda moment: moment.shown_s)
