"""What lines on a terminal say beside the talk: what goes on, and how to answer."""

from collections.abc import Sequence

import click
import pytest

from duologue.cli.plain import Printer
from duologue.record import events as ev
from duologue.record.parts import Criterion

READ = ev.CompletionReceived(turn=0, role="judge", purpose="criteria", attempt="a", model="m", text="{}")
OWN = Criterion(id="c1", text="It rhymes.", kind="judged", origin="option")
ASKED = ev.GoalSpecified(goal="g", question="Which river?", assumptions=["The Rhine."])


def derived(*numbers: int) -> list[Criterion]:
    """Criteria that were read out of the goal."""
    return [Criterion(id=f"c{n}", text=f"Number {n}.", kind="judged", origin="goal") for n in numbers]


def told(events: Sequence[ev.Event]) -> list[str]:
    """All lines, those of the talk and those beside it, in the order in which a terminal has them."""
    lines: list[str] = []
    printer = Printer(lines.append, lines.append, "my-run")
    for seq, event in enumerate(events, 2):
        printer.record(ev.Record(seq, "2026-11-22T03:12:45.120Z", float(seq), event, "0" * 16))
    return [click.unstyle(line) for line in lines]


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([READ, ev.CriteriaSet(criteria=[OWN, *derived(2, 3)])], "2 criteria derived from the goal"),
        ([READ, READ, ev.CriteriaSet(criteria=[OWN, *derived(2)])], "1 criterion derived from the goal"),
        ([READ, ev.CriteriaSet(criteria=[OWN])], "no criteria derived from the goal"),
    ],
)
def test_how_many_criteria_a_goal_gave_is_told(events: list[ev.Event], line: str) -> None:
    """Once they are settled, and none where none were found."""
    assert told(events) == [line]


def test_only_a_goal_that_was_read_gives_criteria() -> None:
    """Nothing is said of it where no model was asked, nor again when a criterion comes later."""
    assert told([ev.CriteriaSet(criteria=[OWN])]) == []
    lines = told([READ, ev.CriteriaSet(criteria=derived(1)), ev.CriteriaSet(criteria=[*derived(1), OWN])])
    assert lines == ["1 criterion derived from the goal"]


def test_a_question_is_told_with_the_commands_that_answer_it() -> None:
    """The talk has the question alone, as a screen has keys to answer it; lines have commands."""
    assert told([ASKED]) == [
        "! the user agent asks: Which river?",
        "Answer with `duologue control my-run say TEXT`, or `deny` to go on without.",
    ]
    assert told([ev.GoalSpecified(goal="g", assumptions=["a"])]) == ["! the goal is taken to mean: a"]
