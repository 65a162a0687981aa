"""The events of a run's log: one small tagged class a kind, and nothing else.

What every line has in common (`seq`, `at`, `mono`, `sum`) is the `Record` around an event; the classes
here hold the rest. They allow unknown fields, so that what a newer minor version wrote is kept.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from pydantic import Field

from duologue.messages import RoleName
from duologue.outcomes import Outcome
from duologue.record.parts import (
    Body,
    CheckRecord,
    Citation,
    Contradiction,
    Criterion,
    CriterionVerdict,
    Decision,
    LimitsRecord,
    Pace,
    PairRecord,
    Parent,
    PlanTask,
    Purpose,
    Rung,
    SourceRecord,
    Span,
    Spent,
    TokenCount,
    ToolCallRecord,
    Vote,
)

SCHEMA: Final = "1.2"
"""The version of this format: major.minor. A newer minor is read, a newer major is refused."""


class RunStarted(Body):
    type: Literal["run.started"] = "run.started"
    schema_: str = Field(default=SCHEMA, alias="schema")
    program: str
    run: str
    goal: str
    pair: PairRecord
    settings: dict[str, Any]
    limits: LimitsRecord
    seed: int
    sources: list[SourceRecord] = Field(default_factory=list)
    checks: list[CheckRecord] = Field(default_factory=list)
    parent: Parent | None = None


class RunResumed(Body):
    """The run goes on, in another process; `cut` is the bytes of a torn last line that were dropped,
    `settings` are those that hold from here on."""

    type: Literal["run.resumed"] = "run.resumed"
    program: str
    limits: LimitsRecord
    settings: dict[str, Any] = Field(default_factory=dict)
    cut: int = 0


class CriteriaSet(Body):
    """The criteria from here on; `proposed` where the run waits for the person to approve or change them."""

    type: Literal["criteria.set"] = "criteria.set"
    criteria: list[Criterion]
    proposed: bool = False


class TurnStarted(Body):
    type: Literal["turn.started"] = "turn.started"
    turn: int
    role: RoleName


class AttemptFailed(Body):
    """`partial` is the text received before the fault; `wait_s` the pause before the next attempt, or
    None where there is none; `kind` is an `EndpointFault`; `context_tokens` is the context window that the
    endpoint named, None where it named none; `cost_usd` is None where no price was known."""

    type: Literal["attempt.failed"] = "attempt.failed"
    turn: int
    role: RoleName
    purpose: Purpose
    attempt: str
    kind: str
    message: str
    status: int | None = None
    partial: str = ""
    wait_s: float | None = None
    usage: TokenCount = TokenCount()
    context_tokens: int | None = None
    cost_usd: float | None = None
    endpoint: str | None = None


class CompletionReceived(Body):
    """`text` is what the model said, `reasoning` what it thought aloud; `flags` are oddities of its
    arrival (`truncated`, `invalid-utf8`, …); `adapted` is what the endpoint wanted otherwise in the request,
    in words, learnt in this call or known before; `extra` are fields of its own that go back with the
    message; `cost_usd` its price in US dollars, None where that was not known; `waited_s` how long rate
    limits held the call back, in seconds, None where they did not; `endpoint` the base URL of
    the fallback that answered, None for the role's own, which is asked again in `asked_again_s`
    seconds."""

    type: Literal["completion.received"] = "completion.received"
    turn: int
    role: RoleName
    purpose: Purpose
    attempt: str
    model: str
    text: str
    reasoning: str = ""
    tool_calls: list[ToolCallRecord] = Field(default_factory=list)
    finish_reason: str | None = None
    usage: TokenCount = TokenCount()
    cost_usd: float | None = None
    pace: Pace = Field(default_factory=list)
    first_token_s: float = 0.0
    duration_s: float = 0.0
    flags: list[str] = Field(default_factory=list)
    adapted: list[str] = Field(default_factory=list)
    waited_s: float | None = None
    extra: dict[str, Any] = Field(default_factory=dict)
    endpoint: str | None = None
    asked_again_s: float | None = None


class GoalSpecified(Body):
    """The goal in checkable words. With a `question` and no `answer`, the run waits for the person; else
    `goal` holds what they answered, or the `assumptions` where nobody did."""

    type: Literal["goal.specified"] = "goal.specified"
    goal: str
    assumptions: list[str] = Field(default_factory=list)
    question: str = ""
    answer: str = ""


class PlanChanged(Body):
    """The whole plan as it stands after a change."""

    type: Literal["plan.changed"] = "plan.changed"
    turn: int
    tasks: list[PlanTask]


class MemoryStored(Body):
    type: Literal["memory.stored"] = "memory.stored"
    turn: int
    role: RoleName
    text: str


class MemoryRecalled(Body):
    type: Literal["memory.recalled"] = "memory.recalled"
    turn: int
    role: RoleName
    query: str
    texts: list[str]


class ToolStarted(Body):
    """A tool is about to run: `arguments` as the model gave them."""

    type: Literal["tool.started"] = "tool.started"
    turn: int
    role: RoleName
    call: str
    name: str
    arguments: str = ""


class ToolFinished(Body):
    """A tool's result; `unknown` where the run was cut off while it ran, after which it is not run again."""

    type: Literal["tool.finished"] = "tool.finished"
    turn: int
    role: RoleName
    call: str
    name: str
    ok: bool
    text: str
    unknown: bool = False


class TurnCompleted(Body):
    """`completions` are the `seq` of the turn's completions, the last of which is its text; `result` is
    what the assistant delivered in it; `claim` is what the user agent says of the goal;
    `citations` are those in the result, resolved."""

    type: Literal["turn.completed"] = "turn.completed"
    turn: int
    role: RoleName
    completions: list[int]
    result: Span | None = None
    claim: Literal["done", "impossible"] | None = None
    citations: list[Citation] = Field(default_factory=list)


class GuardRaised(Body):
    """`rung` is how far up the ladder this raise goes."""

    type: Literal["guard.raised"] = "guard.raised"
    turn: int
    role: RoleName
    guard: str
    reason: str
    rung: Rung


class CheckFinished(Body):
    type: Literal["check.finished"] = "check.finished"
    turn: int
    criterion: str
    passed: bool
    reason: str


class VerdictGiven(Body):
    """`completion` is the `seq` of the judge's answer, None where none could be parsed. `votes` are those
    that the verdict comes from, where there was more than one; `appeal` is the second opinion on `done`."""

    type: Literal["verdict.given"] = "verdict.given"
    turn: int
    decision: Decision
    summary: str
    criteria: list[CriterionVerdict]
    completion: int | None = None
    parsed: bool = True
    votes: list[Vote] = Field(default_factory=list)
    appeal: Vote | None = None
    contradictions: list[Contradiction] = Field(default_factory=list)


class VerdictOverruled(Body):
    """A verdict of `done` that its evidence does not bear out; the run continues."""

    type: Literal["verdict.overruled"] = "verdict.overruled"
    turn: int
    reasons: list[str]


class ContextCompacted(Body):
    """The oldest messages of a role's talk were left out; `summary` is the `seq` of the completion that sums
    them up, None where there is none."""

    type: Literal["context.compacted"] = "context.compacted"
    turn: int
    role: RoleName
    messages_dropped: int
    bytes_before: int
    bytes_after: int
    summary: int | None = None


class BudgetWarned(Body):
    """A limit is four fifths spent; or, for `context`, the endpoint read only so many tokens (`spent`) of a
    prompt of about so many (`of`), and said nothing of it."""

    type: Literal["budget.warned"] = "budget.warned"
    turn: int
    limit: Literal["turns", "tokens", "minutes", "cost", "context"]
    spent: float
    of: float


class ControlReceived(Body):
    """What the person told the run: `line` is its line in `control.jsonl`, 0 where it came another way;
    `limit` and `value` are what a limit was set to, `criteria` those that the person wants."""

    type: Literal["control.received"] = "control.received"
    command: Literal["pause", "resume", "say", "criterion", "limit", "stop", "approve", "deny"]
    by: str
    text: str = ""
    to: RoleName | None = None
    limit: Literal["turns", "tokens", "minutes", "cost"] | None = None
    value: float | None = None
    criteria: list[str] | None = None
    line: int = 0


class RunParked(Body):
    """The run waits to be gone on with: `reason` says why in one sentence, `next` is a command."""

    type: Literal["run.parked"] = "run.parked"
    reason: str
    unmet: list[str]
    spent: Spent
    next: str
    result: Span | None = None


class RunEnded(Body):
    type: Literal["run.ended"] = "run.ended"
    outcome: Outcome
    reason: str
    unmet: list[str]
    spent: Spent
    next: str
    result: Span | None = None


class EventLost(Body):
    """In a mended copy, in place of an event that is lost."""

    type: Literal["event.lost"] = "event.lost"


class UnknownEvent(Body):
    """An event of a type that this version does not know; its fields are in `model_extra`."""

    type: str


Event = (
    RunStarted
    | RunResumed
    | CriteriaSet
    | TurnStarted
    | AttemptFailed
    | CompletionReceived
    | ToolFinished
    | TurnCompleted
    | GuardRaised
    | CheckFinished
    | VerdictGiven
    | VerdictOverruled
    | ContextCompacted
    | BudgetWarned
    | ControlReceived
    | RunParked
    | RunEnded
    | EventLost
    | GoalSpecified
    | PlanChanged
    | MemoryStored
    | MemoryRecalled
    | ToolStarted
    | UnknownEvent
)
KNOWN: Final[tuple[type[Event], ...]] = tuple(kind for kind in get_args(Event) if kind is not UnknownEvent)
"""In this order they are numbered in `index.bin`."""
_KINDS: Final = {str(kind.model_fields["type"].default): kind for kind in KNOWN}


def event_of(fields: dict[str, Any]) -> Event:
    """The event that has these fields, of the kind that its `type` names. Raises ValidationError.

    Asked for one by one, only the kinds that a log holds are ever made ready to be read: that takes longer
    than all the rest of opening one.
    """
    named = fields.get("type")
    kind = _KINDS.get(named, UnknownEvent) if isinstance(named, str) else UnknownEvent
    return kind.model_validate(fields)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the log: the event with its place (`seq` from 1), time and chained sum.

    `at` is the wall clock in UTC (ISO 8601, for people); `mono` is seconds on the run's monotonic clock.
    """

    seq: int
    at: str
    mono: float
    event: Event
    sum: str
