"""Runs to export, made of real records."""

from collections.abc import Sequence

from record_samples import log_lines

from duologue.display import display_safe
from duologue.record import events as ev
from duologue.record.parts import Criterion, CriterionVerdict, Evidence, LimitsRecord, PairRecord, Span, Spent
from duologue.record.reader import LineReader
from duologue.record.story import Story, mapped, tell

SPENT = Spent(turns=2, calls=2, tokens=40, seconds=3.0)


def records(events: Sequence[ev.Event]) -> list[ev.Record]:
    """The records that a log of these events reads back as."""
    found = list(LineReader().feed(b"".join(log_lines(events))))
    assert all(isinstance(one, ev.Record) for one in found), found
    return [one for one in found if isinstance(one, ev.Record)]


def story(events: Sequence[ev.Event]) -> Story:
    """Their story, as recorded."""
    return tell(records(events))


def shown(events: Sequence[ev.Event]) -> Story:
    """Their story, made safe to show as the command makes it."""
    return mapped(story(events), display_safe)


def completion(turn: int, role: str, text: str, **more: object) -> ev.CompletionReceived:
    """A turn's completion."""
    fields = {
        "turn": turn,
        "role": role,
        "purpose": "turn",
        "attempt": f"a{turn}",
        "model": "m",
        "text": text,
    }
    return ev.CompletionReceived.model_validate({**fields, **more})


def run_of(text: str, **more: object) -> list[ev.Event]:
    """A run in which this text stands in every place that foreign words can reach."""
    call = {"id": text, "name": text, "arguments": text}
    said = {"model": text, "reasoning": text, "tool_calls": [call], **more}
    evidence = [
        Evidence(where="turn 2", quote=text, stands=True),
        Evidence(where=text, quote=text, stands=False, why=text),
    ]
    return [
        ev.RunStarted(
            program="0.1.0",
            run=text,
            goal=text,
            pair=PairRecord(
                name=text, title=text, version=1, prompts={"user": text, "assistant": text, "judge": text}
            ),
            settings={},
            limits=LimitsRecord(),
            seed=1,
        ),
        ev.CriteriaSet(criteria=[Criterion(id="c1", text=text, kind="judged", origin="goal")]),
        ev.TurnStarted(turn=1, role="user"),
        completion(1, "user", text, model=text),
        ev.TurnCompleted(turn=1, role="user", completions=[4], claim="done"),
        ev.TurnStarted(turn=2, role="assistant"),
        completion(2, "assistant", text, **said),
        ev.ToolFinished(turn=2, role="assistant", call=text, name=text, ok=False, text=text),
        completion(2, "assistant", text, model=text),
        ev.TurnCompleted(
            turn=2, role="assistant", completions=[7, 9], result=Span(completion=9, start=0, end=len(text))
        ),
        ev.VerdictGiven(
            turn=2,
            decision="done",
            summary=text,
            criteria=[CriterionVerdict(id="c1", state="met", reason=text, evidence=evidence)],
        ),
        ev.VerdictOverruled(turn=2, reasons=[text]),
        ev.GuardRaised(turn=2, role="user", guard=text, reason=text, rung="nudge"),
        ev.RunEnded(outcome="limit", reason=text, unmet=["c1"], spent=SPENT, next=text),
    ]
