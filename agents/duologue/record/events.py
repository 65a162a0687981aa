"""The events of a run's log: one small tagged class a kind, and nothing else.

What every line has in common (`seq`, `at`, `mono`, `sum`) is the `Record` around an event; the classes
here hold the rest. They allow unknown fields, so that what a newer minor version wrote is kept.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter

from duologue.messages import RoleName
from duologue.outcomes import Outcome

SCHEMA: Final = "1.0"
"""The version of this format: major.minor. A newer minor is read, a newer major is refused."""

CriterionState = Literal["met", "unmet", "unknown"]
Decision = Literal["done", "continue", "impossible"]
Purpose = Literal["turn", "verdict", "criteria"]
Rung = Literal["nudge", "replan", "stalled"]
Pace = list[tuple[int, int]]
"""How a text arrived: (milliseconds since the last pair, characters), coalesced to 50 ms or more."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class Span(_Body):
    """A stretch of a completion's text: the event's `seq`, and character offsets."""

    completion: int
    start: int
    end: int


class TokenCount(_Body):
    """Tokens of one completion or attempt; `estimated` where the endpoint reported none."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    estimated: bool = False


class PairRecord(_Body):
    """The pair as it was when the run began, with the full text of its prompts."""

    name: str
    title: str
    version: int
    prompts: dict[RoleName, str]
    criteria: list[str] = Field(default_factory=list)


class Parent(_Body):
    """The run that a fork comes from: its name, the turn after which they part, and the place and sum of
    its last event that they share."""

    run: str
    turn: int
    seq: int
    sum: str


class SourceRecord(_Body):
    """A source given with the goal; its text is the blob of that name."""

    name: str
    size: int
    blob: str


class CheckRecord(_Body):
    """A check given with the goal; what it rests on, such as a schema, is the blob of that name."""

    spec: str
    blob: str | None = None


class LimitsRecord(_Body):
    """The budget's limits; None means no limit. Tokens count all roles, failed attempts included."""

    max_turns: int | None = None
    max_tokens: int | None = None
    max_minutes: float | None = None


class Criterion(_Body):
    """One checkable condition. `check` is its specification where a program decides it; `detail` is what
    the models are told of it besides, such as the schema that the result has to fit."""

    id: str
    text: str
    kind: Literal["judged", "checked"]
    origin: Literal["option", "pair", "goal", "default"]
    check: str | None = None
    detail: str | None = None


class Evidence(_Body):
    """A quote and where it is said to stand; `stands` is what code found, `why` the reason if not."""

    where: str
    quote: str
    stands: bool
    why: str = ""


class CriterionVerdict(_Body):
    """The judge's word on one criterion; `state` is what counts after the evidence was checked."""

    id: str
    state: CriterionState
    reason: str = ""
    evidence: list[Evidence] = Field(default_factory=list)


class RunStarted(_Body):
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


class RunResumed(_Body):
    """The run goes on, in another process; `cut` is the bytes of a torn last line that were dropped,
    `settings` are those that hold from here on."""

    type: Literal["run.resumed"] = "run.resumed"
    program: str
    limits: LimitsRecord
    settings: dict[str, Any] = Field(default_factory=dict)
    cut: int = 0


class CriteriaSet(_Body):
    type: Literal["criteria.set"] = "criteria.set"
    criteria: list[Criterion]


class TurnStarted(_Body):
    type: Literal["turn.started"] = "turn.started"
    turn: int
    role: RoleName


class AttemptFailed(_Body):
    """`partial` is the text received before the fault; `wait_s` the pause before the next attempt, or
    None where there is none; `kind` is an `EndpointFault`."""

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


class ToolCallRecord(_Body):
    id: str
    name: str
    arguments: str


class CompletionReceived(_Body):
    """`text` is what the model said, `reasoning` what it thought aloud; `flags` are oddities of its
    arrival (`truncated`, `invalid-utf8`, …); `adapted` the request fields that were dropped or renamed."""

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
    pace: Pace = Field(default_factory=list)
    first_token_s: float = 0.0
    duration_s: float = 0.0
    flags: list[str] = Field(default_factory=list)
    adapted: list[str] = Field(default_factory=list)


class GoalSpecified(_Body):
    """The goal in checkable words: what was asked of the person, or assumed where nobody was there."""

    type: Literal["goal.specified"] = "goal.specified"
    goal: str
    assumptions: list[str] = Field(default_factory=list)


class PlanTask(_Body):
    """One task of the plan; `state` is open, done or dropped."""

    id: str
    text: str
    state: Literal["open", "done", "dropped"] = "open"


class PlanChanged(_Body):
    """The whole plan as it stands after a change."""

    type: Literal["plan.changed"] = "plan.changed"
    turn: int
    tasks: list[PlanTask]


class MemoryStored(_Body):
    type: Literal["memory.stored"] = "memory.stored"
    turn: int
    role: RoleName
    text: str


class MemoryRecalled(_Body):
    type: Literal["memory.recalled"] = "memory.recalled"
    turn: int
    role: RoleName
    query: str
    texts: list[str]


class ToolStarted(_Body):
    """A tool is about to run: `arguments` as the model gave them."""

    type: Literal["tool.started"] = "tool.started"
    turn: int
    role: RoleName
    call: str
    name: str
    arguments: str = ""


class ToolFinished(_Body):
    """A tool's result; `unknown` where the run was cut off while it ran, after which it is not run again."""

    type: Literal["tool.finished"] = "tool.finished"
    turn: int
    role: RoleName
    call: str
    name: str
    ok: bool
    text: str
    unknown: bool = False


class TurnCompleted(_Body):
    """`completions` are the `seq` of the turn's completions, the last of which is its text; `result` is
    what the assistant delivered in it; `claim` is what the user agent says of the goal."""

    type: Literal["turn.completed"] = "turn.completed"
    turn: int
    role: RoleName
    completions: list[int]
    result: Span | None = None
    claim: Literal["done", "impossible"] | None = None


class GuardRaised(_Body):
    """`rung` is how far up the ladder this raise goes."""

    type: Literal["guard.raised"] = "guard.raised"
    turn: int
    role: RoleName
    guard: str
    reason: str
    rung: Rung


class CheckFinished(_Body):
    type: Literal["check.finished"] = "check.finished"
    turn: int
    criterion: str
    passed: bool
    reason: str


class VerdictGiven(_Body):
    """`completion` is the `seq` of the judge's answer, None where none could be parsed."""

    type: Literal["verdict.given"] = "verdict.given"
    turn: int
    decision: Decision
    summary: str
    criteria: list[CriterionVerdict]
    completion: int | None = None
    parsed: bool = True


class VerdictOverruled(_Body):
    """A verdict of `done` that its evidence does not bear out; the run continues."""

    type: Literal["verdict.overruled"] = "verdict.overruled"
    turn: int
    reasons: list[str]


class ContextCompacted(_Body):
    type: Literal["context.compacted"] = "context.compacted"
    turn: int
    role: RoleName
    messages_dropped: int
    bytes_before: int
    bytes_after: int


class BudgetWarned(_Body):
    type: Literal["budget.warned"] = "budget.warned"
    turn: int
    limit: Literal["turns", "tokens", "minutes"]
    spent: float
    of: float


class ControlReceived(_Body):
    type: Literal["control.received"] = "control.received"
    command: Literal["pause", "resume", "say", "stop", "approve", "deny"]
    by: str
    text: str = ""
    to: RoleName | None = None


class Spent(_Body):
    """What the run has used: turns, calls answered, tokens of all roles, seconds."""

    turns: int
    calls: int
    tokens: int
    seconds: float


class RunParked(_Body):
    """The run waits to be gone on with: `reason` says why in one sentence, `next` is a command."""

    type: Literal["run.parked"] = "run.parked"
    reason: str
    unmet: list[str]
    spent: Spent
    next: str
    result: Span | None = None


class RunEnded(_Body):
    type: Literal["run.ended"] = "run.ended"
    outcome: Outcome
    reason: str
    unmet: list[str]
    spent: Spent
    next: str
    result: Span | None = None


class EventLost(_Body):
    """In a mended copy, in place of an event that is lost."""

    type: Literal["event.lost"] = "event.lost"


class UnknownEvent(_Body):
    """An event of a type that this version does not know; its fields are in `model_extra`."""

    type: str


KNOWN: Final = (
    RunStarted,
    RunResumed,
    CriteriaSet,
    TurnStarted,
    AttemptFailed,
    CompletionReceived,
    ToolFinished,
    TurnCompleted,
    GuardRaised,
    CheckFinished,
    VerdictGiven,
    VerdictOverruled,
    ContextCompacted,
    BudgetWarned,
    ControlReceived,
    RunParked,
    RunEnded,
    EventLost,
    GoalSpecified,
    PlanChanged,
    MemoryStored,
    MemoryRecalled,
    ToolStarted,
)
_TAGS: Final = frozenset(str(kind.model_fields["type"].default) for kind in KNOWN)


def _tag(value: Any) -> str:
    found = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return found if isinstance(found, str) and found in _TAGS else "unknown"


Event = Annotated[
    Annotated[RunStarted, Tag("run.started")]
    | Annotated[RunResumed, Tag("run.resumed")]
    | Annotated[CriteriaSet, Tag("criteria.set")]
    | Annotated[TurnStarted, Tag("turn.started")]
    | Annotated[AttemptFailed, Tag("attempt.failed")]
    | Annotated[CompletionReceived, Tag("completion.received")]
    | Annotated[ToolFinished, Tag("tool.finished")]
    | Annotated[TurnCompleted, Tag("turn.completed")]
    | Annotated[GuardRaised, Tag("guard.raised")]
    | Annotated[CheckFinished, Tag("check.finished")]
    | Annotated[VerdictGiven, Tag("verdict.given")]
    | Annotated[VerdictOverruled, Tag("verdict.overruled")]
    | Annotated[ContextCompacted, Tag("context.compacted")]
    | Annotated[BudgetWarned, Tag("budget.warned")]
    | Annotated[ControlReceived, Tag("control.received")]
    | Annotated[RunParked, Tag("run.parked")]
    | Annotated[RunEnded, Tag("run.ended")]
    | Annotated[EventLost, Tag("event.lost")]
    | Annotated[GoalSpecified, Tag("goal.specified")]
    | Annotated[PlanChanged, Tag("plan.changed")]
    | Annotated[MemoryStored, Tag("memory.stored")]
    | Annotated[MemoryRecalled, Tag("memory.recalled")]
    | Annotated[ToolStarted, Tag("tool.started")]
    | Annotated[UnknownEvent, Tag("unknown")],
    Discriminator(_tag),
]

EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)


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
