"""What the events of a log are made of: values that stand in more than one of them, or in a list of one.

They allow unknown fields, so that what a newer minor version wrote is kept.
"""

from typing import Literal, Self, assert_never

from pydantic import BaseModel, ConfigDict, Field

from duologue.messages import RoleName, Seat

CriterionState = Literal["met", "unmet", "unknown"]
Decision = Literal["done", "continue", "impossible"]
Purpose = Literal["turn", "verdict", "criteria", "summary", "appeal"]
Origin = Literal["option", "pair", "goal", "person", "default"]
Rung = Literal["nudge", "replan", "stalled"]
Limit = Literal["turns", "tokens", "minutes", "cost"]
Pace = list[tuple[int, int]]
"""How a text arrived: (milliseconds since the last pair, characters), coalesced to 50 ms or more."""


def seat_of(role: RoleName, purpose: Purpose) -> Seat:
    """Whose model a call in this role and to this end goes to."""
    return "appeal" if purpose == "appeal" else role


class Body(BaseModel):
    # Built when the first of its kind is read or written: all of them take longer than opening a log.
    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True, defer_build=True)


class Span(Body):
    """A stretch of a completion's text: the event's `seq`, and character offsets."""

    completion: int
    start: int
    end: int


class TokenCount(Body):
    """Tokens of one completion or attempt; `estimated` where the endpoint reported none."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    estimated: bool = False


class PairRecord(Body):
    """The pair as it was when the run began, with the full text of its prompts."""

    name: str
    title: str
    version: int
    prompts: dict[RoleName, str]
    criteria: list[str] = Field(default_factory=list)


class Parent(Body):
    """The run that a fork comes from: its name, the turn after which they part, and the place and sum of
    its last event that they share."""

    run: str
    turn: int
    seq: int
    sum: str


class SourceRecord(Body):
    """A source given with the goal; its text is the blob of that name."""

    name: str
    size: int
    blob: str


class CheckRecord(Body):
    """A check given with the goal; what it rests on, such as a schema, is the blob of that name."""

    spec: str
    blob: str | None = None


class LimitsRecord(Body):
    """The budget's limits; None means no limit. Tokens count all roles, failed attempts included."""

    max_turns: int | None = None
    max_tokens: int | None = None
    max_minutes: float | None = None
    max_cost_usd: float | None = None

    def with_limit(self, limit: Limit, value: float) -> Self:
        """The limits with this one set anew."""
        match limit:
            case "turns":
                return self.model_copy(update={"max_turns": int(value)})
            case "tokens":
                return self.model_copy(update={"max_tokens": int(value)})
            case "minutes":
                return self.model_copy(update={"max_minutes": value})
            case "cost":
                return self.model_copy(update={"max_cost_usd": value})
            case _:
                assert_never(limit)


class Criterion(Body):
    """One checkable condition. `check` is its specification where a program decides it; `detail` is what
    the models are told of it besides, such as the schema that the result has to fit. One of weight 0 is a
    wish, which `done` does not need."""

    id: str
    text: str
    kind: Literal["judged", "checked"]
    origin: Origin
    weight: float = 1.0
    check: str | None = None
    detail: str | None = None


class Citation(Body):
    """A citation as it stands in a result, and why it does not hold; empty where it does."""

    text: str
    why: str = ""


class Evidence(Body):
    """A quote and where it is said to stand; `stands` is what code found, `why` the reason if not, or why it
    proves nothing by itself. `digest` is that of the file it stands in, empty elsewhere."""

    where: str
    quote: str
    stands: bool
    why: str = ""
    digest: str = ""

    @property
    def doubt(self) -> str:
        """What is wrong with it in words, empty where nothing is."""
        if not self.stands:
            return f"does not hold: {self.why}"
        return f"proves nothing by itself: {self.why}" if self.why else ""


class Contradiction(Body):
    """What the judge holds against the result: `intrinsic` where a source says otherwise, `extrinsic` where
    none says it. `claim` is quoted from the result, `quote` from the source that `where` names; `stands` is
    what code found of both, `why` the reason if not."""

    kind: Literal["intrinsic", "extrinsic"]
    claim: str
    where: str = ""
    quote: str = ""
    reason: str = ""
    stands: bool = False
    why: str = ""

    @property
    def words(self) -> str:
        """It in one line."""
        said = f"“{self.claim}” is in no source"
        if self.kind == "intrinsic":
            said = f"“{self.claim}” contradicts {self.where or 'a source'}: “{self.quote}”"
        told = f"{said}. {self.reason}".rstrip(". ")
        return f"{told}." if self.stands else f"{told} (unverified, counts for nothing: {self.why})."


class CriterionVerdict(Body):
    """The judge's word on one criterion; `state` is what counts after the evidence was checked."""

    id: str
    state: CriterionState
    reason: str = ""
    evidence: list[Evidence] = Field(default_factory=list)


class Vote(Body):
    """One vote on all criteria, or the appeal's word: `completion` is the `seq` of the answer, and `model`
    who gave it."""

    completion: int
    model: str
    decision: Decision
    summary: str
    criteria: list[CriterionVerdict]
    parsed: bool = True
    contradictions: list[Contradiction] = Field(default_factory=list)


class ToolCallRecord(Body):
    id: str
    name: str
    arguments: str


class PlanTask(Body):
    """One task of the plan; `state` is open, done or dropped."""

    id: str
    text: str
    state: Literal["open", "done", "dropped"] = "open"


class Spent(Body):
    """What the run has used: turns, calls answered, tokens of all roles, seconds, US dollars. `cost_usd` is
    the sum of what has a price, None where nothing has or none was kept; `unpriced_tokens` have none."""

    turns: int
    calls: int
    tokens: int
    seconds: float
    cost_usd: float | None = None
    unpriced_tokens: int = 0
