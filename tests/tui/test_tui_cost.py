"""What a run costs, on the screen."""

from screen_reading import shown, talk
from screen_sample import Log
from textual.widgets import Static

from duologue.record import events as ev
from duologue.record.parts import Spent
from duologue.tui.app import RunApp
from duologue.tui.player import Player
from duologue.tui.sidebar import Sidebar


async def seen(log: Log) -> tuple[str, str]:
    """The talk and the sidebar at the end of this log."""
    player = Player(log.records, playing=False)
    player.end()
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(140, 60)) as pilot:
        await pilot.pause()
        return talk(app), "\n".join(shown(app.query_one(Sidebar).query_one(Static)))


def ended(cost_usd: float | None, unpriced: int = 0, **limits: float) -> Log:
    """Two turns at this price each, and an ending."""
    log = Log(cost_usd=cost_usd)
    log.start(**limits)
    log.turn(1, "user", "Write it.")
    log.turn(2, "assistant", "Here it is.")
    total = None if cost_usd is None else 2 * cost_usd
    spent = Spent(turns=2, calls=2, tokens=824, seconds=9, cost_usd=total, unpriced_tokens=unpriced)
    log.add(ev.RunEnded(outcome="limit", reason="It is spent.", unmet=[], spent=spent, next="…"))
    return log


async def test_cost_stands_beside_the_tokens() -> None:
    """Per turn, per role, in all, and as a part of its limit."""
    text, side = await seen(ended(0.0123, max_cost_usd=0.03))
    assert "user · turn 1 · model-a · 412 tokens · $0.012 · 3.5 s" in text
    assert "cost: 2 turns, 2 calls, 824 tokens, $0.025, 0:" in text
    assert "cost    ▰▰▰▰▱   $0.025 $0.0054" in side
    for role in ("user     ", "assistant"):
        assert f"{role}   412 tokens $0.012" in side


async def test_an_unknown_price_is_told() -> None:
    """Where no price is known the tokens stand, and the sums say that their price is unknown."""
    text, side = await seen(ended(None))
    assert "user · turn 1 · model-a · 412 tokens · 3.5 s" in text
    assert "824 tokens, price unknown, 0:" in text
    assert "cost                 ?       –" in side
    assert "412 tokens ?" in side


async def test_what_is_free_is_not_priced() -> None:
    """A run that costs nothing says nothing of money."""
    text, side = await seen(ended(0.0))
    assert "$" not in text + side
    assert "824  199.2k" in side
    assert "cost " not in side
