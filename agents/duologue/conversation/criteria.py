"""The conditions of a run: given by the person, by the pair, and derived from the goal by a model."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from duologue.conversation.calls import Call, Calls
from duologue.conversation.check import Check
from duologue.conversation.evidence import fold
from duologue.conversation.sources import Source, render_sources
from duologue.conversation.talk import Talk
from duologue.conversation.verdict import CRITERIA_SCHEMA, CriteriaAnswer, find_answer
from duologue.record.events import Criterion
from duologue.roles import render

_MOST_DERIVED: Final = 5
_MOST_CHARACTERS: Final = 400
_TRIES: Final = 2
DEFAULT_TEXT: Final = "The delivered result does what the goal asks, in full."


def given_criteria(texts: Sequence[str], checks: Sequence[Check], pair: Sequence[str]) -> list[Criterion]:
    """The criteria that are known without asking a model, numbered from `c1`."""
    found = [Criterion(id="", text=text.strip(), kind="judged", origin="option") for text in texts]
    found += [
        Criterion(
            id="", text=check.text, kind="checked", origin="option", check=check.spec, detail=check.detail
        )
        for check in checks
    ]
    found += [Criterion(id="", text=text.strip(), kind="judged", origin="pair") for text in pair]
    return numbered(found)


def numbered(criteria: Sequence[Criterion]) -> list[Criterion]:
    """The criteria without repetitions, with ids in their order; at least one of them is judged."""
    kept: dict[str, Criterion] = {}
    for criterion in criteria:
        kept.setdefault(fold(criterion.text).casefold(), criterion)
    return [c.model_copy(update={"id": f"c{number}"}) for number, c in enumerate(kept.values(), 1)]


def with_default(criteria: Sequence[Criterion]) -> list[Criterion]:
    """The criteria, and one that asks for the goal itself where no other is left to the judge."""
    if any(criterion.kind == "judged" for criterion in criteria):
        return list(criteria)
    return numbered([*criteria, Criterion(id="", text=DEFAULT_TEXT, kind="judged", origin="default")])


async def derive_criteria(
    goal: str, known: Sequence[Criterion], sources: Sequence[Source], calls: Calls, window_tokens: int
) -> list[Criterion]:
    """Further criteria that a model reads out of the goal; none where its answer cannot be read twice."""
    values = {"goal": goal, "known": render_criteria(known), "sources": render_sources(sources)}
    talk = Talk(render(load_prompt("criteria"), values), window_tokens)
    talk.hear("Write the conditions for this goal.")
    for _ in range(_TRIES):
        answer = await calls.complete(Call("judge", 0, "criteria", talk, schema=CRITERIA_SCHEMA))
        found = find_answer(answer.completion.text, CriteriaAnswer)
        if isinstance(found, CriteriaAnswer):
            texts = [fold(text) for text in found.criteria if 0 < len(fold(text)) <= _MOST_CHARACTERS]
            return [
                Criterion(id="", text=text, kind="judged", origin="goal") for text in texts[:_MOST_DERIVED]
            ]
        talk.say(answer.completion.text)
        talk.hear(f"That was not the JSON object asked for: {found}. Answer with it and nothing else.")
    return []


def render_criteria(criteria: Sequence[Criterion]) -> str:
    """The criteria for a prompt, one a line; checked ones are marked as decided by a program."""
    if not criteria:
        return "(none)"
    return "\n".join(_line(criterion) for criterion in criteria)


def _line(criterion: Criterion) -> str:
    mark = " (checked by a program)" if criterion.kind == "checked" else ""
    detail = f" {criterion.detail}" if criterion.detail else ""
    return f"{criterion.id}. {criterion.text}{mark}{detail}"


def load_prompt(name: str) -> str:
    """A prompt of the program itself, from `prompts/`."""
    return files("duologue.conversation").joinpath("prompts", f"{name}.md").read_text("utf-8")
