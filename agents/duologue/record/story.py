"""A run told for a reader: what exports show, in order, with each tool's result beside its call.

Everything here is plain data, so that one walk can change every text of it: to redact, or to make it safe.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Final, Literal, TypeVar, assert_never

from duologue.messages import RoleName
from duologue.record import events as ev
from duologue.record.ballots import ballot_lines
from duologue.record.contradictions import contradiction_lines
from duologue.record.items import Item, MarkItem, TurnItem, VerdictItem
from duologue.record.parts import CriterionState, Evidence, ToolCallRecord
from duologue.record.view import RunView

T = TypeVar("T")

_TURN: Final = re.compile(r"\s*(?:turn)?\s*#?\s*(\d{1,9})\s*", re.IGNORECASE)
_RESULT: Final = re.compile(r"\s*(?:the\s+)?(?:current[\s-]+)?result\s*", re.IGNORECASE)
_CHARACTERS_PER_S: Final = 60
_OURS: Final = ("kind", "role", "state")
"""Fields that hold words of ours and nobody else's."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call and its result; None where the log holds none."""

    id: str
    name: str
    arguments: str
    result: str | None = None
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Utterance:
    """One completion of a turn; `typing_s` is how long its text took to arrive, in seconds."""

    text: str
    reasoning: str
    tools: list[ToolUse]
    typing_s: float


@dataclass(frozen=True, slots=True)
class TurnPart:
    """A turn. `seconds` is None while it is in progress; `result` is what was delivered in it; `cost` is in
    words, empty where it was free or its price is not known."""

    turn: int
    role: RoleName
    model: str
    tokens: int
    cost: str
    seconds: float | None
    said: list[Utterance]
    claim: str | None
    result: str | None
    kind: Literal["turn"] = "turn"


@dataclass(frozen=True, slots=True)
class Quote:
    """Evidence; `doubt` says what is wrong with it, `turn` is where its place is in the talk, None where it
    is not in it."""

    where: str
    quote: str
    stands: bool
    doubt: str
    turn: int | None


@dataclass(frozen=True, slots=True)
class Word:
    """What a verdict or a check says of one criterion."""

    id: str
    text: str
    state: CriterionState
    reason: str
    evidence: list[Quote]


@dataclass(frozen=True, slots=True)
class VerdictPart:
    """A verdict after a turn, the checks among its words; `ballots` says how votes and appeal went and what
    contradicts the sources,
    `overruled` why it did not count."""

    turn: int
    decision: str
    summary: str
    words: list[Word]
    overruled: list[str]
    ballots: list[str]
    kind: Literal["verdict"] = "verdict"


@dataclass(frozen=True, slots=True)
class MarkPart:
    """Anything else worth a line; `what` is the event's type."""

    what: str
    text: str
    turn: int
    kind: Literal["mark"] = "mark"


Part = TurnPart | VerdictPart | MarkPart


@dataclass(frozen=True, slots=True)
class Story:
    """A whole run. `cost` is in words, empty where it was free; `skipped` counts the lines of its log that
    could not be read."""

    run: str
    goal: str
    pair: str
    title: str
    program: str
    at: str
    models: list[str]
    outcome: str
    reason: str
    unmet: list[str]
    turns: int
    tokens: int
    cost: str
    seconds: float
    criteria: list[Word]
    parts: list[Part]
    result: str | None
    system: str
    skipped: int = 0


def tell(records: Iterable[ev.Record], skipped: int = 0) -> Story:
    """The story of a run's records."""
    teller = _Teller()
    for record in records:
        teller.take(record)
    return teller.story(skipped)


def mapped(value: T, change: Callable[[str], str]) -> T:
    """The value with every foreign text in it changed: through lists, values of dictionaries, dataclasses."""
    found: Any = value
    if isinstance(found, str):
        found = change(found)
    elif isinstance(found, list):
        found = [mapped(one, change) for one in found]
    elif isinstance(found, dict):
        found = {key: mapped(one, change) for key, one in found.items()}
    elif is_dataclass(found) and not isinstance(found, type):
        foreign = [each.name for each in fields(found) if each.name not in _OURS]
        found = replace(found, **{name: mapped(getattr(found, name), change) for name in foreign})
    return found  # type: ignore[no-any-return]  # of the type that came in


@dataclass
class _Teller:
    view: RunView = field(default_factory=RunView)
    _tools: dict[int, list[ev.ToolFinished]] = field(default_factory=dict)
    _turn_seq: int = 0
    _delivered: int | None = None

    def take(self, record: ev.Record) -> None:
        self.view.apply(record)
        # By the event that began the turn, not by its number: a turn cut off is taken again after a resume.
        if isinstance(record.event, ev.TurnStarted):
            self._turn_seq = record.seq
        elif isinstance(record.event, ev.ToolFinished):
            self._tools.setdefault(self._turn_seq, []).append(record.event)

    def story(self, skipped: int) -> Story:
        view, started, ending = self.view, self.view.started, self.view.ending
        parts = [part for item in view.items for part in self._part(item)]
        models = [item.model for item in view.items if isinstance(item, TurnItem) and item.model]
        return Story(
            run=started.run if started else "",
            goal=started.goal if started else "",
            pair=started.pair.name if started else "",
            title=started.pair.title if started else "",
            program=started.program if started else "",
            at=view.started_at,
            models=list(dict.fromkeys(models)),
            outcome=view.outcome,
            reason=ending.reason if ending else "",
            unmet=list(ending.unmet) if ending else [],
            turns=view.turns,
            tokens=view.bill.tokens,
            cost=view.bill.words,
            seconds=round(view.mono, 1),
            criteria=[
                self._word(known.criterion.id, known.state, known.reason, known.evidence)
                for known in view.criteria.values()
            ],
            parts=parts,
            result=view.result,
            system=started.pair.prompts.get("assistant", "") if started else "",
            skipped=skipped,
        )

    def _part(self, item: Item) -> Iterable[Part]:
        match item:
            case TurnItem():
                yield self._turn(item)
            case VerdictItem():
                yield self._verdict(item)
            case MarkItem(kind="tool.finished" | "run.ended" | "run.parked"):
                return
            case MarkItem():
                yield MarkPart(item.kind, item.text, item.turn)
            case other:
                assert_never(other)

    def _turn(self, item: TurnItem) -> TurnPart:
        if item.result is not None:
            self._delivered = item.turn
        results = list(self._tools.get(item.seq, []))
        return TurnPart(
            item.turn,
            item.role,
            item.model,
            item.bill.tokens,
            item.bill.known,
            None if item.ended is None else round(item.ended - item.started, 1),
            [_utterance(completion, results) for completion in item.completions],
            item.claim,
            item.result,
        )

    def _verdict(self, item: VerdictItem) -> VerdictPart:
        words = {
            word.id: self._word(word.id, word.state, word.reason, word.evidence)
            for word in item.verdict.criteria
        }
        for check in item.checks:
            words[check.criterion] = self._word(
                check.criterion, "met" if check.passed else "unmet", check.reason, []
            )
        return VerdictPart(
            item.turn,
            item.verdict.decision,
            item.verdict.summary,
            list(words.values()),
            list(item.overruled),
            [*ballot_lines(item.verdict), *contradiction_lines(item.verdict)],
        )

    def _word(self, id_: str, state: CriterionState, reason: str, evidence: list[Evidence]) -> Word:
        known = self.view.criteria.get(id_)
        quotes = [Quote(e.where, e.quote, e.stands, e.doubt, self._place(e.where)) for e in evidence]
        return Word(id_, known.criterion.text if known else "", state, reason, quotes)

    def _place(self, where: str) -> int | None:
        """The turn that a place named in a verdict is; the result is in the turn that last delivered one."""
        if _RESULT.fullmatch(where):
            return self._delivered
        found = _TURN.fullmatch(where)
        return int(found.group(1)) if found else None


def _utterance(completion: ev.CompletionReceived, results: list[ev.ToolFinished]) -> Utterance:
    """The completion with the results of its calls, which are taken from the turn's in order."""
    tools = [_tool(call, results) for call in completion.tool_calls]
    size = len(completion.text) + len(completion.reasoning)
    arrived_s = sum(ms for ms, _ in completion.pace) / 1000 or size / _CHARACTERS_PER_S
    return Utterance(completion.text, completion.reasoning, tools, round(arrived_s, 2))


def _tool(call: ToolCallRecord, results: list[ev.ToolFinished]) -> ToolUse:
    found = next((result for result in results if result.call == call.id), None)
    if found is None:
        return ToolUse(call.id, call.name, call.arguments)
    results.remove(found)
    return ToolUse(call.id, call.name, call.arguments, found.text, found.ok)
