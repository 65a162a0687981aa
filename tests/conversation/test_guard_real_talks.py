"""The guards on a hundred talks that were really held: what they raise there is listed in tests/README.md."""

import re
from pathlib import Path

import pytest
from real_talks import TALKS, real_talks

from duologue.conversation.guards import look

README = Path(__file__).parents[1] / "README.md"
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
