"""One vote on where a run stands: the judge's question asked, its answer read and tested by code."""

from collections.abc import Sequence
from typing import Final

from duologue.conversation.calls import Answer, Call, Calls
from duologue.conversation.state import State
from duologue.conversation.talk import Talk
from duologue.conversation.verdict import (
    ContradictionAnswer,
    CriterionAnswer,
    JudgeAnswer,
    find_answer,
    verdict_schema,
)
from duologue.messages import Message
from duologue.record.parts import Contradiction, Criterion, CriterionVerdict, Purpose, Vote

_TRIES: Final = 3
"""One answer, and two more where it cannot be parsed."""


async def cast_vote(state: State, calls: Calls, talk: Talk, purpose: Purpose, postscript: str = "") -> Vote:
    """The judge's answer to the talk, with what code found of its evidence; the postscript is for this vote
    alone."""
    ids = [criterion.id for criterion in state.criteria]
    schema = verdict_schema(ids, sources=bool(state.assignment.sources))
    extra: tuple[Message, ...] = ()
    for _ in range(_TRIES):
        call = Call("judge", state.turns[-1].number, purpose, talk, extra, schema, postscript)
        answer = await calls.complete(call)
        found = find_answer(answer.text, JudgeAnswer)
        if isinstance(found, JudgeAnswer):
            break
        again = f"That was not the JSON object asked for: {found}. Answer with it and nothing else."
        extra = (Message("assistant", answer.text or "(nothing)"), Message("user", again))
    return _vote(state, answer, found)


def _vote(state: State, answer: Answer, found: JudgeAnswer | str) -> Vote:
    if isinstance(found, str):
        summary = f"The judge's answer could not be read ({found}), which counts as not done."
        words = [_word(state, criterion, None) for criterion in state.criteria]
        return Vote(
            completion=answer.seq,
            model=answer.model,
            decision="continue",
            summary=summary,
            criteria=words,
            parsed=False,
        )
    said = _said(found.criteria)
    return Vote(
        completion=answer.seq,
        model=answer.model,
        decision=found.decision,
        summary=found.summary.strip(),
        criteria=[_word(state, criterion, said.get(criterion.id)) for criterion in state.criteria],
        contradictions=[_contradiction(state, each) for each in found.contradictions],
    )


def _contradiction(state: State, said: ContradictionAnswer) -> Contradiction:
    why = state.places.contradicts(said.kind, said.claim, said.where, said.quote)
    return Contradiction(**said.model_dump(), stands=not why, why=why)


def _said(words: Sequence[CriterionAnswer]) -> dict[str, CriterionAnswer]:
    """The word on each criterion, by its id; one that is judged in two ways is not known."""
    said: dict[str, CriterionAnswer] = {}
    for word in words:
        other = said.get(word.id, word)
        differs = word.state != other.state
        reason = f"The judge says both {other.state} and {word.state}."
        said[word.id] = CriterionAnswer(id=word.id, state="unknown", reason=reason) if differs else word
    return said


def _word(state: State, criterion: Criterion, said: CriterionAnswer | None) -> CriterionVerdict:
    finding = state.findings.get(criterion.id)
    if finding is not None:
        return CriterionVerdict(
            id=criterion.id, state="met" if finding.passed else "unmet", reason=finding.reason
        )
    if said is None:
        return CriterionVerdict(id=criterion.id, state="unknown", reason="The judge said nothing of it.")
    examined = [state.places.examine(quoted.where, quoted.quote) for quoted in said.evidence]
    evidence = [each for each, _ in examined]
    if said.state != "met" or any(proves for _, proves in examined):
        return CriterionVerdict(id=criterion.id, state=said.state, reason=said.reason, evidence=evidence)
    faults = "; ".join(each.why for each in evidence if each.why)
    reason = f"Claimed as met, but without evidence that holds: {faults or 'no quote of the work'}."
    return CriterionVerdict(id=criterion.id, state="unknown", reason=reason, evidence=evidence)
