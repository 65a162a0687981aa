"""The ladder: guards climb it while nothing moves, and what moves leads down."""

from collections.abc import Sequence
from pathlib import Path

from scripted_run import ASK, DONE, NOT_DONE, Outcome, play, reply

from duologue.record import events as ev

PROMISE = "I will do it at once."


def delivers(text: str) -> str:
    """An answer that delivers the text."""
    return f"<result>\n{text}\n</result>"


async def played(
    folder: Path, asked: Sequence[str], answered: Sequence[str], *, last: str = NOT_DONE
) -> Outcome:
    """A run of these turns, whose judge is content with the last of them at most."""
    told = [
        reply("user", ask) + reply("assistant", answer) for ask, answer in zip(asked, answered, strict=True)
    ]
    judged = [reply("judge", NOT_DONE)] * (len(asked) - 1) + [reply("judge", last)]
    return await play(folder, *told, *judged, limits={"turns": 2 * len(asked)})


def rungs(run: Outcome) -> list[tuple[int, str]]:
    """The turn of each exchange in which guards were raised, and their rung."""
    return list(dict.fromkeys((event.turn, event.rung) for event in run.of(ev.GuardRaised)))


async def test_new_results_are_no_stall(tmp_path: Path) -> None:
    """A user agent that repeats itself is nudged, and no more, while each exchange brings a new result."""
    answers = [delivers(f"Corva is the cheapest of {n}.") for n in range(5)]
    run = await played(tmp_path, [ASK] * 5, answers, last=DONE)
    assert run.ending.outcome == "done"
    assert rungs(run) == [(4, "nudge"), (6, "nudge"), (8, "nudge"), (10, "nudge")]


async def test_results_that_alternate_are_a_stall(tmp_path: Path) -> None:
    """A result that was delivered before is no progress, even where another stood in between."""
    answers = [delivers(name) for name in ("Corva", "Arno") * 3]
    asked = [f"Number {n} of the offer is still to be named, in a word or two of your own." for n in range(6)]
    run = await played(tmp_path, asked, answers)
    assert run.ending.outcome == "stalled"
    assert rungs(run) == [(6, "nudge"), (8, "replan"), (10, "stalled")]


async def test_progress_after_a_replan(tmp_path: Path) -> None:
    """A new result leads down to the first rung, from which a further alarm climbs again."""
    asked = ["Do part one.", "Do it now.", ASK, "Then part two of it.", "And do that one now."]
    answers = [
        PROMISE,
        "I am going to do that.",
        delivers("Corva"),
        "I will, in a moment of mine.",
        "One moment!",
    ]
    run = await played(tmp_path, asked, answers, last=DONE)
    assert rungs(run) == [(2, "nudge"), (4, "replan"), (8, "nudge"), (10, "replan")]


async def test_different_guards_climb_one_ladder(tmp_path: Path) -> None:
    """It is the talk that makes no progress, in whatever way: an echo after a promise is a rung up."""
    run = await played(tmp_path, ["Do part one.", ASK, "Do part three."], [PROMISE, ASK, ""])
    assert run.ending.outcome == "stalled"
    raised = [(event.guard, event.rung) for event in run.of(ev.GuardRaised)]
    assert raised == [("promise without work", "nudge"), ("echo", "replan"), ("empty turn", "stalled")]


async def test_each_guard_advises(tmp_path: Path) -> None:
    """An agent is told what was seen, and what to do instead."""
    run = await played(tmp_path, ["List them."] * 2, ["I have completed the list.", delivers("Corva")])
    told = run.asked("assistant")[1]["messages"][-1]["content"]
    assert "says that the work is done, and nothing has been delivered." in told
    assert "between <result> and </result>" in told
