"""Recorded talks of other agents, as turns: all that one side does until the word passes to the other."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from duologue.conversation.turn import ToolUse, Turn
from duologue.record.import_chat import read_chat
from duologue.record.imported import Said

TALKS: Final = Path(__file__).parents[3] / "shared" / "data" / "transcripts" / "airline.jsonl.gz"


def real_talks() -> Iterator[tuple[str, list[Turn]]]:
    """Each talk's name, and its turns."""
    for talk in read_chat(TALKS):
        yield talk.facts["id"], list(_turns([said for said in talk.messages if said.role != "system"]))


def _turns(messages: Sequence[Said]) -> Iterator[Turn]:
    number, rest = 0, list(messages)
    while rest:
        number, mine = number + 1, [rest.pop(0)]
        while mine[0].role != "user" and rest and rest[0].role != "user":
            mine.append(rest.pop(0))
        role = "user" if mine[0].role == "user" else "assistant"
        said = [one.text for one in mine if one.role != "tool"]
        yield Turn(number, role, said[-1], uses=tuple(_uses(mine)))


def _uses(messages: Sequence[Said]) -> Iterator[ToolUse]:
    calls = [call for said in messages for call in said.calls]
    results = [said for said in messages if said.role == "tool"]
    for call, result in zip(calls, results, strict=False):
        yield ToolUse(call.name, call.arguments, result.text, not result.text.startswith("Error"))
