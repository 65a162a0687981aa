"""The judge: apart from both agents, it says whether the goal is reached; code tests what it says.

It is shown what is new as quoted data between delimiters that carry a random mark. A criterion counts as
met only with a quote that stands in the assistant's work; a check counts only by its own finding; a
verdict of `done` that fails this is overruled.
"""

from typing import Final

from duologue.conversation.calls import Answer, Call, Calls
from duologue.conversation.check import Check
from duologue.conversation.conclusion import NO_RESULT, objections
from duologue.conversation.state import State
from duologue.conversation.verdict import CriterionAnswer, JudgeAnswer, find_answer, verdict_schema
from duologue.messages import Message
from duologue.record.events import CheckFinished, VerdictGiven, VerdictOverruled
from duologue.record.log import LogWriter
from duologue.record.parts import Criterion, CriterionVerdict, Decision

_TRIES: Final = 3
"""One answer, and two more where it cannot be parsed."""


class Judge:
    """Judges one run, from its state."""

    def __init__(self, state: State, calls: Calls, log: LogWriter) -> None:
        self._state = state
        self._calls = calls
        self._log = log

    async def give_verdict(self) -> None:
        """Test the result, ask the judge, test its answer, and log what comes of each."""
        turn = self._state.turns[-1].number
        self._run_checks(turn)
        self._state.tell_facts()
        answer, found = await self._ask(turn)
        self._log.append(self._verdict(turn, answer, found))
        self.overrule()

    def overrule(self) -> None:
        """Log why the last verdict does not count, where it says done and does not hold; once."""
        verdict = self._state.standing.verdict
        reasons = objections(verdict, self._state.standing) if verdict is not None else []
        if verdict is not None and reasons and not self._state.overruled:
            self._log.append(VerdictOverruled(turn=verdict.turn, reasons=reasons))

    def _run_checks(self, turn: int) -> None:
        result = self._state.standing.result
        for id_, check in self._state.findings.due(self._checks(), result).items():
            fault = NO_RESULT if result is None else check.fault(result.result or "")
            reason = fault or "Passed."
            self._log.append(CheckFinished(turn=turn, criterion=id_, passed=fault is None, reason=reason))

    def _checks(self) -> dict[str, Check]:
        by_spec = {check.spec: check for check in self._state.assignment.checks}
        return {c.id: by_spec[c.check] for c in self._state.criteria if c.check in by_spec}

    async def _ask(self, turn: int) -> tuple[Answer, JudgeAnswer | str]:
        schema = verdict_schema([criterion.id for criterion in self._state.criteria])
        extra: tuple[Message, ...] = ()
        for _ in range(_TRIES):
            call = Call("judge", turn, "verdict", self._state.talks["judge"], extra, schema)
            answer = await self._calls.complete(call)
            found = find_answer(answer.text, JudgeAnswer)
            if isinstance(found, JudgeAnswer):
                break
            again = f"That was not the JSON object asked for: {found}. Answer with it and nothing else."
            extra = (Message("assistant", answer.text or "(nothing)"), Message("user", again))
        return answer, found

    def _verdict(self, turn: int, answer: Answer, found: JudgeAnswer | str) -> VerdictGiven:
        if isinstance(found, str):
            summary = f"The judge's answer could not be read ({found}), which counts as not done."
            said: dict[str, CriterionAnswer] = {}
            decision: Decision = "continue"
        else:
            said, decision, summary = {c.id: c for c in found.criteria}, found.decision, found.summary.strip()
        return VerdictGiven(
            turn=turn,
            decision=decision,
            summary=summary,
            criteria=[self._word(criterion, said.get(criterion.id)) for criterion in self._state.criteria],
            completion=answer.seq,
            parsed=not isinstance(found, str),
        )

    def _word(self, criterion: Criterion, said: CriterionAnswer | None) -> CriterionVerdict:
        finding = self._state.findings.get(criterion.id)
        if finding is not None:
            return CriterionVerdict(
                id=criterion.id, state="met" if finding.passed else "unmet", reason=finding.reason
            )
        if said is None:
            return CriterionVerdict(id=criterion.id, state="unknown", reason="The judge said nothing of it.")
        examined = [self._state.places.examine(quoted.where, quoted.quote) for quoted in said.evidence]
        evidence = [each for each, _ in examined]
        if said.state != "met" or any(proves for _, proves in examined):
            return CriterionVerdict(id=criterion.id, state=said.state, reason=said.reason, evidence=evidence)
        faults = "; ".join(each.why for each in evidence if each.why)
        reason = f"Claimed as met, but without evidence that holds: {faults or 'no quote of the work'}."
        return CriterionVerdict(id=criterion.id, state="unknown", reason=reason, evidence=evidence)
