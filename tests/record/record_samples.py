"""One event of every kind, and a log's bytes made from events with a clock that is fixed.

`python tests/record/record_samples.py` writes a golden file that is not there yet; one that is there is
never written again, since it stands for logs that people have.
"""

from collections.abc import Sequence
from pathlib import Path

from duologue.record import events as ev
from duologue.record.lines import encode_line
from duologue.record.parts import (
    Criterion,
    CriterionVerdict,
    Evidence,
    LimitsRecord,
    PairRecord,
    PlanTask,
    SourceRecord,
    Span,
    Spent,
    TokenCount,
    ToolCallRecord,
)

GOLDEN = Path(__file__).resolve().parent / "golden"
AT = "2026-11-22T03:12:45.120Z"

HEADER = ev.RunStarted(
    schema="1.0",
    program="0.1.0",
    run="20261122-031245-9f1c",
    goal="Write a haiku about «rivers» – 川.",
    pair=PairRecord(
        name="general",
        title="General",
        version=1,
        prompts={"user": "Drive.", "assistant": "Work.", "judge": "?"},
    ),
    settings={"roles": {"user": {"model": "m", "sampling": {"temperature": 0.3}}}, "scripted": None},
    limits=LimitsRecord(max_turns=40, max_minutes=60.0),
    seed=7,
    sources=[SourceRecord(name="note.txt", size=3, blob="0" * 32)],
)
_COUNT = TokenCount(prompt=120, completion=9, cached=4)
_SPENT = Spent(turns=2, calls=3, tokens=387, seconds=4.25)
COMPLETION = ev.CompletionReceived(
    turn=2,
    role="assistant",
    purpose="turn",
    attempt="a1",
    model="m",
    text="<result>\nstill water\n</result>",
    reasoning="five, seven, five",
    tool_calls=[ToolCallRecord(id="t1", name="shell", arguments='{"x":1}')],
    finish_reason="stop",
    usage=_COUNT,
    pace=[(0, 9), (60, 22)],
    first_token_s=0.2,
    duration_s=0.8,
    flags=["truncated"],
    adapted=["max_tokens"],
)
EVENTS: tuple[ev.Event, ...] = (
    HEADER,
    ev.RunResumed(program="0.1.0", limits=LimitsRecord(max_turns=60), cut=17),
    ev.CriteriaSet(criteria=[Criterion(id="c1", text="Three lines", kind="judged", origin="goal")]),
    ev.TurnStarted(turn=2, role="assistant"),
    ev.AttemptFailed(
        turn=2,
        role="assistant",
        purpose="turn",
        attempt="a0",
        kind="server",
        message="It failed.",
        status=500,
    ),
    COMPLETION,
    ev.ToolFinished(turn=2, role="assistant", call="t1", name="shell", ok=False, text="There is no tool."),
    ev.TurnCompleted(turn=2, role="assistant", completions=[6], result=Span(completion=6, start=9, end=20)),
    ev.GuardRaised(turn=2, role="user", guard="echo", reason="It repeats.", rung="nudge"),
    ev.CheckFinished(turn=2, criterion="c1", passed=True, reason="Passed."),
    ev.VerdictGiven(
        turn=2,
        decision="done",
        summary="Good.",
        criteria=[
            CriterionVerdict(
                id="c1", state="met", evidence=[Evidence(where="result", quote="still water", stands=True)]
            )
        ],
        completion=6,
    ),
    ev.VerdictOverruled(turn=2, reasons=["c1: no quote of the work"]),
    ev.ContextCompacted(turn=2, role="user", messages_dropped=4, bytes_before=900, bytes_after=300),
    ev.BudgetWarned(turn=2, limit="tokens", spent=80.0, of=100.0),
    ev.ControlReceived(command="say", by="person", text="Shorter, please."),
    ev.RunParked(reason="Interrupted.", unmet=["c1"], spent=_SPENT, next="duologue replay 9f1c"),
    ev.RunEnded(
        outcome="done",
        reason="Every criterion is met.",
        unmet=[],
        spent=_SPENT,
        next="duologue replay 9f1c",
        result=Span(completion=6, start=9, end=20),
    ),
)
LATER: tuple[ev.Event, ...] = (
    ev.EventLost(),
    ev.GoalSpecified(goal="Name the cheapest supplier.", assumptions=["Prices are in euros."]),
    ev.PlanChanged(turn=1, tasks=[PlanTask(id="t1", text="Compare the prices.", state="done")]),
    ev.MemoryStored(turn=2, role="assistant", text="Corva is the cheapest."),
    ev.MemoryRecalled(turn=2, role="assistant", query="cheapest", texts=["Corva is the cheapest."]),
    ev.ToolStarted(turn=2, role="assistant", call="a", name="shell", arguments="{}"),
)
"""Events that no run of this version writes by itself; they end the golden log."""
NEWER: tuple[ev.Event, ...] = (
    HEADER.model_copy(update={"schema_": "1.7", "weather": "rain"}),
    ev.event_of({"type": "mood.changed", "turn": 1, "plan": ["a", {"b": None}]}),
    ev.event_of({"type": "turn.started", "turn": 1, "role": "user", "mood": "brisk"}),
)
"""A log of a newer minor version: a field and an event that this one does not know."""


def log_lines(events: Sequence[ev.Event]) -> list[bytes]:
    """The log of these events, a line each with its newline; half a second passes between them."""
    lines: list[bytes] = []
    total = ""
    for seq, event in enumerate(events, 1):
        line, total = encode_line(seq, AT, seq / 2, event, total)
        lines.append(line)
    return lines


def turns_log(count: int) -> list[bytes]:
    """A short log: a header, then turns that begin."""
    begun = [ev.TurnStarted(turn=n, role="user" if n % 2 else "assistant") for n in range(1, count)]
    return log_lines([HEADER, *begun])


if __name__ == "__main__":
    for name, events in (("1.0.jsonl", EVENTS), ("1.7.jsonl", NEWER)):
        if not (GOLDEN / name).exists():
            (GOLDEN / name).write_bytes(b"".join(log_lines(events)))
