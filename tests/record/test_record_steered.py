"""What commands make of a run, as the screen shows it."""

from duologue.record import events as ev
from duologue.record.parts import Criterion, LimitsRecord, PairRecord, Parent, Spent
from duologue.record.steered import UNSTEERED, Steered

SPENT = Spent(turns=1, calls=1, tokens=1, seconds=1)


def told(command: str, **more: object) -> ev.Event:
    return ev.ControlReceived.model_validate({"command": command, "by": "me", **more})


def started(parent: Parent | None = None) -> ev.Event:
    pair = PairRecord(name="p", title="P", version=1, prompts={})
    return ev.RunStarted(
        program="0",
        run="r",
        goal="g",
        pair=pair,
        settings={},
        limits=LimitsRecord(max_turns=40),
        seed=1,
        parent=parent,
    )


def fold(*events: ev.Event) -> Steered:
    """After these events, one a second from 1."""
    steered = UNSTEERED
    for seq, event in enumerate(events, 1):
        steered = steered.after(ev.Record(seq, "", float(seq), event, ""))
    return steered


def test_a_pause_stops_the_clock() -> None:
    """From a pause to its end no working time passes, and a second pause changes nothing."""
    waits = fold(started(), told("pause"), told("pause"))
    assert (waits.paused, waits.idle_since) == (True, 2.0)
    assert waits.working_s(60.0) == 2.0
    on = fold(started(), told("pause"), told("pause"), told("resume"), told("resume"))
    assert (on.paused, on.idle_s) == (False, 2.0)
    assert on.working_s(10.0) == 8.0


def test_an_ending_and_another_process_end_a_pause() -> None:
    """A run that was parked while it waited goes on when it is resumed."""
    parked = ev.RunParked(reason="r", unmet=[], spent=SPENT, next="n")
    assert fold(started(), told("pause"), parked).paused is False
    resumed = ev.RunResumed(program="0", limits=LimitsRecord(max_turns=9))
    assert fold(started(), told("pause"), resumed).paused is False
    assert fold(started(), told("pause"), resumed).limits.max_turns == 9


def test_limits_are_those_that_hold() -> None:
    """Each limit that is set anew holds from then on."""
    steered = fold(
        started(),
        told("limit", limit="turns", value=60.0),
        told("limit", limit="tokens", value=5000.0),
        told("limit", limit="minutes", value=2.5),
        told("limit", limit="cost", value=1.5),
    )
    assert steered.limits == LimitsRecord(max_turns=60, max_tokens=5000, max_minutes=2.5, max_cost_usd=1.5)


def test_a_fork_has_taken_none_of_its_parents_lines() -> None:
    """Lines of the parent's file do not count, the fork's own do."""
    parent = Parent(run="p", turn=1, seq=2, sum="")
    assert fold(started(parent), told("say", line=7)).taken == 0
    assert fold(started(parent), told("say", line=7), told("say", line=1)).taken == 1
    assert fold(started(), told("say", line=2), told("pause", line=1)).taken == 2


def test_what_the_person_is_asked_stands_still_until_it_is_answered() -> None:
    """A question and proposed criteria are waited for, and the time is not the run's."""
    asked = ev.GoalSpecified(goal="g", question="Which?")
    assert fold(started(), asked).asked == asked
    assert fold(started(), asked).idle_since == 2.0
    answered = fold(started(), asked, told("say", text="This."), asked.model_copy(update={"answer": "This."}))
    assert (answered.asked, answered.idle_s, answered.waits) == (None, 2.0, False)
    criterion = Criterion(id="c1", text="x", kind="judged", origin="goal")
    proposed = ev.CriteriaSet(criteria=[criterion], proposed=True)
    assert fold(started(), proposed).proposed == (criterion,)
    assert fold(started(), proposed, ev.CriteriaSet(criteria=[criterion])).waits is False
