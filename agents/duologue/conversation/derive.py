"""Reading further criteria out of the goal, by a model, before the first turn."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from duologue.conversation.assignment import Assignment
from duologue.conversation.calls import Call, Calls
from duologue.conversation.criteria import given_criteria, numbered, render_criteria, with_default
from duologue.conversation.evidence import fold
from duologue.conversation.sources import render_sources
from duologue.conversation.talk import Talk
from duologue.conversation.verdict import CRITERIA_SCHEMA, CriteriaAnswer, find_answer
from duologue.record.events import CriteriaSet
from duologue.record.log import LogWriter
from duologue.record.parts import Criterion
from duologue.roles import render

_MOST_DERIVED: Final = 5
_MOST_CHARACTERS: Final = 400
_TRIES: Final = 2


async def agree_criteria(assignment: Assignment, calls: Calls, log: LogWriter) -> None:
    """Settle the run's criteria, and log them."""
    criteria = given_criteria(assignment.criteria, assignment.checks, assignment.pair.criteria)
    if assignment.derive:
        window = assignment.settings.context_tokens
        derived = await derive_criteria(assignment, criteria, calls, window)
        criteria = numbered([*criteria, *derived])
    log.append(CriteriaSet(criteria=with_default(criteria)))


async def derive_criteria(
    assignment: Assignment, known: Sequence[Criterion], calls: Calls, window_tokens: int
) -> list[Criterion]:
    """Further criteria that a model reads out of the goal; none where its answer cannot be read twice."""
    mark = assignment.mark
    sources = render_sources(assignment.sources, mark)
    values = {"goal": assignment.goal, "known": render_criteria(known), "sources": sources}
    talk = Talk(render(_prompt(), values, mark), window_tokens)
    talk.hear("Write the conditions for this goal.")
    for _ in range(_TRIES):
        answer = await calls.complete(Call("judge", 0, "criteria", talk, schema=CRITERIA_SCHEMA))
        found = find_answer(answer.text, CriteriaAnswer)
        if isinstance(found, CriteriaAnswer):
            texts = [fold(text) for text in found.criteria if 0 < len(fold(text)) <= _MOST_CHARACTERS]
            return [
                Criterion(id="", text=text, kind="judged", origin="goal") for text in texts[:_MOST_DERIVED]
            ]
        talk.say(answer.text)
        talk.hear(f"That was not the JSON object asked for: {found}. Answer with it and nothing else.")
    return []


def _prompt() -> str:
    return files("duologue.conversation").joinpath("prompts", "criteria.md").read_text("utf-8")
