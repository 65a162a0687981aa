"""A run as people look at it, folded from its events.

Plain output, `show`, the run list and the screen all show a `RunView`; live and replay differ only in
when the records arrive. `apply` is the whole of the fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from duologue.messages import RoleName, Seat
from duologue.money import dollars
from duologue.record import events as ev
from duologue.record.bill import Bill
from duologue.record.items import CriterionView, Item, MarkItem, TurnItem, VerdictItem
from duologue.record.parts import PlanTask, Span, seat_of
from duologue.record.steered import UNSTEERED, Steered

_AT_ONCE_S: Final = 0.05
_WORTH_SAYING_S: Final = 2.0


@dataclass(slots=True)
class RunView:
    """Everything that a person sees of a run, up to the last record applied.

    `page` is the page of the log (`record.pages`) with which `items` begin; all else is of the whole run.
    `partial` says that what came before that page is not yet known.
    """

    started: ev.RunStarted | None = None
    started_at: str = ""
    items: list[Item] = field(default_factory=list)
    criteria: dict[str, CriterionView] = field(default_factory=dict)
    ending: ev.RunEnded | ev.RunParked | None = None
    result: str | None = None
    bill: Bill = field(default_factory=Bill)
    bills: dict[RoleName, Bill] = field(default_factory=dict)
    calls: int = 0
    turns: int = 0
    mono: float = 0.0
    seq: int = 0
    judging: bool = False
    steered: Steered = UNSTEERED
    plan: list[PlanTask] = field(default_factory=list)
    page: int = 0
    partial: bool = False
    _texts: dict[int, str] = field(default_factory=dict)
    _checks: list[ev.CheckFinished] = field(default_factory=list)
    _judge_bill: Bill = field(default_factory=Bill)
    _answering: dict[str, str | None] = field(default_factory=dict)
    _cut: TurnItem | None = None
    _told_parent: bool = False

    @property
    def outcome(self) -> str:
        """The outcome's name, or `running` while the log has no ending."""
        match self.ending:
            case None:
                return "running"
            case ev.RunParked():
                return "parked"
            case ev.RunEnded(outcome=outcome):
                return outcome

    @property
    def models(self) -> list[str]:
        """The models of the roles as the header names them, each once; a foreign log may name none."""
        roles = self.started.settings.get("roles") if self.started is not None else None
        tables = list(roles.values()) if isinstance(roles, dict) else []
        named = [table.get("model") for table in tables if isinstance(table, dict)]
        return list(dict.fromkeys(str(model) for model in named if model))

    @property
    def current(self) -> TurnItem | None:
        """The turn in progress, or None between turns."""
        for item in reversed(self.items):
            if isinstance(item, TurnItem):
                return item if item.ended is None else None
        return None

    @classmethod
    def midway(
        cls, started: ev.RunStarted | None, records: Sequence[ev.Record], *, begins: bool
    ) -> "RunView":
        """A view of nothing but these records, which stand in mid-run unless it `begins` with them. Which
        endpoint answered before them is taken from the first of them that tells."""
        view = cls(started=started, _told_parent=not begins)
        if not begins and records and isinstance(first := records[0].event, ev.TurnStarted):
            view.turns = first.turn - 1
        for record in reversed(records if not begins else ()):
            if isinstance(event := record.event, ev.CompletionReceived):
                view._answering[view._own_endpoint(seat_of(event.role, event.purpose))] = event.endpoint
        return view

    def bare(self, page: int) -> "RunView":
        """A copy without items, to which the records from that page on can be applied."""
        return replace(
            self,
            items=[],
            criteria={name: replace(known) for name, known in self.criteria.items()},
            bill=replace(self.bill),
            bills={role: replace(bill) for role, bill in self.bills.items()},
            page=page,
            _texts={},
            _checks=list(self._checks),
            _judge_bill=replace(self._judge_bill),
            _answering=dict(self._answering),
            _cut=self.current or self._cut,
        )

    def recall(self, seq: int, text: str) -> None:
        """Know the text of a completion that was read elsewhere, so that a span of it can be shown."""
        self._texts[seq] = text

    def apply(self, record: ev.Record) -> None:
        """Fold one record in; records must come in the order of their `seq`."""
        self.seq, self.mono = record.seq, record.mono
        self.steered = self.steered.after(record)
        self.judging = self.judging and not isinstance(record.event, ev.VerdictGiven | ev.TurnStarted)
        match record.event:
            # The commonest first: most of a long log is these.
            case ev.CompletionReceived() as event:
                self._completion(record, event)
            case ev.TurnStarted() as event:
                self._start_turn(record, event)
            case ev.TurnCompleted() as event:
                self._turn_completed(record, event)
            case ev.VerdictGiven() as event:
                self._verdict(record, event)
            case ev.RunStarted() as event:
                self.started, self.started_at = event, record.at
            case ev.CriteriaSet(criteria=criteria):
                self.criteria = {c.id: self.criteria.get(c.id, CriterionView(c)) for c in criteria}
            case ev.CheckFinished() as event:
                self._check(event)
            case ev.VerdictOverruled(reasons=reasons):
                self._overruled(reasons)
            case ev.RunEnded() | ev.RunParked() as event:
                self.ending = event
                self._mark(record, event.reason)
            case other:
                self._other(record, other)

    def _start_turn(self, record: ev.Record, event: ev.TurnStarted) -> None:
        self.ending = None
        unfinished = self.current or self._cut
        started = TurnItem(event.turn, event.role, record.seq, record.mono)
        if unfinished is not None and unfinished.turn == event.turn:
            # A resumed run takes the turn again that was cut off.
            self.items = [item for item in self.items if item is not unfinished]
            # What was paid for it stays paid.
            started.bill = replace(unfinished.bill)
        self._cut = None
        self.items.append(started)

    def _completion(self, record: ev.Record, event: ev.CompletionReceived) -> None:
        self._charge(event)
        self.calls += 1
        self._texts[record.seq] = event.text
        if event.waited_s is not None and event.waited_s >= _WORTH_SAYING_S:
            text = f"{event.role}: a rate limit held the call back for {event.waited_s:.0f} s"
            self._mark(record, text, event.turn)
        self._note_endpoint(record, event)
        turn = self.current
        if event.purpose == "turn" and turn is not None:
            turn.completions.append(event)
            turn.text, turn.reasoning, turn.model = event.text, event.reasoning, event.model

    def _charge(self, event: ev.CompletionReceived | ev.AttemptFailed) -> None:
        """On the run's bill, the role's, and that of the turn or of the verdict to come."""
        turn = self.current if event.purpose in ("turn", "summary") else None
        part = turn.bill if turn is not None else self._judge_bill
        for bill in (self.bill, self.bills.setdefault(event.role, Bill()), part):
            bill.charge(event.usage, event.cost_usd)

    def _note_endpoint(self, record: ev.Record, event: ev.CompletionReceived) -> None:
        """A switch to another endpoint, or back, is a line; roles that share one switch together."""
        own, answering = self._own_endpoint(seat_of(event.role, event.purpose)), event.endpoint
        if answering != self._answering.get(own):
            what = "answers again" if answering is None else f"answers in place of {own}"
            if answering is not None and event.asked_again_s:
                what += f", which is asked again in {event.asked_again_s / 60:.0f} min"
            self._mark(record, f"{answering or own} ({event.model}) {what}", event.turn)
        self._answering[own] = answering

    def _own_endpoint(self, seat: Seat) -> str:
        roles = self.started.settings.get("roles") if self.started is not None else None
        table = roles.get(seat) if isinstance(roles, dict) else None
        return str(table.get("base_url", "")) if isinstance(table, dict) else ""

    def _turn_completed(self, record: ev.Record, event: ev.TurnCompleted) -> None:
        self.turns = event.turn
        self.judging = event.result is not None or event.claim is not None
        turn = self.current
        if turn is None:
            return
        turn.ended, turn.claim = record.mono, event.claim
        turn.result = self.text_of(event.result)
        if turn.result is not None:
            self.result = turn.result
        for each in event.citations:
            if each.why:
                self._mark(record, f"citation {each.text} does not hold: {each.why}", event.turn)

    def text_of(self, span: Span | None) -> str | None:
        """The text that a span names, or None where there is none."""
        if span is None or span.completion not in self._texts:
            return None
        return self._texts[span.completion][span.start : span.end]

    def _check(self, event: ev.CheckFinished) -> None:
        self._checks.append(event)
        if (known := self.criteria.get(event.criterion)) is not None:
            known.state, known.reason = ("met" if event.passed else "unmet"), event.reason

    def _verdict(self, record: ev.Record, event: ev.VerdictGiven) -> None:
        for word in event.criteria:
            known = self.criteria.get(word.id)
            if known is not None and known.criterion.kind == "judged":
                known.state, known.reason, known.evidence = word.state, word.reason, word.evidence
        item = VerdictItem(event.turn, record.seq, record.mono, event, self._checks, [], self._judge_bill)
        self.items.append(item)
        self._checks, self._judge_bill = [], Bill()

    def _overruled(self, reasons: list[str]) -> None:
        for item in reversed(self.items):
            if isinstance(item, VerdictItem):
                item.overruled = reasons
                return

    def _other(self, record: ev.Record, event: ev.Event) -> None:  # noqa: C901 - one case an event
        match event:
            case ev.AttemptFailed():
                self._charge(event)
                self._mark(record, f"{event.role}: {event.message}{next_attempt(event.wait_s)}", event.turn)
            case ev.GuardRaised():
                self._mark(record, f"{event.guard} ({event.role}): {event.reason} → {event.rung}", event.turn)
            case ev.ContextCompacted():
                summed = "" if event.summary is None else ", summed up"
                text = f"{event.role}'s context compacted: {event.messages_dropped} messages left out{summed}"
                self._mark(record, text, event.turn)
            case ev.BudgetWarned(limit="context"):
                text = (
                    f"the endpoint read {event.spent:.0f} of about {event.of:.0f} tokens of a prompt and "
                    "left out the rest in silence: give its context window with --context"
                )
                self._mark(record, text, event.turn)
            case ev.BudgetWarned():
                self._mark(record, _warning(event), event.turn)
            case ev.RunResumed():
                self.ending = None
                self._mark(record, self._resumed(event))
            case ev.ToolFinished():
                self._mark(record, f"{event.name}: {event.text}", event.turn)
            case ev.GoalSpecified(question=question, answer="") if question:
                self._mark(record, f"the user agent asks: {question}")
            case ev.GoalSpecified():
                meaning = "; ".join(event.assumptions) or event.goal
                self._mark(record, f"the goal is taken to mean: {meaning}")
            case ev.PlanChanged():
                self.plan = event.tasks
                open_ = sum(task.state == "open" for task in event.tasks)
                self._mark(record, f"plan: {open_} of {len(event.tasks)} tasks are open", event.turn)
            case ev.MemoryStored():
                self._mark(record, f"{event.role} stored: {event.text}", event.turn)
            case ev.MemoryRecalled():
                text = f"{event.role} recalled {len(event.texts)} texts for {event.query!r}"
                self._mark(record, text, event.turn)
            case ev.ToolStarted():
                self._mark(record, f"{event.name}: started", event.turn)
            case ev.EventLost():
                self._mark(record, "an event is lost here")
            case ev.ControlReceived():
                self._mark(record, f"{event.by}: {_told(event)}")
            case _:
                extra = getattr(event, "model_extra", None) or {}
                shown = ", ".join(f"{key}={value!r}" for key, value in list(extra.items())[:6])
                self._mark(record, f"({event.type}) {shown}".rstrip())

    def _resumed(self, event: ev.RunResumed) -> str:
        parent = self.started.parent if self.started is not None else None
        if parent is not None and not self._told_parent:
            self._told_parent = True
            return f"forked from {parent.run} after turn {parent.turn}"
        return "resumed" + (f"; {event.cut} bytes of a torn line were dropped" if event.cut else "")

    def _mark(self, record: ev.Record, text: str, turn: int | None = None) -> None:
        where = self.turns if turn is None else turn
        self.items.append(MarkItem(record.event.type, text, where, record.seq, record.mono))


def next_attempt(wait_s: float | None) -> str:
    """When what failed is tried again, as a sentence with a blank before it; empty where it is not."""
    if wait_s is None:
        return ""
    return f" Next attempt in {wait_s:.1f} s." if wait_s >= _AT_ONCE_S else " It is tried again at once."


def _warning(event: ev.BudgetWarned) -> str:
    if event.limit == "cost":
        return f"{dollars(event.spent)} of {dollars(event.of)} are spent"
    return f"{event.spent:.0f} of {event.of:.0f} {event.limit} are spent"


def _told(event: ev.ControlReceived) -> str:
    to = f" to the {event.to}" if event.to is not None else ""
    limit = f" of {event.limit}: {event.value:g}" if event.limit and event.value is not None else ""
    return f"{event.command}{to}{limit} {event.text}".rstrip()
