"""The budget on the screen: what is spent and what is left of each limit, live and at the moment replayed."""

import pytest
from screen_reading import shown
from screen_sample import Log, StillFeed
from textual.pilot import Pilot
from textual.widgets import Static

from duologue.record import events as ev
from duologue.tui.app import RunApp
from duologue.tui.header import Header
from duologue.tui.player import Player
from duologue.tui.sidebar import Sidebar
from duologue.tui.strip_line import StripLine


def run() -> Log:
    """Four turns of a run with every limit, then a pause of ten minutes."""
    log = Log(cost_usd=0.02)
    log.start(max_turns=5, max_tokens=20_000, max_cost_usd=1.0, max_minutes=1.0)
    for turn in range(1, 5):
        log.turn(turn, "user" if turn % 2 else "assistant", "Here it is.")
    log.add(ev.ControlReceived(command="pause", by="the person", line=1), 1.0)
    log.add(ev.ControlReceived(command="say", by="the person", text="Later.", line=2), 600.0)
    return log


async def ticked(app: RunApp, pilot: Pilot[str | None]) -> None:
    app.tick()
    await pilot.pause()


def panel(app: RunApp) -> list[str]:
    return [line.rstrip() for line in shown(app.query_one(Sidebar).query_one(Static))]


def header(app: RunApp) -> str:
    return "\n".join(shown(app.query_one(Header)))


async def test_each_limit_says_what_is_left_of_it() -> None:
    """The panel has a line a limit; what is nearly spent and what waits for the person are told apart."""
    feed = StillFeed(run().records)
    app = RunApp(feed, mode="live")
    async with app.run_test(size=(120, 40)) as pilot:
        await ticked(app, pilot)
        lines = panel(app)
        assert "budget           spent    left" in lines
        assert "turns   ▰▰▰▰▱        4       1" in lines
        assert "tokens  ▱▱▱▱▱     1.6k   18.4k" in lines
        assert "cost    ▱▱▱▱▱    $0.08   $0.92" in lines
        assert "minutes ▰▰▱▱▱     0:18    0:42" in lines


async def test_the_clock_stands_still_in_a_pause() -> None:
    """What the run waits for the person is no time of the run, in the header as in the budget."""
    records = run().records
    feed = StillFeed(records[:-2])
    app = RunApp(feed, mode="live")
    async with app.run_test(size=(120, 40)) as pilot:
        await ticked(app, pilot)
        assert "paused" not in header(app)
        feed.records = records[-2:]
        await ticked(app, pilot)
        assert "paused · 0:18 · " in header(app)
        await ticked(app, pilot)
        assert "paused · 0:18 · " in header(app)


@pytest.mark.parametrize("turn", [1, 3])
async def test_a_replay_says_what_was_left_then(turn: int) -> None:
    """At a turn of a recording the budget is that of this turn."""
    player = Player(run().records, playing=False)
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(120, 40)) as pilot:
        player.go_to_turn(turn)
        await ticked(app, pilot)
        assert any(
            line.startswith("turns") and line.endswith(f"{turn}       {5 - turn}") for line in panel(app)
        )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (99, "left: 1 turn, 18.4k tokens, $0.92, 0:42 minutes"),
        (40, "left: 1 turn, 18.4"),
    ],
)
async def test_a_narrow_screen_says_it_in_a_line(columns: int, said: str) -> None:
    """Without a panel, what is left stands in the line at the bottom, the nearly spent in front."""
    app = RunApp(StillFeed(run().records), mode="live")
    async with app.run_test(size=(columns, 20)) as pilot:
        await ticked(app, pilot)
        assert shown(app.query_one(StripLine))[0].strip().startswith(f"criteria 0/2 ?? · {said}")
