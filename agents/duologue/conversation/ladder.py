"""The ladder that guards climb: a nudge, a re-plan, then `stalled`."""

from collections.abc import Sequence
from typing import Final

from duologue.conversation.guards import Alarm
from duologue.conversation.state import State
from duologue.record.events import GuardRaised
from duologue.record.log import LogWriter
from duologue.record.parts import Rung

LADDER: Final[tuple[Rung, ...]] = ("nudge", "replan", "stalled")


def raise_alarms(alarms: Sequence[Alarm], state: State, log: LogWriter) -> None:
    """Log the alarms of an exchange, all on one rung: one higher for each exchange in a row that has any.

    An exchange without an alarm leads back to the foot of the ladder, and so does one that delivers a new
    result: its own alarms are nudges.
    """
    rung = LADDER[min(state.rung, len(LADDER) - 1)]
    known = {(alarm.guard, alarm.role) for alarm in state.alarms}
    for alarm in alarms:
        if (alarm.guard, alarm.role) not in known:
            turn = state.exchange[-1].number
            log.append(
                GuardRaised(turn=turn, role=alarm.role, guard=alarm.guard, reason=alarm.reason, rung=rung)
            )
