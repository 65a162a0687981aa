"""The conditions of a run: those of the person and of the pair, and how a prompt shows them."""

from collections.abc import Sequence
from typing import Final

from duologue.conversation.check import Check
from duologue.conversation.evidence import fold
from duologue.record.parts import Criterion

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


def render_criteria(criteria: Sequence[Criterion]) -> str:
    """The criteria for a prompt, one a line; checked ones are marked as decided by a program."""
    if not criteria:
        return "(none)"
    return "\n".join(_line(criterion) for criterion in criteria)


def _line(criterion: Criterion) -> str:
    mark = " (checked by a program)" if criterion.kind == "checked" else ""
    detail = f" {criterion.detail}" if criterion.detail else ""
    return f"{criterion.id}. {criterion.text}{mark}{detail}"
