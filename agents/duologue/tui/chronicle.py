"""A run in outline: what stands out in which turn, and how many criteria were met when."""

from array import array
from bisect import bisect_left, bisect_right
from typing import Final, Literal

from duologue.record import events as ev

Sign = Literal["verdict", "guard", "failure", "control", "done"]
SIGNS: Final[dict[Sign, int]] = {"verdict": 1, "guard": 2, "failure": 4, "control": 8, "done": 16}


def stands_out(event: ev.Event) -> Sign | None:
    """As what the event is of note, or None where it is not."""
    match event:
        case ev.GuardRaised():
            return "guard"
        case ev.ToolFinished(ok=False) | ev.AttemptFailed():
            return "failure"
        case ev.ControlReceived():
            return "control"
        case ev.VerdictGiven(decision=decision):
            return "done" if decision == "done" else "verdict"
        case _:
            return None


class Chronicle:
    """Takes a few bytes a turn, so that it is kept of the whole of a long run."""

    def __init__(self) -> None:
        self._flags = bytearray()
        self._roles = bytearray()
        self._seqs = array("Q")
        self._met_turns = array("L")
        self._met = array("L")
        self._states: dict[str, bool] = {}
        self._turn = 0
        self.version = 0
        """Counts up with what is taken."""

    def __len__(self) -> int:
        """The number of the last turn that is known."""
        return len(self._flags)

    def flags(self, first: int, last: int) -> int:
        """What stands out in these turns, joined."""
        found = 0
        for flag in self._flags[max(first - 1, 0) : last]:
            found |= flag
        return found

    def by_user(self, turn: int) -> bool:
        """Whether the user agent takes that turn."""
        return 0 < turn <= len(self._roles) and bool(self._roles[turn - 1])

    def marked(self, seq: int, by: int) -> int | None:
        """The next (1) or the previous (-1) event of note, seen from that one; None where there is none."""
        place = bisect_right(self._seqs, seq) if by > 0 else bisect_left(self._seqs, seq) - 1
        return self._seqs[place] if 0 <= place < len(self._seqs) else None

    def met(self, turn: int) -> list[int]:
        """How many criteria were met after each verdict or check up to that turn."""
        return list(self._met[: bisect_right(self._met_turns, turn)])

    @property
    def criteria(self) -> int:
        """How many criteria there are."""
        return len(self._states)

    def apply(self, record: ev.Record) -> None:
        """Take the next record."""
        self.version += 1
        match record.event:
            case ev.CriteriaSet(criteria=criteria):
                self._states = {known.id: self._states.get(known.id, False) for known in criteria}
            case ev.TurnStarted(turn=turn, role=role):
                self._begin(turn, role == "user")
            case ev.CheckFinished(criterion=name, passed=passed) if name in self._states:
                self._states[name] = passed
            case ev.VerdictGiven() as verdict:
                self._judge(verdict)
            case ev.VerdictOverruled():
                self._overrule()
            case _:
                pass
        if (sign := stands_out(record.event)) is not None:
            self._mark(record.seq, sign)

    def _begin(self, turn: int, by_user: bool) -> None:
        self._turn = turn
        missing = min(turn, 1 << 24) - len(self._flags)
        if missing > 0:
            self._flags.extend(bytes(missing))
            self._roles.extend(bytes(missing))
            self._roles[-1] = by_user

    def _judge(self, verdict: ev.VerdictGiven) -> None:
        for word in verdict.criteria:
            if word.id in self._states:
                self._states[word.id] = word.state == "met"
        self._met_turns.append(self._turn)
        self._met.append(sum(self._states.values()))

    def _overrule(self) -> None:
        if 0 < self._turn <= len(self._flags):
            self._flags[self._turn - 1] &= ~SIGNS["done"]
            self._flags[self._turn - 1] |= SIGNS["verdict"]

    def _mark(self, seq: int, sign: Sign) -> None:
        self._seqs.append(seq)
        if 0 < self._turn <= len(self._flags):
            self._flags[self._turn - 1] |= SIGNS[sign]
