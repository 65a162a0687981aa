"""The judge: apart from both agents, it says whether the goal is reached; code tests what it says.

It is shown what is new as quoted data between delimiters that carry a random mark. A criterion counts as
met only with a quote that stands in the assistant's work; a check counts only by its own finding; a
verdict of `done` that fails this, or that the appeal does not bear out, is overruled.
"""

from duologue.conversation import notes
from duologue.conversation.ballot import cast_vote
from duologue.conversation.calls import Calls
from duologue.conversation.check import Check
from duologue.conversation.conclusion import NO_RESULT, objections
from duologue.conversation.majority import tally
from duologue.conversation.prompt import system_prompt
from duologue.conversation.state import State
from duologue.conversation.talk import Talk
from duologue.record.events import CheckFinished, VerdictOverruled
from duologue.record.log import LogWriter
from duologue.record.parts import Vote


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
        votes = await self._vote()
        verdict = tally(turn, votes)
        stands = verdict.decision == "done" and not objections(verdict, self._state.standing)
        if stands and "appeal" in self._state.assignment.settings.targets:
            verdict = tally(turn, votes, await self._appeal())
        self._log.append(verdict)
        self.overrule()

    def overrule(self) -> None:
        """Log why the last verdict does not count, where it says done and does not hold; once."""
        verdict = self._state.standing.verdict
        reasons = objections(verdict, self._state.standing) if verdict is not None else []
        if verdict is not None and reasons and not self._state.overruled:
            self._log.append(VerdictOverruled(turn=verdict.turn, reasons=reasons))

    async def _vote(self) -> list[Vote]:
        """As many votes as are wanted, all on the same talk, none told of the others."""
        state, wanted = self._state, self._state.assignment.settings.judging.votes
        votes = []
        for number in range(1, wanted + 1):
            postscript = "" if number == 1 else notes.further_vote(number, wanted)
            votes.append(await cast_vote(state, self._calls, state.talks["judge"], "verdict", postscript))
        return votes

    async def _appeal(self) -> Vote:
        """A second opinion, by a model that has seen nothing but the result and how it came to be, and
        nothing of what was said to the judge: nobody can talk both of them round with the same words."""
        state = self._state
        apart = state.subject.apart
        talk = Talk(
            system_prompt(state.assignment, "judge", state.criteria, apart),
            state.assignment.settings.context_tokens,
        )
        facts = notes.facts(state.standing, state.findings.reports())
        talk.hear(notes.appeal(state.standing, state.exchange, facts, apart))
        return await cast_vote(state, self._calls, talk, "appeal")

    def _run_checks(self, turn: int) -> None:
        result = self._state.standing.result
        for id_, check in self._state.findings.due(self._checks(), result).items():
            fault = NO_RESULT if result is None else check.fault(result.result or "")
            reason = fault or "Passed."
            self._log.append(CheckFinished(turn=turn, criterion=id_, passed=fault is None, reason=reason))

    def _checks(self) -> dict[str, Check]:
        by_spec = {check.spec: check for check in self._state.assignment.every_check}
        return {c.id: by_spec[c.check] for c in self._state.criteria if c.check in by_spec}
