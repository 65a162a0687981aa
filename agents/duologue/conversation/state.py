"""Everything that the loop decides on, folded from the events of the log.

The loop appends an event, and the event changes the state: there is no other way. A run that is resumed
folds the events that are there already, and finds itself where it was.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, assert_never

from duologue.conversation import notes
from duologue.conversation.assignment import Assignment
from duologue.conversation.budget import Budget
from duologue.conversation.cadence import is_due
from duologue.conversation.conclusion import Conclusion, conclude
from duologue.conversation.evidence import Places
from duologue.conversation.findings import Findings
from duologue.conversation.prompt import system_prompt
from duologue.conversation.result import without_claim
from duologue.conversation.standing import Standing
from duologue.conversation.talk import Talk
from duologue.conversation.turn import Turn, is_new_result, read_turn
from duologue.endpoint.overflow import stated_size
from duologue.messages import RoleName
from duologue.record import events as ev
from duologue.record.parts import Criterion, LimitsRecord, PlanTask

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
        self.criteria: list[Criterion] = []
        self.talks: dict[RoleName, Talk] = {}
        self.turns: list[Turn] = []
        self.alarms: list[ev.GuardRaised] = []
        self.running: dict[str, ev.ToolStarted] = {}
        self.addressed: dict[str, str] = {}
        """The base URL of each role's own endpoint at which what is left over was said."""
        self.height = 0
        self.leftover: deque[tuple[int, ev.CompletionReceived]] = deque()
        self.overruled: tuple[str, ...] = ()
        self.plan: list[PlanTask] = []
        self._plan_before: tuple[int, list[PlanTask]] = (0, [])
        self._plan_told: list[PlanTask] = []
        self.progressed = False
        self.controlled = 0
        """The last line of `control.jsonl` that was taken."""
        self._shared = 0
        self.paused = False
        """Whether the person has told the run to wait."""
        self.asked: ev.GoalSpecified | None = None
        """What was asked of the person and not answered yet."""
        self.specified = False
        self._proposed = False
        self._idle_since: float | None = None
        self._pending: list[tuple[int, ev.CompletionReceived]] = []
        self._finished: list[ev.ToolFinished] = []
        self._overflowed: RoleName | None = None
        self._compacted: RoleName | None = None
        self._early: list[ev.ControlReceived] = []
        self._impossible = 0
        self._judged = self._closed = self._unjudged = 0
        self._judging = False

    @property
    def awaits(self) -> Phase:
        """What has to happen next."""
        if self.asked is not None:
            return "answer"
        if not self.criteria:
            return "criteria"
        if self._proposed:
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
    def waits(self) -> bool:
        """Whether nothing may be begun before the person has said something."""
        return self.paused or self.asked is not None or self._proposed

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

    def reuse(self) -> None:
        """After folding a log: completions that were paid for and not used yet will be, before any call."""
        self.leftover.extend(self._pending)

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
                self._begin_turn(event)
            case ev.TurnCompleted():
                self._complete_turn(event)
            case ev.VerdictGiven():
                self._take_verdict(event)
            case ev.CriteriaSet():
                self._set_criteria(event.criteria)
                self._proposed = event.proposed
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
                    self._shared = event.parent.seq
                self._address(event.settings)
                self._set_limits(event.limits)
                self.paused = False
            case ev.ControlReceived():
                # What a fork has from its parent was told in the parent's file.
                if record.seq > self._shared:
                    self.controlled = max(self.controlled, event.line)
                self._control(event)
            case ev.RunEnded():
                self._overflowed = None
            case ev.ToolStarted():
                self.running[event.call] = event
            case ev.ToolFinished():
                self._finish_tool(event)
            case ev.PlanChanged():
                self.plan = event.tasks
            case ev.GoalSpecified():
                self._specify(event)
            case ev.MemoryStored() | ev.MemoryRecalled():
                pass
            case ev.RunParked() | ev.EventLost() | ev.UnknownEvent():
                pass
            case _:
                assert_never(event)
        if self.waits != (self._idle_since is not None):
            self._count_idle(record.mono)

    def _count_idle(self, mono: float) -> None:
        """The time in which the run waits for the person is not charged."""
        if self._idle_since is None:
            self._idle_since = mono
        else:
            self.budget.idle_s += mono - self._idle_since
            self._idle_since = None

    def _specify(self, event: ev.GoalSpecified) -> None:
        self.specified = True
        self.asked = event if event.question and not event.answer else None
        self.assignment = replace(self.assignment, goal=event.goal)
        if event.question:
            # What was derived before the answer is not what follows from it.
            self._pending.clear()

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
        self._pending.clear()
        for role in self.assignment.pair.prompts:
            system = system_prompt(self.assignment, role, criteria)
            if first:
                most_answers = _JUDGE_ANSWERS if role == "judge" else None
                self.talks[role] = Talk(system, self.assignment.settings.context_tokens, most_answers)
            else:
                self.talks[role].instruct(system)
        if first:
            self.talks["user"].hear(notes.OPENING)
            for said in self._early:
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
        summary = next((said.text for seq, said in self._pending if seq == event.summary), "")
        self._pending = [paid for paid in self._pending if paid[1].purpose != "summary"]
        mark = self.assignment.mark if event.role == "judge" else self.assignment.open_mark
        self.talks[event.role].drop(event.messages_dropped, self.standing.note(mark, summary))
        if event.role == "user" and self.plan:
            self.talks["user"].hear(notes.plan(self.plan))
        self._compacted, self._overflowed = event.role, None

    def _receive(self, seq: int, event: ev.CompletionReceived) -> None:
        self.budget.bill.charge(event.usage, event.cost_usd)
        self.budget.calls += 1
        self._pending.append((seq, event))
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
        completions = [said for _, said in self._pending if said.purpose == "turn"]
        turn = read_turn(event, completions, self._finished)
        self._pending.clear()
        self.budget.turns = turn.number
        self.turns = [*self.turns, turn][-_REMEMBERED:]
        self.places.add_turn(turn.number, turn.role, turn.text, turn.result)
        for use in turn.uses:
            self.places.add_tool(turn.number, use.name, use.result, use.arguments, use.ok)
        self.talks[turn.role].say(turn.text)
        self.talks["judge"].hear(notes.quoted_turn(turn, self.standing.mark))
        if turn.role == "user":
            self._tell_plan()
            self.progressed = False
            self.talks["assistant"].hear(without_claim(turn.text))
            return
        self.talks["user"].hear(turn.text.strip() or notes.silence("assistant"))
        self.talks["user"].hear(notes.unresolved(turn))
        if turn.result is not None:
            self.progressed = is_new_result(turn, [*self.turns[:-1], self.standing.result])
            self.standing.result = turn

    def _begin_turn(self, event: ev.TurnStarted) -> None:
        """A turn that is taken anew begins with the plan that it began with."""
        number, tasks = self._plan_before
        if number == event.turn:
            self.plan = tasks
        self._plan_before = event.turn, self.plan

    def _tell_plan(self) -> None:
        """The user agent is told what has become of its plan where this turn changed it."""
        if self.plan != self._plan_before[1]:
            self.talks["user"].hear(notes.plan(self.plan))

    def tell_facts(self) -> None:
        """Tell the judge what the program itself has found, once an exchange."""
        if not self._judging:
            self._judging = True
            if self.plan != self._plan_told:
                self._plan_told = self.plan
                self.talks["judge"].hear(notes.quoted_plan(self.plan, self.standing.mark))
            self.talks["judge"].hear(notes.facts(self.standing, self.findings.reports(), self.alarms))

    def _take_verdict(self, event: ev.VerdictGiven) -> None:
        self.tell_facts()
        self.talks["judge"].say(notes.remembered_verdict(event))
        self.standing.verdict = event
        self.places.remember(each for word in event.criteria for each in word.evidence)
        self._pending.clear()
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

    def _address(self, settings: Mapping[str, Any]) -> None:
        if not self.leftover:
            roles = settings.get("roles", {})
            self.addressed |= {seat: said["base_url"] for seat, said in roles.items() if "base_url" in said}

    def _set_limits(self, limits: LimitsRecord) -> None:
        if limits != self.budget.limits:
            self.budget.warned.clear()
        self.budget.limits = limits

    def _control(self, event: ev.ControlReceived) -> None:
        if event.command in ("pause", "resume"):
            self.paused = event.command == "pause"
        elif self.asked is not None:
            pass  # The answer becomes part of the goal.
        elif not self.talks:
            self._early.append(event)
        elif event.command == "say" and event.to == "judge":
            self.talks["judge"].hear(notes.to_judge([f"The person says: {event.text}"], self.standing.mark))
        elif event.command == "say" and event.to is not None:
            self.talks[event.to].hear(notes.from_person(event.text))
        elif event.limit is not None and event.value is not None:
            self._set_limits(self.budget.limits.with_limit(event.limit, event.value))
