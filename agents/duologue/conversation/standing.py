"""Where a run stands: what was last delivered, and what was last said of it."""

from dataclasses import dataclass
from typing import Final

from duologue.conversation.turn import Turn
from duologue.record.events import VerdictGiven

_SHOWN: Final = 6_000
"""Characters of the result that a compacted talk still shows, and of the summary of what was left out."""


@dataclass(slots=True)
class Standing:
    """`result` is the turn that delivered the current result, None before there is one; `verdict` the last
    verdict; `mark` the run's random delimiter, which no model can guess."""

    mark: str
    result: Turn | None = None
    verdict: VerdictGiven | None = None

    @property
    def unmet(self) -> list[str]:
        """Ids of the criteria that the last verdict did not find met."""
        words = self.verdict.criteria if self.verdict is not None else []
        return [word.id for word in words if word.state != "met"]

    def note(self, summary: str = "") -> str:
        """For the head of a talk whose older messages were left out; `summary` is what its own agent wrote
        down of them."""
        lines = ["<note>", "Earlier messages of this conversation are left out to save room."]
        if summary.strip():
            lines += ["You wrote down of them:", *self._quoted("own-summary", summary.strip())]
        if self.verdict is not None:
            states = ", ".join(f"{word.id} {word.state}" for word in self.verdict.criteria)
            lines.append(f"Last verdict: {self.verdict.decision} ({states}). {self.verdict.summary}")
        lines += [*self._result_lines(), "</note>"]
        return "\n".join(lines)

    def _result_lines(self) -> list[str]:
        if self.result is None or self.result.result is None:
            return ["No result has been delivered yet."]
        lead = f"The current result, delivered in turn {self.result.number}:"
        return [lead, *self._quoted("current-result", self.result.result)]

    def _quoted(self, name: str, text: str) -> list[str]:
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + " […]"
        return [f"<{name}-{self.mark}>", shown, f"</{name}-{self.mark}>"]
