"""How a talk ends by itself: done, impossible or stalled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from duologue.conversation.standing import Standing
from duologue.outcomes import Outcome
from duologue.record.events import GuardRaised, VerdictGiven
from duologue.record.parts import Contradiction

NO_RESULT: Final = "Nothing has been delivered as the result yet."
_IMPOSSIBLE_AFTER: Final = 2
"""Verdicts of `impossible` in a row that end a run; the first is told to the user agent."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """An outcome, and the reason for it in one sentence."""

    outcome: Outcome
    reason: str


def objections(verdict: VerdictGiven, standing: Standing) -> list[str]:
    """Why a verdict of `done` does not count; empty where it does, or says something else."""
    if verdict.decision != "done":
        return []
    found = [f"{word.id}: {word.reason}" for word in verdict.criteria if standing.lacks(word)]
    found += _contradicted(verdict.contradictions, standing)
    found += _refusals(verdict, standing)
    return found if standing.result is not None else [NO_RESULT, *found]


def _contradicted(named: Sequence[Contradiction], standing: Standing) -> list[str]:
    """Those that code has verified: what is against a source counts always, what is beyond them where the run
    is to be grounded in them."""
    return [each.words for each in named if each.stands and (standing.grounded or each.kind == "intrinsic")]


def _refusals(verdict: VerdictGiven, standing: Standing) -> list[str]:
    """What the second opinion has against it; nothing where there is none, or it is of the same opinion."""
    appeal = verdict.appeal
    if appeal is None:
        return []
    unmet = [f"Appeal, {word.id}: {word.reason}" for word in appeal.criteria if standing.lacks(word)]
    unmet += [f"Appeal: {words}" for words in _contradicted(appeal.contradictions, standing)]
    if unmet or appeal.decision == "done":
        return unmet
    return [f"Appeal: {appeal.summary or appeal.decision}"]


def conclude(standing: Standing | None, impossible: int, alarms: Sequence[GuardRaised]) -> Conclusion | None:
    """What the verdict on an exchange and its guards come to; None where the talk goes on.

    The judge's word comes before the guards': work that is done has not stalled. `standing` is None for an
    exchange without a verdict; `impossible` counts such verdicts in a row.
    """
    judged = None if standing is None else _judged(standing, impossible)
    if judged is not None:
        return judged
    if any(alarm.rung == "stalled" for alarm in alarms):
        reasons = " ".join(dict.fromkeys(alarm.reason for alarm in alarms))
        return Conclusion("stalled", f"The talk makes no progress in three exchanges running. {reasons}")
    return None


def _judged(standing: Standing, impossible: int) -> Conclusion | None:
    verdict = standing.verdict
    if verdict is None:
        return None
    if verdict.decision == "done" and not objections(verdict, standing):
        return Conclusion("done", _sentence("Every criterion is met", verdict))
    if impossible >= _IMPOSSIBLE_AFTER:
        return Conclusion("impossible", _sentence("The judge finds that the goal cannot be reached", verdict))
    return None


def _sentence(fact: str, verdict: VerdictGiven) -> str:
    return f"{fact}: {verdict.summary}" if verdict.summary else f"{fact}."
