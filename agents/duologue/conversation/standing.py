"""Where a run stands: what was last delivered, and what was last said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from duologue.conversation.exhibit import exhibit, reminder, shown
from duologue.conversation.turn import Turn
from duologue.record.events import VerdictGiven
from duologue.record.parts import CriterionVerdict

_SHOWN: Final = 6_000
"""Characters of the result that a compacted talk still shows, and of the summary of what was left out."""


@dataclass(slots=True)
class Standing:
    """`result` is the turn that delivered the current result, None before there is one; `verdict` the last
    verdict; `mark` the delimiter of what the judge is shown, which neither agent can guess;
    `grounded` whether the result may say nothing beyond its sources."""

    mark: str
    grounded: bool = False
    result: Turn | None = None
    verdict: VerdictGiven | None = None
    wishes: frozenset[str] = frozenset()
    """Ids of the criteria that `done` does not need."""

    @property
    def unmet(self) -> list[str]:
        """Ids of the criteria that `done` needs and the last verdict did not find met."""
        return [word.id for word in (self.verdict.criteria if self.verdict else []) if self.lacks(word)]

    def lacks(self, word: CriterionVerdict) -> bool:
        """Whether this word on a criterion stands against `done`."""
        return word.state != "met" and word.id not in self.wishes

    def note(self, mark: str, summary: str = "") -> str:
        """For the head of a talk whose older messages were left out; `mark` is that of its delimiters, and
        `summary` what its own agent wrote down."""
        tag = f"facts-{mark}" if mark == self.mark else "note"
        lines = [f"<{tag}>", "Earlier messages of this conversation are left out to save room."]
        if summary.strip():
            lines += ["You wrote down of them:", reminder("own-summary", mark, _cut(summary))]
        if self.verdict is not None:
            states = ", ".join(f"{word.id} {word.state}" for word in self.verdict.criteria)
            lines.append(f"Last verdict: {self.verdict.decision} ({states}). {shown(self.verdict.summary)}")
        lines += [*self.result_lines(mark), f"</{tag}>"]
        return "\n".join(lines)

    def result_lines(self, mark: str, apart: Callable[[str], str] = str) -> list[str]:
        """The current result, or what `apart` leaves of it, quoted; or that there is none."""
        if self.result is None or self.result.result is None:
            return ["No result has been delivered yet."]
        lead = f"The current result, delivered in turn {self.result.number}:"
        # Only the judge's delimiters have this mark.
        quote = exhibit if mark == self.mark else reminder
        return [lead, quote("current-result", mark, _cut(apart(self.result.result)))]


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " […]"
