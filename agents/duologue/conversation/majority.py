"""Several votes made into one verdict: what more than half of them say."""

from collections import Counter
from collections.abc import Sequence

from duologue.record.events import VerdictGiven
from duologue.record.parts import Contradiction, CriterionVerdict, Decision, Vote


def tally(turn: int, votes: Sequence[Vote], appeal: Vote | None = None) -> VerdictGiven:
    """The verdict of one vote or more, in their order, on the same criteria.

    A criterion has the state that more than half of the votes give it, else it is unknown; the decision is
    the one that more than half of them take, else the talk goes on.
    """
    first = votes[0]
    if len(votes) == 1:
        return VerdictGiven(
            turn=turn,
            decision=first.decision,
            summary=first.summary,
            criteria=first.criteria,
            completion=first.completion,
            parsed=first.parsed,
            appeal=appeal,
            contradictions=first.contradictions,
        )
    decision = _decided(votes)
    leading = next((vote for vote in votes if vote.decision == decision), first)
    return VerdictGiven(
        turn=turn,
        decision=decision,
        summary=leading.summary,
        criteria=[_word([vote.criteria[place] for vote in votes]) for place in range(len(first.criteria))],
        completion=leading.completion,
        parsed=any(vote.parsed for vote in votes),
        votes=list(votes),
        appeal=appeal,
        contradictions=_named([vote for vote in votes if vote.decision == decision]),
    )


def _named(votes: Sequence[Vote]) -> list[Contradiction]:
    """What any of the votes that decided holds against the result, each once."""
    found = {(each.kind, each.claim, each.quote): each for vote in votes for each in vote.contradictions}
    return list(found.values())


def _decided(votes: Sequence[Vote]) -> Decision:
    decision, count = Counter(vote.decision for vote in votes).most_common(1)[0]
    return decision if 2 * count > len(votes) else "continue"


def _word(words: Sequence[CriterionVerdict]) -> CriterionVerdict:
    counted = Counter(word.state for word in words)
    state, count = counted.most_common(1)[0]
    if 2 * count > len(words):
        return next(word for word in words if word.state == state)
    said = ", ".join(f"{number} {name}" for name, number in counted.items())
    return CriterionVerdict(id=words[0].id, state="unknown", reason=f"The votes differ: {said}.")
