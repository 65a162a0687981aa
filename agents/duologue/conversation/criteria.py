"""The conditions of a run: those of the person and of the pair, and how a prompt shows them."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from duologue.conversation.check import Check
from duologue.conversation.evidence import fold
from duologue.errors import UserError
from duologue.record.parts import Criterion, Origin

DEFAULT_TEXT: Final = "The delivered result does what the goal asks, in full."
_WEIGHT: Final = re.compile(r"\s*weight\s*=\s*(\d{1,3}(?:\.\d{1,3})?)\s*[;:]\s*", re.IGNORECASE)
_ID: Final = re.compile(r"c(\d{1,9})")

_MEANT: Final = re.compile(r"\s*weight\s*=", re.IGNORECASE)


def typed_criteria(texts: Iterable[str]) -> tuple[str, ...]:
    """The criteria as a person typed them. Raises UserError for an empty one or a wrong weight."""
    found = tuple(texts)
    for text in found:
        if not judged(text, "option").text:
            raise UserError("A criterion is empty.", hint='As in: --criterion "It rhymes."')
        if _MEANT.match(text) and not _WEIGHT.match(text):
            hint = 'As in: --criterion "weight=2: It rhymes."'
            raise UserError(f"The criterion {text!r} begins with a weight that is no number.", hint=hint)
    return found


def judged(text: str, origin: Origin) -> Criterion:
    """A criterion for the judge, not numbered yet; `weight=2: TEXT` gives it a weight, of which 0 makes it a
    wish that `done` does not need."""
    told = _WEIGHT.match(text)
    weight = float(told.group(1)) if told else 1.0
    said = text[told.end() :] if told else text
    return Criterion(id="", text=said.strip(), kind="judged", origin=origin, weight=weight)


def given_criteria(texts: Sequence[str], checks: Sequence[Check], pair: Sequence[str]) -> list[Criterion]:
    """The criteria that are known without asking a model, numbered from `c1`."""
    found = [judged(text, "option") for text in texts]
    found += [
        Criterion(
            id="", text=check.text, kind="checked", origin="option", check=check.spec, detail=check.detail
        )
        for check in checks
    ]
    found += [judged(text, "pair") for text in pair]
    return numbered(found)


def numbered(criteria: Sequence[Criterion], taken: int = 0) -> list[Criterion]:
    """The criteria without repetitions; those that have no id yet get the next after all there are, and after
    the first `taken`."""
    kept: dict[str, Criterion] = {}
    for criterion in criteria:
        kept.setdefault(fold(criterion.text).casefold(), criterion)
    highest = max(taken, _highest(kept.values()))
    following = iter(range(highest + 1, highest + len(kept) + 1))
    return [c if c.id else c.model_copy(update={"id": f"c{next(following)}"}) for c in kept.values()]


def _highest(criteria: Iterable[Criterion]) -> int:
    return max((int(found.group(1)) for c in criteria if (found := _ID.fullmatch(c.id))), default=0)


def edited(criteria: Sequence[Criterion], texts: Sequence[str]) -> list[Criterion]:
    """The criteria after the person has gone over the judged ones: those whose text is still there keep their
    id, with the weight that is told now, new texts get ids that no other ever had, the rest is gone. Checks
    stay."""
    known = {fold(c.text).casefold(): c for c in criteria if c.kind == "judged"}
    wanted = [judged(text, "person") for text in texts]
    chosen = [
        known.get(fold(c.text).casefold(), c).model_copy(update={"weight": c.weight})
        for c in wanted
        if c.text
    ]
    checks = [c for c in criteria if c.kind == "checked"]
    return with_default(numbered([*chosen, *checks], _highest(criteria)))


def with_default(criteria: Sequence[Criterion]) -> list[Criterion]:
    """The criteria, and one that asks for the goal itself where no other that counts is left to the judge."""
    if any(criterion.kind == "judged" and criterion.weight for criterion in criteria):
        return list(criteria)
    return numbered([*criteria, Criterion(id="", text=DEFAULT_TEXT, kind="judged", origin="default")])


def render_criteria(criteria: Sequence[Criterion]) -> str:
    """The criteria for a prompt, one a line; checked ones are marked as decided by a program, and wishes as
    such."""
    if not criteria:
        return "(none)"
    return "\n".join(_line(criterion) for criterion in criteria)


def _line(criterion: Criterion) -> str:
    mark = " (checked by a program)" if criterion.kind == "checked" else ""
    wish = "" if criterion.weight else " (a wish: `done` does not need it)"
    detail = f" {criterion.detail}" if criterion.detail else ""
    return f"{criterion.id}. {criterion.text}{mark}{wish}{detail}"
