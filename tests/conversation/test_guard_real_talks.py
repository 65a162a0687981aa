"""The guards on a hundred talks that were really held: what they raise there is listed in tests/README.md."""

import re
from pathlib import Path

import pytest
from real_talks import TALKS, real_talks
from talk_turns import as_turns

from duologue.conversation.guards import look
from duologue.record import events as ev
from duologue.record.reader import read_strict

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = sorted((Path(__file__).parents[2] / "runs" / "examples").glob("*/log.jsonl"))
REMEMBERED = 8
"""Turns that the loop lets the guards look back on."""


@pytest.mark.skipif(not TALKS.is_file(), reason="needs the recorded two-agent conversations")
def test_alarms_are_those_listed() -> None:
    """Each alarm is in the list with its turn, guard and reason, judged true or false, at most two false."""
    raised = [
        (name, str(number), alarm.guard, alarm.reason)
        for name, turns in real_talks()
        for number in range(1, len(turns) + 1)
        for alarm in look(turns[:number][-REMEMBERED:], 1)
    ]
    listed = re.findall(
        r"^\| (airline-\S+) \| (\d+) \| (.+?) \| (.+?) \| (true|false):", README.read_text("utf-8"), re.M
    )
    assert raised == [found[:4] for found in listed]
    assert sum(found[4] == "false" for found in listed) <= 2


@pytest.mark.parametrize("log", EXAMPLES, ids=lambda log: log.parent.name)
def test_recorded_examples_are_in_order(log: Path) -> None:
    """The runs that come with the project raise nothing."""
    said = {record.seq: record.event for record in read_strict(log)}
    texts = []
    for event in said.values():
        if isinstance(event, ev.TurnCompleted):
            spoken = said[event.completions[-1]]
            assert isinstance(spoken, ev.CompletionReceived)
            texts.append(spoken.text)
    turns = as_turns(*texts)
    assert len(turns) > 2
    assert look(turns, len(turns)) == []
