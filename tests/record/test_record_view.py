"""A run as people look at it, folded from the events of a realistic one."""

from collections.abc import Sequence

import pytest
from record_samples import AT, HEADER

from duologue.record import events as ev
from duologue.record.items import MarkItem, TurnItem, VerdictItem
from duologue.record.parts import Criterion, CriterionVerdict, Span, Spent, TokenCount
from duologue.record.view import RunView

WORK = "Here it is.\n<result>\nstill water\n</result>"
SPENT = Spent(turns=2, calls=3, tokens=90, seconds=4.0)
CRITERIA = [
    Criterion(id="c1", text="Three lines", kind="judged", origin="goal"),
    Criterion(id="c2", text="At most 5 words", kind="checked", origin="option", check="max_words:5"),
]


def said(turn: int, role: str, text: str, purpose: str = "turn", **more: object) -> ev.Event:
    """A completion of 30 tokens."""
    fields = {"turn": turn, "role": role, "purpose": purpose, "attempt": f"{role}{turn}", "model": "m"}
    usage = {"prompt": 20, "completion": 10}
    return ev.event_of({"type": "completion.received", **fields, "text": text, "usage": usage, **more})


def fold(events: Sequence[ev.Event]) -> RunView:
    """The view after these events, one a second."""
    view = RunView()
    for seq, event in enumerate(events, 1):
        view.apply(ev.Record(seq, AT, float(seq), event, "0" * 16))
    return view


VERDICT = ev.VerdictGiven(
    turn=2,
    decision="done",
    summary="Good.",
    criteria=[
        CriterionVerdict(id="c1", state="unknown", reason="No quote of the work."),
        CriterionVerdict(id="c2", state="unmet", reason="A judge's word on a check."),
        CriterionVerdict(id="c9", state="met"),
    ],
    completion=9,
)
RUN: tuple[ev.Event, ...] = (
    HEADER,
    ev.CriteriaSet(criteria=CRITERIA),
    ev.TurnStarted(turn=1, role="user"),
    said(1, "user", "Write it.", reasoning="I ask."),
    ev.TurnCompleted(turn=1, role="user", completions=[4]),
    ev.TurnStarted(turn=2, role="assistant"),
    said(2, "assistant", WORK),
    ev.TurnCompleted(turn=2, role="assistant", completions=[7], result=Span(completion=7, start=21, end=32)),
    ev.CheckFinished(turn=2, criterion="c2", passed=True, reason="Passed."),
    said(2, "judge", "{}", "verdict"),
    VERDICT,
    ev.VerdictOverruled(turn=2, reasons=["c1: no quote of the work"]),
    ev.RunEnded(outcome="limit", reason="The limit is reached.", unmet=["c1"], spent=SPENT, next="…"),
)


def test_turns() -> None:
    """A turn is shown with who said it, what was said, what was delivered, and when."""
    view = fold(RUN)
    turns = [item for item in view.items if isinstance(item, TurnItem)]
    assert [(turn.role, turn.text, turn.result) for turn in turns] == [
        ("user", "Write it.", None),
        ("assistant", WORK, "still water"),
    ]
    assert [(turn.started, turn.ended, turn.bill.tokens, turn.model) for turn in turns] == [
        (3.0, 5.0, 30, "m"),
        (6.0, 8.0, 30, "m"),
    ]
    assert turns[0].reasoning == "I ask."
    assert (view.result, view.bill.tokens, view.calls, view.turns) == ("still water", 90, 3, 2)


def test_verdict() -> None:
    """A verdict is shown with the checks before it, what it cost, and why it did not count."""
    (item,) = [item for item in fold(RUN).items if isinstance(item, VerdictItem)]
    assert item.verdict is VERDICT
    assert [check.criterion for check in item.checks] == ["c2"]
    assert item.overruled == ["c1: no quote of the work"]
    assert item.bill.tokens == 30


def test_criteria() -> None:
    """A judged criterion stands as the verdict says, a checked one as its program says."""
    view = fold(RUN)
    assert [(c.criterion.id, c.state, c.reason) for c in view.criteria.values()] == [
        ("c1", "unknown", "No quote of the work."),
        ("c2", "met", "Passed."),
    ]
    assert {c.state for c in fold(RUN[:2]).criteria.values()} == {"unknown"}


def test_failed_check_shows_as_unmet() -> None:
    """A check that failed leaves its criterion unmet, with the reason."""
    failed = ev.CheckFinished(turn=2, criterion="c2", passed=False, reason="Too long.")
    stray = ev.CheckFinished(turn=2, criterion="c7", passed=False, reason="Not a criterion of this run.")
    view = fold([*RUN[:8], failed, stray])
    assert (view.criteria["c2"].state, view.criteria["c2"].reason) == ("unmet", "Too long.")


@pytest.mark.parametrize(
    ("upto", "current", "judging", "outcome"),
    [
        (2, None, False, "running"),
        (3, 1, False, "running"),
        (4, 1, False, "running"),
        (5, None, False, "running"),
        (7, 2, False, "running"),
        (8, None, True, "running"),
        (10, None, True, "running"),
        (11, None, False, "running"),
        (13, None, False, "limit"),
    ],
)
def test_where_the_run_is(upto: int, current: int | None, judging: bool, outcome: str) -> None:
    """At every point the view says whose turn it is, whether the judge is at work, and how it ended."""
    view = fold(RUN[:upto])
    assert (view.current.turn if view.current else None) == current
    assert (view.judging, view.outcome) == (judging, outcome)
    assert (view.seq, view.mono) == (upto, float(upto))


def test_parked_and_gone_on_with() -> None:
    """A parked run shows as parked until a further turn begins."""
    parked = ev.RunParked(reason="Interrupted.", unmet=[], spent=SPENT, next="…")
    view = fold([*RUN[:12], parked])
    assert (view.outcome, view.ending) == ("parked", parked)
    view.apply(ev.Record(14, AT, 14.0, ev.TurnStarted(turn=3, role="user"), "0" * 16))
    assert (view.outcome, view.ending) == ("running", None)


MARKS = {
    "failed attempt": (
        ev.AttemptFailed(
            turn=1, role="user", purpose="turn", attempt="a", kind="rate", message="Too fast.", wait_s=1.25
        ),
        "user: Too fast. Next attempt in 1.2 s.",
    ),
    "attempt at once": (
        ev.AttemptFailed(
            turn=1, role="user", purpose="turn", attempt="a", kind="connection", message="Gone.", wait_s=0.0
        ),
        "user: Gone. It is tried again at once.",
    ),
    "last attempt": (
        ev.AttemptFailed(turn=1, role="user", purpose="turn", attempt="a", kind="auth", message="No key."),
        "user: No key.",
    ),
    "guard": (
        ev.GuardRaised(turn=2, role="user", guard="echo", reason="It repeats.", rung="nudge"),
        "echo (user): It repeats. → nudge",
    ),
    "compaction": (
        ev.ContextCompacted(turn=2, role="user", messages_dropped=4, bytes_before=9, bytes_after=3),
        "user's context compacted: 4 messages left out",
    ),
    "warning": (ev.BudgetWarned(turn=2, limit="tokens", spent=80, of=100), "80 of 100 tokens are spent"),
    "tool": (
        ev.ToolFinished(turn=2, role="user", call="t", name="shell", ok=False, text="No tool."),
        "shell: No tool.",
    ),
    "control": (ev.ControlReceived(command="say", by="person", text="Shorter."), "person: say Shorter."),
    "control without text": (ev.ControlReceived(command="stop", by="person"), "person: stop"),
    "unknown": (
        ev.event_of({"type": "new.thing", "a": 1, "b": "x"}),
        "(new.thing) a=1, b='x'",
    ),
    "unknown and bare": (ev.event_of({"type": "new.thing"}), "(new.thing)"),
}


@pytest.mark.parametrize(("event", "text"), MARKS.values(), ids=MARKS.keys())
def test_marks(event: ev.Event, text: str) -> None:
    """Everything else is one sentence in its place."""
    mark = fold([*RUN[:5], event]).items[-1]
    assert isinstance(mark, MarkItem)
    assert (mark.text, mark.kind, mark.seq, mark.at) == (text, event.type, 6, 6.0)


def test_failed_attempts_cost() -> None:
    """Tokens of an attempt that failed are counted."""
    failed = ev.AttemptFailed(
        turn=1,
        role="user",
        purpose="turn",
        attempt="a",
        kind="server",
        message="It failed.",
        usage=TokenCount(prompt=5, completion=2),
    )
    view = fold([HEADER, failed])
    assert (view.bill.tokens, view.calls) == (7, 0)


def test_span_into_nowhere() -> None:
    """A span of a completion that the log lacks is no text, and events out of a damaged log no crash."""
    view = fold([HEADER, RUN[7], RUN[11], RUN[10]])
    assert view.result is None
    assert view.text_of(Span(completion=99, start=0, end=1)) is None
    assert view.text_of(None) is None
