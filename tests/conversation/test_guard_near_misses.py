"""What looks like a talk that goes wrong and is none: the guards keep silent, turn by turn."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from talk_turns import as_turns

from duologue.conversation.guards import look
from duologue.conversation.turn import ToolUse, Turn

SILENT: Final[dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "near_misses.toml").read_text("utf-8")
)


def result(text: str) -> str:
    """The text, delivered."""
    return f"<result>\n{text}\n</result>"


@pytest.mark.parametrize("texts", SILENT.values(), ids=SILENT.keys())
def test_silent(texts: list[str]) -> None:
    """No turn of a talk that is in order raises anything."""
    turns = as_turns(*texts)
    for until in range(1, len(turns) + 1):
        assert look(turns[:until], 1) == []


def with_calls(*calls: tuple[str, str]) -> list[Turn]:
    """A talk whose assistant calls one tool a turn: its arguments and its result."""
    texts = [
        text for n in range(len(calls)) for text in (f"Mend part {n}.", f"Part {n} is changed in line {n}.")
    ]
    uses = iter(calls)
    return [
        replace(turn, uses=(ToolUse("run", *next(uses), ok=True),)) if turn.role == "assistant" else turn
        for turn in as_turns(*texts)
    ]


@pytest.mark.parametrize(
    ("calls", "raised"),
    [
        ([("test", "1 failed"), ("test", "1 failed")], False),
        ([("test", "3 failed"), ("test", "2 failed"), ("test", "1 failed")], False),
        ([("test", "1 failed"), ("edit a", "ok"), ("test", "1 failed"), ("edit b", "ok")], False),
        ([("test", "1 failed"), ("test", "1 failed"), ("test", "1 failed")], True),
    ],
    ids=["a second look", "a result that changes", "work in between", "three times the same"],
)
def test_calls(calls: list[tuple[str, str]], raised: bool) -> None:
    """The same call is a circle only where its result stays the same, and nothing else is done meanwhile."""
    found = look(with_calls(*calls), 1)
    assert [alarm.guard for alarm in found] == (["identical tool calls"] if raised else [])


def test_a_circle_of_two_calls() -> None:
    """Calls that alternate three times, within one turn, are a circle as well."""
    uses = (ToolUse("read", "a", "1", True), ToolUse("read", "b", "2", True)) * 3
    turns = [
        replace(turn, uses=uses if turn.role == "assistant" else ()) for turn in as_turns("Read.", "So.")
    ]
    assert [alarm.guard for alarm in look(turns, 1)] == ["identical tool calls"]


def test_silent_after_tools_did_the_work() -> None:
    """An assistant that says nothing, but whose tools did something, has not had an empty turn."""
    asked, silent = as_turns("Mend it.", "")
    assert look([asked, replace(silent, uses=(ToolUse("edit", "a", "ok", True),))], 1) == []
    assert [alarm.guard for alarm in look([asked, silent], 1)] == ["empty turn"]


def test_shown_again_unasked() -> None:
    """A result that was asked for again may come once more, and no third time."""
    turns = as_turns("Name one.", result("Corva"), *["Show it again.", result("Corva")] * 2)
    assert look(turns[:4], 1) == []
    assert [alarm.guard for alarm in look(turns, 1)] == ["repetition"]
