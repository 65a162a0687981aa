"""What the screens look like: each kept as a text, in the sizes and colours that matter.

`make snapshots` renews them all; look at what changed before it is committed.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from compare_samples import forked
from run_samples import run
from screen_sample import Log, StillFeed, haiku
from snapshot import compare, snapshot
from textual.app import App
from textual.pilot import Pilot

from duologue.habits import Habits, Theme
from duologue.record import events as ev
from duologue.record.comparison import comparison_of
from duologue.record.draft import Draft
from duologue.record.parts import Criterion, Parent, PlanTask
from duologue.record.shelf import Shelf
from duologue.tui.app import RunApp
from duologue.tui.compare import CompareApp
from duologue.tui.home import HomeApp
from duologue.tui.home_state import Deeds, HomeState
from duologue.tui.player import Player
from duologue.tui.review import ReviewScreen

SMALL, USUAL, LARGE = (40, 12), (80, 24), (140, 50)
GOAL = "Write a haiku about rivers, in English, that a child would like."
Show = Callable[[Pilot[Any]], Awaitable[None]]


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the person at this machine wants of programs."""
    monkeypatch.delenv("NO_COLOR", raising=False)


def underway() -> Log:
    """A run in its fourth turn: a draft was judged, overruled, and is being written anew."""
    log = Log(cost_usd=0.0042)
    log.start(GOAL, max_turns=40, max_tokens=200_000, max_minutes=30)
    log.turn(1, "user", "Please write a **haiku** about rivers, in three lines.")
    log.add(
        ev.PlanChanged(
            turn=1, tasks=[PlanTask(id="1", text="Get a draft"), PlanTask(id="2", text="Count its words")]
        )
    )
    poem = "The river carries\nthe old moon over the stones\nand brings it back whole"
    text = f"Here is a draft, *with the moon in it*:\n\n<result>\n{poem}\n</result>"
    log.turn(2, "assistant", text, "Five, seven, five. Rivers, not ponds.", poem)
    log.add(ev.GuardRaised(turn=2, role="assistant", guard="echo", reason="no new words", rung="nudge"))
    log.verdict(2, "done", "unknown", stands=False)
    log.add(ev.VerdictOverruled(turn=2, reasons=["c1: the quote does not stand"]))
    log.turn(3, "user", "A child may not know what *whole* means. Say it otherwise, please.")
    log.begin(4, "assistant")
    return log


def live() -> RunApp:
    """The run as its fourth turn arrives. Nothing more comes, so that its clock stands still."""
    draft = Draft(4, "assistant", "turn", "a4", "You are right:\n\n- a child sees the", "")
    feed = StillFeed(underway().records, draft=draft, live=False)
    return RunApp(feed, mode="live", title="20260102-030405-abcd")


def replay() -> RunApp:
    """A finished run, paused at the end of its second turn."""
    player = Player(haiku().records, playing=False)
    player.go_to_turn(2)
    return RunApp(player, mode="replay", title="20260102-030405-abcd")


def home(folder: Path) -> HomeApp:
    """A handful of runs: one of each way to end, and a fork."""
    parent = Parent(run="river", turn=2, seq=1, sum="0" * 16)
    # Half a unit past a full one: a slow machine does not age them.
    told = [("river", GOAL, "done", 4), ("table", "Sum the table up.", "limit", 40)]
    told += [("talk", "Settle which of the two proofs is wrong, and say why.", "stalled", 12)]
    told += [("letter", "A letter to the landlord about the cold radiators.", "failed", 3)]
    for days, (name, goal, outcome, turns) in enumerate(told, 2):
        run(folder, name, goal, outcome=outcome, turns=turns, age=_age(days))
    run(folder, "fork", GOAL, turns=6, cost_usd=None, age=_age(1), parent=parent)
    deeds = Deeds(lambda _path: None, lambda _path, _output: None)
    return HomeApp(Shelf(folder), deeds, HomeState())


def _age(days: int) -> int:
    """Minutes from so many days and a half ago to when the samples begin."""
    began = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return round((began - datetime.now(UTC) + timedelta(days=days + 0.5)).total_seconds() / 60)


async def kept(app: App[Any], name: str, size: tuple[int, int], show: Show | None = None) -> None:
    """The screen is as it was kept, after what `show` does."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        if show is not None:
            await show(pilot)
        await pilot.pause()
        compare(f"{name}-{size[0]}x{size[1]}", snapshot(app))


@pytest.mark.parametrize("size", [SMALL, USUAL, LARGE])
async def test_a_run_going_on(size: tuple[int, int]) -> None:
    """A turn in mid-stream below a verdict that was overruled."""
    await kept(live(), "live", size)


@pytest.mark.parametrize("theme", ["light", "contrast", "terminal"])
async def test_a_run_in_other_colours(theme: Theme) -> None:
    """The same in every theme."""
    app = live()
    app.theme = RunApp(StillFeed(), mode="live", habits=Habits(theme=theme)).theme
    await kept(app, f"live-{theme}", USUAL)


async def test_a_run_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR takes the hues, and what they tell stands there in words and signs."""
    monkeypatch.setenv("NO_COLOR", "1")
    await kept(live(), "live-no-color", USUAL)


async def test_a_replay() -> None:
    """A recording that is paused at a turn."""
    await kept(replay(), "replay", USUAL)


@pytest.mark.parametrize("size", [SMALL, USUAL, LARGE])
async def test_the_list_of_runs(size: tuple[int, int], tmp_path: Path) -> None:
    """Every way to end, one of them in place."""
    app = home(tmp_path)

    async def looked(pilot: Pilot[Any]) -> None:
        while "reading" in app._title():
            await pilot.pause(0.01)

    await kept(app, "home", size, looked)


@pytest.mark.parametrize("size", [USUAL, LARGE])
async def test_two_runs_side_by_side(size: tuple[int, int], tmp_path: Path) -> None:
    """A fork beside its parent."""
    _, fork = forked(tmp_path)
    await kept(CompareApp(comparison_of(tmp_path, (fork,))), "compare", size)


async def test_an_approval() -> None:
    """Proposed criteria, above the run that waits for an answer."""
    proposed = [
        Criterion(id="c1", text="It has three lines", kind="judged", origin="goal"),
        Criterion(id="c2", text="At most 20 words", kind="checked", origin="option", check="max_words:20"),
        Criterion(id="c3", text="A child of six knows every word", kind="judged", origin="goal", weight=2),
    ]

    async def ask(pilot: Pilot[Any]) -> None:
        await pilot.app.push_screen(ReviewScreen(proposed))

    await kept(live(), "approval", USUAL, ask)


async def test_the_help() -> None:
    """All keys of a run that is going on."""

    async def ask(pilot: Pilot[Any]) -> None:
        await pilot.press("question_mark")

    await kept(live(), "help", USUAL, ask)
