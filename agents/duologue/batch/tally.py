"""What the findings of one variant come to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from duologue.batch.trial import Finding

NOT_BEGUN: Final = "not begun"


@dataclass(frozen=True, slots=True)
class Tally:
    """`ran` are the trials that came to an end of their own, `passed` those that came to what they should.
    Of those whose goal's held-out checks (or expected outcome) tell the truth, `true_done` and `false_done`
    were called done, `missed` and `truly_undone` were not; what failed or was parked is in none of these.
    `cost_usd` is None where no price was known; `seconds` are those of all runs, one after the other."""

    variant: str
    trials: int
    ran: int
    outcomes: Mapping[str, int]
    passed: int
    true_done: int
    false_done: int
    missed: int
    truly_undone: int
    turns: int
    tokens: int
    cost_usd: float | None
    unpriced_tokens: int
    seconds: float

    @property
    def done(self) -> int:
        """The runs that ended as done, whether or not they are."""
        return self.outcomes.get("done", 0)

    @property
    def told(self) -> int:
        """The trials of which it is known whether the goal is reached."""
        return self.true_done + self.false_done + self.missed + self.truly_undone

    @property
    def agreed(self) -> int:
        """The trials in which *done* or not is what is so."""
        return self.true_done + self.truly_undone

    @property
    def agreement(self) -> float | None:
        """The share in which *done* or not is what is so, 0 to 1; None where nothing tells."""
        return self.agreed / self.told if self.told else None


def tally(variant: str, findings: Sequence[Finding]) -> Tally:
    """The figures of the variant's findings."""
    own = [finding for finding in findings if finding.variant == variant]
    truth = Counter((finding.outcome == "done", finding.reached) for finding in own)
    costs = [finding.cost_usd for finding in own if finding.cost_usd is not None]
    return Tally(
        variant=variant,
        trials=len(own),
        ran=sum(finding.ran for finding in own),
        outcomes=Counter(finding.outcome or NOT_BEGUN for finding in own),
        passed=sum(finding.passed is True for finding in own),
        true_done=truth[True, True],
        false_done=truth[True, False],
        missed=truth[False, True],
        truly_undone=truth[False, False],
        turns=sum(finding.turns for finding in own),
        tokens=sum(finding.tokens for finding in own),
        cost_usd=sum(costs) if costs else None,
        unpriced_tokens=sum(
            finding.tokens if finding.cost_usd is None else finding.unpriced_tokens for finding in own
        ),
        seconds=sum(finding.seconds for finding in own),
    )
