"""Everything that the loop decides on, folded from the events of the log.

The loop appends an event, and the event changes the state: there is no other way. A run that is resumed
folds the events that are there already, and finds itself where it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Literal, assert_never

from duologue.conversation import notes
from duologue.conversation.assignment import Assignment
from duologue.conversation.budget import Budget
from duologue.conversation.cadence import is_due
from duologue.conversation.conclusion import Conclusion, conclude
from duologue.conversation.evidence import Places
from duologue.conversation.findings import Findings
from duologue.conversation.paid import Paid
from duologue.conversation.person import Person
from duologue.conversation.plan import Plan
from duologue.conversation.prompt import system_prompt
from duologue.conversation.result import without_claim
from duologue.conversation.standing import Standing
from duologue.conversation.talk import Talk
from duologue.conversation.turn import Turn, is_new_result, read_turn
from duologue.endpoint.overflow import stated_size
from duologue.messages import RoleName
from duologue.record import events as ev
from duologue.record.parts import Criterion, LimitsRecord

Phase = Literal["criteria", "answer", "review", "user", "assistant", "judge"]
_REMEMBERED: Final = 8
"""Turns that the guards look back on."""
_JUDGE_ANSWERS: Final = 25
"""Verdicts after which the judge's talk begins anew, so that its cost grows with the talk and no faster."""


class State:
    """Where a run is. `clock` is the run's monotonic clock, in seconds."""

    def __init__(self, assignment: Assignment, clock: Callable[[], float]) -> None:
        self.assignment = assignment
        self.budget = Budget(assignment.limits, clock)
        self.standing = Standing(assignment.mark, assignment.grounded)
        self.subject = assignment.subject
        self.places = Places.of(assignment.sources)
        self.places.is_about_judges = self.subject.is_the_judge
        self.warned_of: set[str] = set()
        self.findings = Findings()
        self.person = Person()
        self.paid = Paid()
        self.plan = Plan()
        self.criteria: list[Criterion] = []
        self.talks: dict[RoleName, Talk] = {}
        self.turns: list[Turn] = []
        self.alarms: list[ev.GuardRaised] = []
        self.running: dict[str, ev.ToolStarted] = {}
        self.height = 0
        self.overruled: tuple[str, ...] = ()
        self.progressed = False
        self._finished: list[ev.ToolFinished] = []
        self._overflowed: RoleName | None = None
        self._compacted: RoleName | None = None
        self._impossible = 0
        self._judged = self._closed = self._unjudged = 0
        self._judging = False

    @property
    def awaits(self) -> Phase:
        """What has to happen next."""
        if self.person.asked is not None:
            return "answer"
        if not self.criteria:
            return "criteria"
        if self.person.reviews:
            return "review"
        if not self.turns or self.turns[-1].number in (self._judged, self._closed):
            return "user"
        last = self.turns[-1]
        if last.role == "user" and without_claim(last.text):
            return "assistant"
        cadence = self.assignment.settings.judging.cadence
        due = is_due(cadence, self.exchange, alarmed=bool(self.alarms), unjudged=self._unjudged)
        return "judge" if due else "user"

    @property
    def exchange(self) -> list[Turn]:
        """The turns of the exchange that is to be judged: a user turn, and its answer if there is one."""
        start = -2 if self.turns and self.turns[-1].role == "assistant" else -1
        return self.turns[start:]

    @property
    def is_whole(self) -> bool:
        """Whether the last exchange is whole, and no further turn has begun."""
        return self.awaits in ("user", "judge") and bool(self.turns) and self._closed != self.turns[-1].number

    @property
    def is_judged(self) -> bool:
        """Whether the last exchange has its verdict, and no further turn has begun."""
        return self._judging and self.awaits == "user"

    @property
    def conclusion(self) -> Conclusion | None:
        """How the talk has ended by itself, None while it goes on."""
        if self.awaits != "user" or not self.turns:
            return None
        # Of an exchange that was not judged, only the guards have something to say.
        judged = self._judged == self.turns[-1].number
        return conclude(self.standing if judged else None, self._impossible, self.alarms)

    @property
    def unmet(self) -> list[str]:
        """Ids of the criteria that are not known to be met."""
        if self.standing.verdict is None:
            return [criterion.id for criterion in self.criteria if criterion.weight]
        judged = {word.id for word in self.standing.verdict.criteria}
        return [*self.standing.unmet, *(c.id for c in self.criteria if c.id not in judged and c.weight)]

    @property
    def rung(self) -> int:
        """How high on their ladder the guards of this exchange stand, 0 at its foot: what delivers a new
        result has not stalled, whatever else is wrong with it."""
        return 0 if self.progressed else self.height

    def outgrows(self, role: RoleName, talk: Talk) -> bool:
        """Whether the role's talk has to be compacted for its next call, and was not yet."""
        return self._compacted != role and (talk.is_full or self._overflowed == role)

    def has_talk(self, role: RoleName, talk: Talk) -> bool:
        """Whether this is the role's own talk of the run, and not one from before it."""
        return talk is self.talks.get(role)

    def apply(self, record: ev.Record) -> None:  # noqa: C901 - one case an event
        """Let one event change the state."""
        event = record.event
        match event:
            # The commonest first: a long log is folded before a run can go on.
            case ev.CompletionReceived():
                self._receive(record.seq, event)
            case ev.TurnStarted():
                self._finished.clear()
                self._close_exchange()
                self.plan.begin_turn(event.turn)
            case ev.TurnCompleted():
                self._complete_turn(event)
            case ev.VerdictGiven():
                self._take_verdict(event)
            case ev.CriteriaSet():
                self._set_criteria(event.criteria)
                self.person.reviews = event.proposed
            case ev.AttemptFailed():
                self._fail(event)
            case ev.CheckFinished():
                self.findings.add(event, self.standing.result)
            case ev.VerdictOverruled():
                self.overruled = tuple(event.reasons)
                self.talks["judge"].hear(notes.overruled(event.reasons, self.standing.mark))
            case ev.GuardRaised():
                self._hear_alarm(event)
            case ev.ContextCompacted():
                self._compact(event)
            case ev.BudgetWarned():
                self.budget.warned.add(event.limit)
            case ev.RunStarted() | ev.RunResumed():
                if isinstance(event, ev.RunStarted) and event.parent is not None:
                    self.person.share(event.parent.seq)
                self.paid.address(event.settings)
                self._set_limits(event.limits)
                self.person.paused = False
            case ev.ControlReceived():
                self.person.hear(record.seq, event)
                self._control(event)
            case ev.RunEnded():
                self._overflowed = None
            case ev.ToolStarted():
                self.running[event.call] = event
            case ev.ToolFinished():
                self._finish_tool(event)
            case ev.PlanChanged():
                self.plan.tasks = event.tasks
            case ev.GoalSpecified():
                self._specify(event)
            case ev.MemoryStored() | ev.MemoryRecalled():
                pass
            case ev.RunParked() | ev.EventLost() | ev.UnknownEvent():
                pass
            case _:
                assert_never(event)
        # The time in which the run waits for the person is not charged.
        self.budget.idle_s += self.person.waited_s(record.mono)

    def _specify(self, event: ev.GoalSpecified) -> None:
        self.person.specify(event)
        self.assignment = replace(self.assignment, goal=event.goal)
        if event.question:
            # What was derived before the answer is not what follows from it.
            self.paid.use_up()

    def _finish_tool(self, event: ev.ToolFinished) -> None:
        self.running.pop(event.call, None)
        self._finished.append(event)
        if event.unknown and event.role in self.talks:
            self.talks[event.role].hear(notes.outcome_unknown(event.name))

    def _hear_alarm(self, event: ev.GuardRaised) -> None:
        """What was given with the goal is no agent's fault: the judge is told of it, and nobody else."""
        if event.role == "judge":
            self.warned_of.add(event.reason)
            self.talks["judge"].hear(notes.to_judge([event.reason], self.standing.mark))
        else:
            self.alarms.append(event)

    def _set_criteria(self, criteria: Sequence[Criterion]) -> None:
        first = not self.criteria
        self.criteria = list(criteria)
        self.standing.wishes = frozenset(c.id for c in criteria if not c.weight)
        self.places.order([self.assignment.goal, *(criterion.text for criterion in criteria)])
        self.paid.use_up()
        for role in self.assignment.pair.prompts:
            system = system_prompt(self.assignment, role, criteria)
            if first:
                most_answers = _JUDGE_ANSWERS if role == "judge" else None
                self.talks[role] = Talk(system, self.assignment.settings.context_tokens, most_answers)
            else:
                self.talks[role].instruct(system)
        if first:
            self.talks["user"].hear(notes.OPENING)
            for said in self.person.early:
                self._control(said)

    def _fail(self, event: ev.AttemptFailed) -> None:
        self.budget.bill.charge(event.usage, event.cost_usd)
        talk = self.talks.get(event.role)
        if event.kind != "overflow" or talk is None:
            return
        window = event.context_tokens or stated_size(event.message)
        if event.purpose != "summary":
            self._overflowed, self._compacted = event.role, None
            # An endpoint that names no size has at least shown that this was too much for it.
            window = window or talk.tokens
        if window is not None:
            talk.learn_window(window)

    def _compact(self, event: ev.ContextCompacted) -> None:
        summary = self.paid.take_summary(event.summary)
        mark = self.assignment.mark if event.role == "judge" else self.assignment.open_mark
        self.talks[event.role].drop(event.messages_dropped, self.standing.note(mark, summary))
        if event.role == "user" and self.plan.tasks:
            self.talks["user"].hear(notes.plan(self.plan.tasks))
        self._compacted, self._overflowed = event.role, None

    def _receive(self, seq: int, event: ev.CompletionReceived) -> None:
        self.budget.bill.charge(event.usage, event.cost_usd)
        self.budget.calls += 1
        self.paid.add(seq, event)
        if event.purpose == "summary":
            return
        self._compacted = self._overflowed = None
        if event.purpose == "verdict":
            self.tell_facts()
        talk = self.talks.get(event.role)
        if talk is not None and not event.usage.estimated:
            self._measure(talk, event)

    def _measure(self, talk: Talk, event: ev.CompletionReceived) -> None:
        """Learn from the endpoint's own count how long the talk is, or that it was not read whole."""
        read = event.usage.prompt
        # Only a turn's requests always grow: another role's may hold a correction that is not sent again.
        if "prompt-cut" in event.flags or (event.purpose == "turn" and talk.was_cut(read)):
            self.budget.unread = self.budget.unread or (read, max(talk.tokens, read + 1))
            talk.learn_window(read)
        else:
            talk.learn(read)

    def _complete_turn(self, event: ev.TurnCompleted) -> None:
        turn = read_turn(event, self.paid.of_turn(), self._finished)
        self.paid.use_up()
        self.budget.turns = turn.number
        self.turns = [*self.turns, turn][-_REMEMBERED:]
        self.places.add_turn(turn.number, turn.role, turn.text, turn.result)
        for use in turn.uses:
            self.places.add_tool(turn.number, use.name, use.result, use.arguments, use.ok)
        self.talks[turn.role].say(turn.text)
        self.talks["judge"].hear(notes.quoted_turn(turn, self.standing.mark))
        if turn.role == "user":
            if self.plan.has_changed:
                self.talks["user"].hear(notes.plan(self.plan.tasks))
            self.progressed = False
            self.talks["assistant"].hear(without_claim(turn.text))
            return
        self.talks["user"].hear(turn.text.strip() or notes.silence("assistant"))
        self.talks["user"].hear(notes.unresolved(turn))
        if turn.result is not None:
            self.progressed = is_new_result(turn, [*self.turns[:-1], self.standing.result])
            self.standing.result = turn

    def tell_facts(self) -> None:
        """Tell the judge what the program itself has found, once an exchange."""
        if not self._judging:
            self._judging = True
            if self.plan.is_news_to_judge():
                self.talks["judge"].hear(notes.quoted_plan(self.plan.tasks, self.standing.mark))
            self.talks["judge"].hear(notes.facts(self.standing, self.findings.reports(), self.alarms))

    def _take_verdict(self, event: ev.VerdictGiven) -> None:
        self.tell_facts()
        self.talks["judge"].say(notes.remembered_verdict(event))
        self.standing.verdict = event
        self.places.remember(each for word in event.criteria for each in word.evidence)
        self.paid.use_up()
        self._judged = event.turn
        self._impossible = self._impossible + 1 if event.decision == "impossible" else 0

    def _close_exchange(self) -> None:
        """Before a further turn the agents learn what the judge and the guards found."""
        if not self.is_whole or self.awaits != "user":
            return
        self._closed = self.turns[-1].number
        user = self.talks["user"]
        if self._judging and self.standing.verdict is not None:
            user.hear(notes.after_verdict(self.standing.verdict, self.overruled))
        self._unjudged = 0 if self._judging else self._unjudged + 1
        self._judging = False
        for alarm in self.alarms:
            self.talks[alarm.role].hear(notes.about_alarm(alarm))
        if any(alarm.rung == "replan" for alarm in self.alarms):
            user.hear(notes.replan())
        self.height = (self.rung + 1) if self.alarms else 0
        self.alarms, self.overruled = [], ()

    def _set_limits(self, limits: LimitsRecord) -> None:
        if limits != self.budget.limits:
            self.budget.warned.clear()
        self.budget.limits = limits

    def _control(self, event: ev.ControlReceived) -> None:
        if self.person.asked is not None:
            pass  # The answer becomes part of the goal.
        elif not self.talks:
            self.person.early.append(event)
        elif event.command == "say" and event.to == "judge":
            self.talks["judge"].hear(notes.to_judge([f"The person says: {event.text}"], self.standing.mark))
        elif event.command == "say" and event.to is not None:
            self.talks[event.to].hear(notes.from_person(event.text))
        elif event.limit is not None and event.value is not None:
            self._set_limits(self.budget.limits.with_limit(event.limit, event.value))
