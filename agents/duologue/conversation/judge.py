"""The judge: apart from both agents, it says whether the goal is reached; code tests what it says.

It is shown what is new as quoted data between delimiters that carry a random mark. A criterion counts as
met only with a quote that stands in the assistant's work; a check counts only by its own finding; a
verdict of `done` that fails this is overruled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from duologue.conversation.calls import Answer, Call, Calls
from duologue.conversation.check import Check
from duologue.conversation.evidence import Places
from duologue.conversation.standing import Standing
from duologue.conversation.talk import Talk
from duologue.conversation.turns import Turn
from duologue.conversation.verdict import CriterionAnswer, JudgeAnswer, find_answer, verdict_schema
from duologue.messages import Message
from duologue.record.events import (
    CheckFinished,
    Criterion,
    CriterionVerdict,
    Decision,
    VerdictGiven,
    VerdictOverruled,
)
from duologue.record.log import LogWriter

_TRIES: Final = 3
"""One answer, and two more where it cannot be parsed."""
NO_RESULT: Final = "Nothing has been delivered as the result yet."


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and what counts of it: `decision` after the evidence was tested."""

    decision: Decision
    verdict: VerdictGiven
    overruled: tuple[str, ...] = ()

    @property
    def unmet(self) -> list[str]:
        """Ids of the criteria that are not met."""
        return [word.id for word in self.verdict.criteria if word.state != "met"]


class Judge:
    """Judges one run. `checks` decide the criteria of their ids; `standing` is kept by the loop."""

    def __init__(
        self,
        talk: Talk,
        calls: Calls,
        log: LogWriter,
        criteria: Sequence[Criterion],
        checks: Mapping[str, Check],
        places: Places,
        standing: Standing,
    ) -> None:
        self._talk = talk
        self._calls = calls
        self._log = log
        self._criteria = criteria
        self._checks = checks
        self._places = places
        self._standing = standing
        self._schema = verdict_schema([criterion.id for criterion in criteria])
        self._checked: Turn | None = None
        self._findings: dict[str, CheckFinished] = {}

    def see(self, turn: Turn) -> None:
        """Show the judge a turn, as data."""
        self._places.add_turn(turn.number, turn.role, turn.text, turn.result)
        tag = f"turn-{self._standing.mark}"
        self._talk.hear(f'<{tag} number="{turn.number}" role="{turn.role}">\n{turn.text.strip()}\n</{tag}>')

    async def judge(self, turn: int) -> Judgement:
        """The verdict after this turn, tested and logged."""
        self._run_checks(turn)
        self._talk.hear(self._facts())
        answer, found = await self._ask(turn)
        verdict = self._verdict(turn, answer, found)
        self._log.append(verdict)
        overruled = self._objections(verdict)
        if overruled:
            self._log.append(VerdictOverruled(turn=turn, reasons=overruled))
        self._remember(found, verdict, overruled)
        return Judgement("continue" if overruled else verdict.decision, verdict, tuple(overruled))

    def _run_checks(self, turn: int) -> None:
        if self._findings and self._standing.result is self._checked:
            return
        self._checked = self._standing.result
        result = None if self._checked is None else self._checked.result
        for id_, check in self._checks.items():
            fault = NO_RESULT if result is None else check.fault(result)
            finding = CheckFinished(turn=turn, criterion=id_, passed=fault is None, reason=fault or "Passed.")
            self._findings[id_] = finding
            self._log.append(finding)

    def _facts(self) -> str:
        """What the program itself has found, told after the quoted turns."""
        result = self._standing.result
        where = NO_RESULT if result is None else f"The current result is that of turn {result.number}."
        lines = [f"The mark is {self._standing.mark}. {where}"]
        for id_, finding in self._findings.items():
            lines.append(f"Check {id_}: {'passed' if finding.passed else 'failed'}. {finding.reason}")
        lines.append("Give your verdict as one JSON object.")
        return "\n".join(lines)

    async def _ask(self, turn: int) -> tuple[Answer, JudgeAnswer | str]:
        extra: tuple[Message, ...] = ()
        for _ in range(_TRIES):
            call = Call("judge", turn, "verdict", self._talk, extra, self._schema)
            answer = await self._calls.complete(call)
            found = find_answer(answer.completion.text, JudgeAnswer)
            if isinstance(found, JudgeAnswer):
                break
            again = f"That was not the JSON object asked for: {found}. Answer with it and nothing else."
            extra = (Message("assistant", answer.completion.text or "(nothing)"), Message("user", again))
        return answer, found

    def _verdict(self, turn: int, answer: Answer, found: JudgeAnswer | str) -> VerdictGiven:
        if isinstance(found, str):
            summary = f"The judge's answer could not be read ({found}), which counts as not done."
            said: dict[str, CriterionAnswer] = {}
            decision: Decision = "continue"
        else:
            said, decision, summary = {c.id: c for c in found.criteria}, found.decision, found.summary.strip()
        words = [self._word(criterion, said.get(criterion.id)) for criterion in self._criteria]
        return VerdictGiven(
            turn=turn,
            decision=decision,
            summary=summary,
            criteria=words,
            completion=answer.seq,
            parsed=not isinstance(found, str),
        )

    def _word(self, criterion: Criterion, said: CriterionAnswer | None) -> CriterionVerdict:
        finding = self._findings.get(criterion.id)
        if finding is not None:
            return CriterionVerdict(
                id=criterion.id, state="met" if finding.passed else "unmet", reason=finding.reason
            )
        if said is None:
            return CriterionVerdict(id=criterion.id, state="unknown", reason="The judge said nothing of it.")
        examined = [self._places.examine(quoted.where, quoted.quote) for quoted in said.evidence]
        evidence = [each for each, _ in examined]
        if said.state != "met" or any(proves for _, proves in examined):
            return CriterionVerdict(id=criterion.id, state=said.state, reason=said.reason, evidence=evidence)
        faults = "; ".join(each.why for each in evidence if each.why)
        reason = f"Claimed as met, but without evidence that holds: {faults or 'no quote of the work'}."
        return CriterionVerdict(id=criterion.id, state="unknown", reason=reason, evidence=evidence)

    def _objections(self, verdict: VerdictGiven) -> list[str]:
        """Why a verdict of `done` does not count; empty where it does, or says something else."""
        if verdict.decision != "done":
            return []
        found = [f"{word.id}: {word.reason}" for word in verdict.criteria if word.state != "met"]
        return found if self._standing.result is not None else [NO_RESULT, *found]

    def _remember(self, found: JudgeAnswer | str, verdict: VerdictGiven, overruled: Sequence[str]) -> None:
        """Keep the answer in the judge's talk without its working, and tell it what did not count."""
        kept = "(unreadable)" if isinstance(found, str) else found.model_dump_json(exclude={"thinking"})
        self._talk.say(kept)
        if overruled:
            self._talk.hear("Your verdict was overruled by a program:\n" + "\n".join(overruled))
        elif wrong := [e.why for word in verdict.criteria for e in word.evidence if not e.stands]:
            self._talk.hear("Of your quotes a program found: " + "; ".join(wrong))
