"""Every way in which two agents are known to go wrong, in several languages: each is caught."""

import json
import tomllib
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from scripted_run import NOT_DONE, play, reply
from talk_turns import as_turns

from duologue.conversation.guards import look
from duologue.conversation.turn import ToolUse
from duologue.record import events as ev

_MOST_TURNS: Final = 6
"""Three exchanges."""


@dataclass(frozen=True)
class FailingTalk:
    """A talk that goes wrong. `also` are guards that may be raised besides; `calls` is a tool that the
    assistant calls before each of its answers."""

    mode: str
    language: str
    raises: str
    on: str
    turns: list[str]
    also: tuple[str, ...] = ()
    calls: str = ""

    def replies(self) -> str:
        """The talk as a scenario, with a judge that is never content."""
        told = [reply("judge", NOT_DONE, repeat=3)]
        for number, text in enumerate(self.turns):
            role = "assistant" if number % 2 else "user"
            if role == "assistant" and self.calls:
                told.append(
                    f'[[reply]]\nmodel = "{role}"\ntool_calls = [{{name = {json.dumps(self.calls)}}}]\n'
                )
            told.append(reply(role, text))
        return "".join(told)


TALKS: Final = [
    FailingTalk(**talk)
    for talk in tomllib.loads((Path(__file__).parent / "failing_talks.toml").read_text("utf-8"))["talk"]
]


_LAST_OF_EACH_MODE: Final = {talk.mode: talk for talk in TALKS}


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: f"{talk.mode}-{talk.language}")
def test_caught_within_three_exchanges(talk: FailingTalk) -> None:
    """The guard made for it sees it by the third exchange, in every language, and no other one is raised."""
    assert len(talk.turns) <= _MOST_TURNS
    use = ToolUse(talk.calls, "{}", "Nothing was found.", ok=True)
    turns = [
        replace(turn, uses=(use,)) if talk.calls and turn.role == "assistant" else turn
        for turn in as_turns(*talk.turns)
    ]
    alarms = [alarm for until in range(1, len(turns) + 1) for alarm in look(turns[:until], 1)]
    assert (talk.raises, talk.on) in [(alarm.guard, alarm.role) for alarm in alarms]
    assert {alarm.guard for alarm in alarms} <= {talk.raises, *talk.also}


@pytest.mark.parametrize("talk", _LAST_OF_EACH_MODE.values(), ids=_LAST_OF_EACH_MODE.keys())
async def test_caught_in_a_run(tmp_path: Path, talk: FailingTalk) -> None:
    """The log of a whole run says which guard saw it, and why, in one sentence; the first time is a nudge."""
    run = await play(tmp_path, talk.replies(), limits={"turns": len(talk.turns)})
    alarms = run.of(ev.GuardRaised)
    assert (talk.raises, talk.on) in [(alarm.guard, alarm.role) for alarm in alarms]
    assert {alarm.guard for alarm in alarms} <= {talk.raises, *talk.also}
    assert all(alarm.reason.endswith(".") for alarm in alarms)
    assert alarms[0].rung == "nudge"


def test_every_mode_in_three_languages() -> None:
    """Each guard is shown in English, in German and in a language without spaces between its words."""
    shown: dict[str, set[str]] = defaultdict(set)
    for talk in TALKS:
        shown[talk.raises].add(talk.language)
    assert len(shown) == 10
    assert all({"en", "de", "zh"} <= languages for languages in shown.values())


async def test_claim_with_nothing_delivered(tmp_path: Path) -> None:
    """A user agent that claims the goal at once, again and again, has the run stalled, not done."""
    replies = reply("user", "<goal-reached/>", repeat=3), reply("judge", NOT_DONE, repeat=3)
    run = await play(tmp_path, *replies)
    assert run.ending.outcome == "stalled"
    alarms = run.of(ev.GuardRaised)
    assert [(alarm.guard, alarm.rung) for alarm in alarms] == [
        ("unfounded claim", rung) for rung in ("nudge", "replan", "stalled")
    ]
    assert all("nothing has been delivered" in alarm.reason for alarm in alarms)
