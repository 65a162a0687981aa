"""Long recordings: what is read of them, and that nobody can tell."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from long_log import folded, long_log, written
from screen_reading import shown, talk
from screen_sample import Log

from duologue.record import events as ev
from duologue.record.pages import LogPages
from duologue.record.view import RunView
from duologue.tui.app import RunApp
from duologue.tui.open import screen
from duologue.tui.past import Past
from duologue.tui.player import Player
from duologue.tui.reel import Reel
from duologue.tui.transcript import Transcript

TURNS = 400


@pytest.fixture(scope="module")
def log() -> Log:
    return long_log(TURNS)


@pytest.fixture(scope="module")
def path(log: Log, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(log, tmp_path_factory.mktemp("long"))


def state(view: RunView) -> RunView:
    """All of a view but its items and where they begin."""
    bare = replace(view.bare(0), partial=False)
    bare._cut = None
    return bare


def test_the_pages_of_a_log_are_the_log(log: Log, path: Path) -> None:
    """Every record lies on one page, in order, and is found there by its number and its turn."""
    with LogPages(path) as pages:
        assert len(pages) > 3
        found = [record for page in range(len(pages)) for record in pages.records(page)]
        assert [record.event for record in found] == [record.event for record in log.records]
        assert pages.turns == TURNS
        for record in found[:: len(found) // 50]:
            assert record in pages.records(pages.page_of_seq(record.seq))
        for turn in range(1, TURNS, 37):
            page = pages.records(pages.page_of_turn(turn))
            assert any(getattr(record.event, "turn", 0) == turn for record in page)


def test_the_items_of_the_pages_are_those_of_the_run(log: Log, path: Path) -> None:
    """Pages opened one by one hold what a fold of the whole log holds, turns cut off at a border included."""
    whole = folded(log)
    with LogPages(path) as pages:
        past = Past(pages, len(pages), whole.started)
        place = 0
        while place < len(past.rows):
            place += past.open(place)
        assert past.rows == whole.items


@pytest.mark.parametrize("counted", [True, False])
def test_the_state_at_any_place_is_that_of_the_moment(log: Log, path: Path, counted: bool) -> None:
    """Wherever one jumps, criteria, budget and plan are those of that moment, once they are counted."""
    with LogPages(path) as pages:
        player = Player(pages, playing=False)
        reel = Reel(player)
        if counted:
            player.ledger.work(60)
        for turn in random.Random(1).sample(range(1, TURNS), 20):
            player.go_to_turn(turn)
            reel.advance()
            assert player.turn == turn
            player.ledger.work(0 if counted else 60)
            reel.advance()
            view = reel.view
            whole = folded(log, view.seq)
            assert state(view) == state(whole)
            assert view.items == whole.items[len(whole.items) - len(view.items) :]


def test_a_state_that_is_not_counted_yet_is_said_to_be_partial(path: Path) -> None:
    """Before the counting has come there, the view says so."""
    with LogPages(path) as pages:
        player = Player(pages, playing=False)
        reel = Reel(player)
        player.end()
        reel.advance()
        assert reel.view.partial
        player.ledger.work(60)
        reel.advance()
        assert not reel.view.partial


def test_playing_through_holds_few_items(log: Log, path: Path) -> None:
    """However long it plays, the items of a few pages are held, and every record comes in order."""
    now = 0.0
    with LogPages(path) as pages:
        player = Player(pages, clock=lambda: now)
        reel = Reel(player)
        reached = 0
        while player.playing:
            now += 5.0
            reel.advance()
            assert reel.view.seq >= reached
            reached = reel.view.seq
            assert len(reel.view.items) < 400
        assert reached == log.records[-1].seq
        assert reel.view.turns == TURNS


async def test_scrolling_through_a_long_run_skips_and_repeats_nothing(tmp_path: Path) -> None:
    """From the end up to the goal and down again through pages that are read on the way, each turn comes once
    and in order, and only a few pages stay open."""
    app = screen(written(long_log(turns := 170), tmp_path))
    async with app.run_test(size=(60, 150)) as pilot:
        await pilot.press("end")
        talking = app.query_one(Transcript)
        assert f"turn {turns}" in talk(app)
        for by in (-1, 1):
            seen: list[int] = []
            place = -1
            while place != talking.scroll_offset.y:
                place = talking.scroll_offset.y
                heads = [
                    int(line.split()[4]) for line in shown(talking) if " · turn " in line and "┃" in line
                ]
                heads = [turn for turn in heads if turn not in seen[-20:]]
                seen += reversed(heads) if by < 0 else heads
                talking.action_page(by)
                await pilot.pause(0)
            assert seen == list(range(1, turns + 1))[::by]


async def test_a_jump_keeps_what_is_read_in_place(path: Path) -> None:
    """Scrolled up, the talk stays where it is when the counting arrives."""
    app = screen(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "g", *"250", "enter")
        await pilot.press("pageup", "pageup", "up")
        before = shown(app.query_one(Transcript))
        for _ in range(100):
            app.tick()
        await pilot.pause()
        assert shown(app.query_one(Transcript)) == before


def turn_at_top(app: RunApp) -> int:
    """The number of the turn at the top of what is in sight."""
    return said[0] if (said := app.transcript.said_at_top) is not None else 0


async def test_turns_longer_than_a_page_are_gone_through(tmp_path: Path) -> None:
    """What fills several pages leaves one without an item: every turn is come to, both ways."""
    log = Log()
    log.start(max_turns=40)
    for turn in range(1, 25):
        log.begin(turn, "user")
        said = [log.say(turn, "user", "words"[at], "x" * (turn % 3) * 50_000) for at in range(5)]
        log.add(ev.TurnCompleted(turn=turn, role="user", completions=said, result=None))
    app = screen(written(log, tmp_path))
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.press("end")
        for key, turns in (("K", range(23, 0, -1)), ("J", range(2, 24))):
            for turn in turns:
                await pilot.press(key)
                assert app.transcript.said_at_top[0] == turn
        for turn in (20, 2, 11):
            app.transcript.scroll_to_turn(turn)
            await pilot.pause()
            assert app.transcript.said_at_top[0] == turn
