"""How the votes behind a verdict fell, and what the appeal said, in a line each."""

from collections import Counter
from collections.abc import Iterable

from duologue.record.events import VerdictGiven
from duologue.record.parts import Vote


def ballot_lines(verdict: VerdictGiven) -> list[str]:
    """Nothing for a verdict of one judge alone; else the count of the votes, each criterion on which they
    differ, and the appeal's word."""
    lines = [f"votes: {_counted(vote.decision for vote in verdict.votes)}"] if verdict.votes else []
    for word in verdict.criteria:
        states = [each.state for vote in verdict.votes for each in vote.criteria if each.id == word.id]
        if len(set(states)) > 1:
            lines.append(f"votes on {word.id}: {_counted(states)}")
    return lines if verdict.appeal is None else [*lines, _appeal(verdict.appeal)]


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{number} {word}" for word, number in Counter(words).most_common())


def _appeal(vote: Vote) -> str:
    unmet = [f"{word.id} {word.state}" for word in vote.criteria if word.state != "met"]
    return f"appeal ({vote.model}): {', '.join([vote.decision, *unmet])}"
