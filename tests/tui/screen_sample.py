"""Runs to show, made of real records."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from duologue.messages import RoleName
from duologue.record import events as ev
from duologue.record.draft import Draft
from duologue.record.follow import Poll
from duologue.record.parts import (
    Criterion,
    CriterionState,
    CriterionVerdict,
    Decision,
    Evidence,
    LimitsRecord,
    PairRecord,
    Span,
    Spent,
    TokenCount,
)


@dataclass
class Log:
    """Builds records: each `add` takes the next number and moves the clock on."""

    records: list[ev.Record] = field(default_factory=list)
    clock: float = 0.0
    cost_usd: float | None = None

    def add(self, event: ev.Event, after_s: float = 0.5) -> int:
        """Append the event; returns its number."""
        self.clock += after_s
        seq = len(self.records) + 1
        self.records.append(ev.Record(seq, "2026-01-02T03:04:05.000Z", self.clock, event, "0" * 16))
        return seq

    def start(self, goal: str = "Write a haiku about rivers.", **limits: float) -> None:
        """The header and two criteria."""
        pair = PairRecord(name="writing", title="Writer", version=1, prompts={})
        record = LimitsRecord.model_validate(limits or {"max_turns": 40, "max_tokens": 200_000})
        self.add(
            ev.RunStarted(program="0", run="run-1", goal=goal, pair=pair, settings={}, limits=record, seed=1)
        )
        self.add(
            ev.CriteriaSet(
                criteria=[
                    Criterion(id="c1", text="It has three lines", kind="judged", origin="goal"),
                    Criterion(id="c2", text="It has at most 20 words", kind="checked", origin="option"),
                ]
            )
        )

    def begin(self, turn: int, role: RoleName) -> None:
        """A turn begins."""
        self.add(ev.TurnStarted(turn=turn, role=role))

    def say(self, turn: int, role: RoleName, text: str, reasoning: str = "", model: str = "model-a") -> int:
        """The completion that is the turn's text, arriving in pieces over two seconds."""
        size = len(text) + len(reasoning)
        pace = [(100, size // 20)] * 19 + [(100, size - 19 * (size // 20))]
        event = ev.CompletionReceived(
            turn=turn,
            role=role,
            purpose="turn",
            attempt=f"a{turn}",
            model=model,
            text=text,
            reasoning=reasoning,
            usage=TokenCount(prompt=300, completion=112),
            cost_usd=self.cost_usd,
            pace=pace,
        )
        return self.add(event, 3.0)

    def turn(self, turn: int, role: RoleName, text: str, reasoning: str = "", result: str = "") -> None:
        """A whole turn; `result` is what it delivers, a part of its text."""
        self.begin(turn, role)
        seq = self.say(turn, role, text, reasoning)
        span = None
        if result:
            start = text.index(result)
            span = Span(completion=seq, start=start, end=start + len(result))
        self.add(ev.TurnCompleted(turn=turn, role=role, completions=[seq], result=span))

    def verdict(self, turn: int, decision: Decision, state: CriterionState, stands: bool) -> None:
        """A check and a verdict on the first criterion."""
        self.add(ev.CheckFinished(turn=turn, criterion="c2", passed=stands, reason="11 words"))
        quote = Evidence(
            where=f"turn {turn}", quote="old pond", stands=stands, why="" if stands else "no such words"
        )
        words = [CriterionVerdict(id="c1", state=state, reason="three lines", evidence=[quote])]
        self.add(ev.VerdictGiven(turn=turn, decision=decision, summary="Nearly there.", criteria=words))

    def end(self, outcome: str = "done", unmet: Sequence[str] = ()) -> None:
        """The run ends."""
        spent = Spent(turns=4, calls=6, tokens=1640, seconds=61)
        self.add(
            ev.RunEnded.model_validate(
                {
                    "outcome": outcome,
                    "reason": "Every criterion is met.",
                    "unmet": list(unmet),
                    "spent": spent,
                    "next": "duologue show run-1",
                }
            )
        )


HAIKU = "An old silent pond\nA frog jumps into the pond\nSplash! Silence again"


def haiku() -> Log:
    """A short run with everything in it, from goal to ending."""
    log = Log()
    log.start()
    log.turn(1, "user", "Please write a **haiku** about rivers, in three lines.")
    log.turn(2, "assistant", "Here is a draft:\n\n```python\nprint('pond')\n```\n", "Let me count: 5, 7, 5.")
    log.add(ev.GuardRaised(turn=2, role="assistant", guard="promise", reason="no work shown", rung="nudge"))
    log.verdict(2, "done", "unknown", stands=False)
    log.add(ev.VerdictOverruled(turn=2, reasons=["c1: the quote does not stand"]))
    log.turn(3, "user", "That is code. I want the poem itself.")
    log.add(ev.BudgetWarned(turn=3, limit="turns", spent=32, of=40))
    log.begin(4, "assistant")
    log.add(
        ev.AttemptFailed(
            turn=4,
            role="assistant",
            purpose="turn",
            attempt="a4",
            kind="timeout",
            message="no byte for 60 s",
            wait_s=1.0,
        )
    )
    text = f"You are right.\n\n<result>\n{HAIKU}\n</result>"
    seq = log.say(4, "assistant", text, "Count again.", "model-b")
    start = text.index(HAIKU)
    span = Span(completion=seq, start=start, end=start + len(HAIKU))
    log.add(ev.TurnCompleted(turn=4, role="assistant", completions=[seq], result=span))
    log.add(ev.ContextCompacted(turn=4, role="user", messages_dropped=3, bytes_before=9000, bytes_after=4000))
    log.verdict(4, "done", "met", stands=True)
    log.end()
    return log


@dataclass
class StillFeed:
    """A feed that a test fills by hand."""

    records: list[ev.Record] = field(default_factory=list)
    draft: Draft | None = None
    live: bool = True
    problems: list[str] = field(default_factory=list)
    polls: int = 0

    def poll(self) -> Poll:
        """What was put in since the last poll."""
        records, self.records = self.records, []
        problems, self.problems = self.problems, []
        self.polls += 1
        return Poll(records, self.draft, problems, self.live)
