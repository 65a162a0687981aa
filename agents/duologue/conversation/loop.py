"""The loop: until there is an outcome, the user agent takes a turn, the assistant takes a turn, the guards
look, and the judge gives a verdict where there is something to judge. Each is committed before the next call
is paid for."""

from duologue.conversation.calls import Calls
from duologue.conversation.conclusion import Conclusion
from duologue.conversation.control import Control
from duologue.conversation.derive import agree_criteria
from duologue.conversation.guards import look, unfounded_claim
from duologue.conversation.judge import Judge
from duologue.conversation.ladder import raise_alarms, raise_given
from duologue.conversation.state import State
from duologue.conversation.turns import take_turn
from duologue.messages import RoleName
from duologue.record.log import LogWriter


class Conversation:
    """One goal, pursued by one pair. `pursue` is the whole of it."""

    def __init__(self, state: State, calls: Calls, log: LogWriter, control: Control) -> None:
        self._state = state
        self._calls = calls
        self._log = log
        self._control = control
        self._judge = Judge(state, calls, log)

    async def pursue(self) -> Conclusion:
        """Talk until the goal is reached, found impossible, or out of reach for want of progress.

        Goes on from wherever the state is. Raises LimitReached, EndpointError and RecordError, which end a
        run from outside the talk.
        """
        state = self._state
        while state.awaits in ("criteria", "answer", "review"):
            if state.awaits == "criteria":
                await agree_criteria(state, self._calls, self._log)
            await self._control.take()
        raise_given(state, self._log)
        self._weigh()
        self._look()
        while (conclusion := state.conclusion) is None:
            await self._control.take()
            if state.awaits == "user":
                await self._take_turn("user")
            await self._control.take()
            if state.awaits == "assistant":
                await self._take_turn("assistant")
            self._look()
            await self._control.take()
            if state.awaits == "judge":
                await self._judge.give_verdict()
            self._weigh()
        return conclusion

    def _look(self) -> None:
        """What the guards say of an exchange that is whole; said again where a run was cut off there."""
        state = self._state
        if state.is_whole:
            raise_alarms(look(state.turns, len(state.exchange), state.subject), state, self._log)

    def _weigh(self) -> None:
        """What code has to say of the last verdict, as far as a run that was cut off has not said it yet."""
        state = self._state
        if state.is_judged:
            self._judge.overrule()
            raise_alarms(unfounded_claim(state.exchange, state.standing), state, self._log)

    async def _take_turn(self, role: RoleName) -> None:
        self._state.budget.check_turn()
        number = self._state.budget.turns + 1
        await take_turn(number, role, self._state, self._calls, self._log)
