"""Reading further criteria out of the goal, by a model, before the first turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from duologue.conversation.assignment import Assignment
from duologue.conversation.calls import Call, Calls
from duologue.conversation.criteria import given_criteria, numbered, render_criteria, with_default
from duologue.conversation.evidence import fold
from duologue.conversation.sources import render_sources
from duologue.conversation.state import State
from duologue.conversation.talk import Talk
from duologue.conversation.verdict import CRITERIA_SCHEMA, CriteriaAnswer, find_answer
from duologue.record.events import CriteriaSet, GoalSpecified
from duologue.record.log import LogWriter
from duologue.record.parts import Criterion
from duologue.roles import render

_MOST_DERIVED: Final = 5
_MOST_CHARACTERS: Final = 400
_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class Derived:
    """What a model reads out of a goal: criteria; and, for a vague one, the question that would settle most,
    with what it takes the goal to mean until that is answered."""

    criteria: tuple[Criterion, ...] = ()
    question: str = ""
    assumptions: tuple[str, ...] = ()


async def agree_criteria(state: State, calls: Calls, log: LogWriter) -> None:
    """Settle the run's criteria, and log them; or log what has to be asked of the person first.

    A goal that is too vague is asked about once, where somebody is there to answer; else, or where they do
    not say, the assumptions become part of the goal.
    """
    assignment = state.assignment
    criteria = given_criteria(assignment.criteria, assignment.every_check, assignment.pair.criteria)
    if not assignment.derive:
        log.append(CriteriaSet(criteria=with_default(criteria), proposed=assignment.review))
        return
    derived = await derive_criteria(assignment, criteria, calls)
    if derived.question and not state.person.specified:
        told = GoalSpecified(goal=assignment.goal, assumptions=list(derived.assumptions))
        if assignment.ask:
            log.append(told.model_copy(update={"question": derived.question}))
            return
        log.append(told.model_copy(update={"goal": assumed(assignment.goal, derived.assumptions)}))
    agreed = with_default(numbered([*criteria, *derived.criteria]))
    log.append(CriteriaSet(criteria=agreed, proposed=assignment.review))


def assumed(goal: str, assumptions: Sequence[str]) -> str:
    """The goal with what it is taken to mean."""
    if not assumptions:
        return goal
    return "\n".join([goal, "", "Taken to mean:", *(f"- {each}" for each in assumptions)])


def answered(goal: str, question: str, answer: str) -> str:
    """The goal with what the person said when asked."""
    return f"{goal}\n\nAsked: {question}\nAnswered: {answer}"


async def derive_criteria(assignment: Assignment, known: Sequence[Criterion], calls: Calls) -> Derived:
    """What a model reads out of the goal; nothing where its answer cannot be read twice."""
    mark = assignment.mark
    sources = render_sources(assignment.sources, mark)
    values = {"goal": assignment.goal, "known": render_criteria(known), "sources": sources}
    talk = Talk(render(_prompt(), values, mark), assignment.settings.context_tokens)
    talk.hear("Write the conditions for this goal.")
    for _ in range(_TRIES):
        answer = await calls.complete(Call("judge", 0, "criteria", talk, schema=CRITERIA_SCHEMA))
        found = find_answer(answer.text, CriteriaAnswer)
        if isinstance(found, CriteriaAnswer):
            return Derived(
                tuple(
                    Criterion(id="", text=text, kind="judged", origin="goal")
                    for text in _short(found.criteria)
                ),
                fold(found.question)[:_MOST_CHARACTERS],
                tuple(_short(found.assumptions)),
            )
        talk.say(answer.text)
        talk.hear(f"That was not the JSON object asked for: {found}. Answer with it and nothing else.")
    return Derived()


def _short(texts: Sequence[str]) -> list[str]:
    return [fold(text) for text in texts if 0 < len(fold(text)) <= _MOST_CHARACTERS][:_MOST_DERIVED]


def _prompt() -> str:
    return files("duologue.conversation").joinpath("prompts", "criteria.md").read_text("utf-8")
