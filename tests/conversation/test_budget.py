"""What a run may use: when it is warned, when it is at its end, and what is not charged."""

import pytest

from duologue.conversation.budget import Budget
from duologue.errors import LimitReached
from duologue.record.parts import LimitsRecord, TokenCount


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_minutes_end_with_the_last_of_them() -> None:
    """A call may begin until the time is over; while a run waits for the person none is charged."""
    clock = Clock()
    budget = Budget(LimitsRecord(max_minutes=1.0), clock)
    clock.now_s = 59.9
    budget.check_call()
    clock.now_s = 60.0
    with pytest.raises(LimitReached, match="1 minute") as reached:
        budget.check_call()
    assert reached.value.limit == "minutes"
    budget.idle_s = 20.0
    budget.check_call()
    assert budget.time_left_s == 20.0
    assert [warning.limit for warning in budget.warnings(1)] == []
    clock.now_s = 68.0
    assert [(told.limit, told.spent, told.of) for told in budget.warnings(1)] == [("minutes", 0.8, 1.0)]


def test_a_limit_that_leads_further_leaves_room() -> None:
    """It is twice the limit, or twice what is spent where that is more, and whole where whole things are
    counted, however many."""
    clock = Clock()
    budget = Budget(
        LimitsRecord(max_turns=4, max_tokens=1_234_567, max_minutes=0.5, max_cost_usd=0.0069), clock
    )
    assert [budget.further(name) for name in ("turns", "tokens", "minutes", "cost")] == [
        *("8", "2469134", "1", "0.0138")
    ]
    clock.now_s, budget.turns = 600.0, 7
    assert (budget.further("minutes"), budget.further("turns")) == ("20", "14")
    assert budget.further("") == Budget(LimitsRecord(), clock).further("turns") == ""


def test_without_limits_nothing_ends() -> None:
    """A run that was set no limits may go on for ever, and is warned of nothing."""
    clock = Clock()
    budget = Budget(LimitsRecord(), clock)
    budget.turns, clock.now_s = 10_000, 1e9
    budget.bill.charge(TokenCount(prompt=10**9, completion=10**9), 1e6)
    budget.check_turn()
    assert list(budget.warnings(1)) == []
    assert budget.room(10**9, lambda usage: 1e6) is None
