"""The loop: until there is an outcome, the user agent takes a turn, the assistant takes a turn, the guards
look, and the judge gives a verdict. Each is committed before the next call is paid for."""

from dataclasses import dataclass
from typing import Final

from duologue.conversation import notes
from duologue.conversation.budget import Budget
from duologue.conversation.calls import Calls
from duologue.conversation.guards import UNFOUNDED_CLAIM, Alarm, Ladder, Rung, look
from duologue.conversation.judge import Judge, Judgement
from duologue.conversation.result import without_claim
from duologue.conversation.standing import Standing
from duologue.conversation.talk import Talk
from duologue.conversation.turns import Turn, take_turn
from duologue.messages import RoleName
from duologue.outcomes import Outcome
from duologue.record.events import Criterion, GuardRaised
from duologue.record.log import LogWriter

_IMPOSSIBLE_AFTER: Final = 2
"""Verdicts of `impossible` in a row that end a run; the first is told to the user agent."""
_REMEMBERED: Final = 8
"""Turns that the guards look back on."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How the talk ended by itself, and why, in one sentence."""

    outcome: Outcome
    reason: str


class Conversation:
    """One goal, pursued by one pair. `pursue` is the whole of it."""

    def __init__(
        self,
        user: Talk,
        assistant: Talk,
        judge: Judge,
        criteria: list[Criterion],
        calls: Calls,
        log: LogWriter,
        budget: Budget,
        standing: Standing,
    ) -> None:
        self._talks: dict[RoleName, Talk] = {"user": user, "assistant": assistant}
        self._judge = judge
        self._criteria = criteria
        self._calls = calls
        self._log = log
        self._budget = budget
        self._standing = standing
        self._ladder = Ladder()
        self._turns: list[Turn] = []
        self._impossible = 0

    async def pursue(self) -> Conclusion:
        """Talk until the goal is reached, found impossible, or out of reach for want of progress.

        Raises LimitReached, EndpointError and RecordError, which end a run from outside the talk.
        """
        self._talks["user"].hear(notes.OPENING)
        while True:
            exchange = await self._exchange()
            alarms = look(self._turns, len(exchange))
            judgement = await self._judge.judge(exchange[-1].number)
            self._standing.verdict = judgement.verdict
            alarms += self._unfounded(exchange, judgement)
            rung = self._climb(exchange, alarms)
            conclusion = self._conclude(judgement, alarms, rung)
            if conclusion is not None:
                return conclusion
            self._pass_on(judgement, alarms, rung)

    async def _exchange(self) -> list[Turn]:
        """A user turn and the assistant turn that answers it; a mere claim needs no answer."""
        user = await self._take_turn("user")
        instruction = without_claim(user.text)
        if not instruction:
            return [user]
        self._talks["assistant"].hear(instruction)
        assistant = await self._take_turn("assistant")
        self._talks["user"].hear(assistant.text.strip() or notes.silence("assistant"))
        return [user, assistant]

    async def _take_turn(self, role: RoleName) -> Turn:
        self._budget.check_turn()
        turn = await take_turn(self._budget.turns + 1, role, self._talks[role], self._calls, self._log)
        self._budget.turns += 1
        if turn.result is not None:
            self._standing.result = turn
        self._judge.see(turn)
        self._turns = [*self._turns, turn][-_REMEMBERED:]
        return turn

    def _unfounded(self, exchange: list[Turn], judgement: Judgement) -> list[Alarm]:
        claimed = exchange[0].claim == "done" and judgement.decision != "done"
        reason = "The user agent claims that the goal is reached, and the judge does not find it so."
        return [Alarm(UNFOUNDED_CLAIM, "user", reason)] if claimed else []

    def _climb(self, exchange: list[Turn], alarms: list[Alarm]) -> Rung | None:
        rung = self._ladder.step(bool(alarms))
        if rung is not None:
            turn = exchange[-1].number
            for a in alarms:
                self._log.append(
                    GuardRaised(turn=turn, role=a.role, guard=a.guard, reason=a.reason, rung=rung)
                )
        return rung

    def _conclude(self, judgement: Judgement, alarms: list[Alarm], rung: Rung | None) -> Conclusion | None:
        """The judge's word comes before the guards': work that is done has not stalled."""
        self._impossible = self._impossible + 1 if judgement.decision == "impossible" else 0
        if judgement.decision == "done":
            return Conclusion("done", _sentence("Every criterion is met", judgement))
        if self._impossible >= _IMPOSSIBLE_AFTER:
            return Conclusion(
                "impossible", _sentence("The judge finds that the goal cannot be reached", judgement)
            )
        if rung == "stalled":
            reasons = " ".join(dict.fromkeys(alarm.reason for alarm in alarms))
            return Conclusion("stalled", f"The talk makes no progress in three exchanges running. {reasons}")
        return None

    def _pass_on(self, judgement: Judgement, alarms: list[Alarm], rung: Rung | None) -> None:
        """Tell the agents what the judge and the guards found."""
        user = self._talks["user"]
        user.hear(notes.after_verdict(judgement.verdict, judgement.overruled, self._criteria))
        if rung is None:
            return
        for alarm in alarms:
            self._talks[alarm.role].hear(notes.about_alarm(alarm, rung))
        if rung == "replan":
            user.hear(notes.replan())


def _sentence(fact: str, judgement: Judgement) -> str:
    summary = judgement.verdict.summary
    return f"{fact}: {summary}" if summary else f"{fact}."
