"""What a view of a run is made of: its turns, its verdicts, all else that is worth a line, its criteria."""

from dataclasses import dataclass, field

from duologue.messages import RoleName
from duologue.record import events as ev
from duologue.record.bill import Bill
from duologue.record.parts import Criterion, CriterionState, Evidence


@dataclass(slots=True)
class TurnItem:
    """One turn. `text` is what was said, `result` what was delivered in it; times are seconds of the
    run's clock; `ended` is None while the turn is in progress."""

    turn: int
    role: RoleName
    seq: int
    started: float
    ended: float | None = None
    text: str = ""
    reasoning: str = ""
    model: str = ""
    bill: Bill = field(default_factory=Bill)
    completions: list[ev.CompletionReceived] = field(default_factory=list)
    result: str | None = None
    claim: str | None = None


@dataclass(slots=True)
class VerdictItem:
    """A verdict after an exchange, with the checks that ran before it and why it was overruled, if so."""

    turn: int
    seq: int
    at: float
    verdict: ev.VerdictGiven
    checks: list[ev.CheckFinished]
    overruled: list[str] = field(default_factory=list)
    bill: Bill = field(default_factory=Bill)


@dataclass(slots=True)
class MarkItem:
    """Anything else worth a line: a failed attempt, a guard, a warning, an intervention, the end.

    `kind` is the event's type; `text` is one sentence, made from untrusted words.
    """

    kind: str
    text: str
    turn: int
    seq: int
    at: float


Item = TurnItem | VerdictItem | MarkItem


@dataclass(slots=True)
class CriterionView:
    """A criterion with its standing: the last verdict's or check's word on it."""

    criterion: Criterion
    state: CriterionState = "unknown"
    reason: str = ""
    evidence: list[Evidence] = field(default_factory=list)
