"""Every dialog on a terminal that is too small: what it asks and the keys that answer are there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_samples import run
from screen_sample import Log, StillFeed, haiku
from test_tui_typed import asking, home, proposed, specified
from textual.app import App
from textual.pilot import Pilot

from duologue.record import events as ev
from duologue.record.parts import Criterion, CriterionVerdict, Evidence
from duologue.record.shelf import Shelf
from duologue.tui.app import RunApp
from duologue.tui.home import HomeApp
from duologue.tui.home_state import Deeds
from duologue.tui.player import Player

SMALL = (20, 5)


def ended() -> RunApp:
    return RunApp(StillFeed(list(haiku().records)), mode="watch")


def linked() -> RunApp:
    log = Log()
    log.start()
    log.turn(1, "user", "See https://a.example/b.")
    return RunApp(Player(log.records, playing=False), mode="replay")


def running() -> RunApp:
    return RunApp(StillFeed(haiku().records[:5]), mode="live")


def painted(app: App[Any]) -> str:
    """What stands on the terminal, its lines as one."""
    strips = app.screen._compositor.render_strips()
    return " ".join(" ".join(strip.text.strip(" ╭╮│─") for strip in strips).split())


async def settled(app: App[Any], pilot: Pilot[Any], *keys: str) -> None:
    await app.workers.wait_for_complete()
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


DIALOGS: dict[str, tuple[Callable[[], RunApp], list[str], list[str]]] = {
    "say": (asking, ["s"], ["▸user", "⏎ send · ^j new line · esc cancel"]),
    "stop": (asking, ["x"], ["⏎ next · ^j new line · esc cancel"]),
    "stop, meant": (asking, ["x", "enter"], ["It ends now", "y stop · n go on"]),
    "limit": (asking, ["l"], ["▸ turns 1 spent", "⏎ set · esc cancel"]),
    "go to": (asking, ["g"], ["go to turn", "enter · escape"]),
    "find": (asking, ["slash"], ["find", "⏎ · escape"]),
    "question": (lambda: asking(specified()), [], ["Which?", "⏎ answer", "esc cancel"]),
    "review": (lambda: asking(proposed()), [], ["▸", "y approve · esc later · ? keys"]),
    "evidence": (ended, ["e"], ["old pond", "⏎ go · esc"]),
    "criteria": (ended, ["c"], ["It has three", "escape closes"]),
    "links": (linked, ["end", "o"], ["a.example", "⏎ take · esc"]),
    "help": (asking, ["question_mark"], ["pause the run", "escape closes"]),
    "palette": (asking, ["ctrl+p"], ["Search for"]),
    "park": (running, ["q"], ["Park this run?", "y park n go on"]),
}


@pytest.mark.parametrize("name", DIALOGS)
async def test_a_dialog_tells_its_keys(name: str) -> None:
    """Twenty columns, five lines."""
    make, keys, told = DIALOGS[name]
    app = make()
    async with app.run_test(size=SMALL) as pilot:
        await settled(app, pilot, *keys)
        assert not [words for words in told if words not in painted(app)], painted(app)
        await pilot.press("escape", "escape")


async def test_the_chosen_quote_is_in_sight() -> None:
    """Also where there is room for few of the criteria."""
    verdict = ev.VerdictGiven(
        turn=2,
        decision="continue",
        summary="",
        criteria=[
            CriterionVerdict(
                id=f"c{at}",
                state="met",
                reason="",
                evidence=[Evidence(where="turn 1", quote=f"q{at}", stands=True)],
            )
            for at in range(9)
        ],
    )
    wanted = [Criterion(id=f"c{at}", text=f"Number {at}.", kind="judged", origin="goal") for at in range(9)]
    app = asking(ev.CriteriaSet(criteria=wanted), verdict)
    async with app.run_test(size=SMALL) as pilot:
        await settled(app, pilot, "e")
        assert "“q0”" in painted(app)
        await settled(app, pilot, "up")
        assert "“q8”" in painted(app)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("f", ["Fork after which turn (0 to 4)?", "4", "⏎ · escape"]),
        ("e", ["one.html", "▸as it is", "⏎ save · tab how · esc cancel"]),
        ("d", ["one · done", "y delete · n keep"]),
        ("slash", ["words to look for", "⏎ keep it"]),
    ],
)
async def test_a_question_of_the_list_tells_its_keys(key: str, told: list[str], tmp_path: Path) -> None:
    """Twenty columns, five lines."""
    app = home(tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await settled(app, pilot, key)
        assert not [words for words in told if words not in painted(app)], painted(app)


@pytest.mark.parametrize("size", [SMALL, (40, 12), (80, 24)])
async def test_a_shelf_without_runs_says_how_to_begin(size: tuple[int, int], tmp_path: Path) -> None:
    """The command stands there, whatever room there is."""
    app = HomeApp(Shelf(tmp_path / "none"), Deeds(lambda _: None, lambda *_: None))
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        assert "duologue run" in painted(app)
        assert (str(tmp_path)[:20] in painted(app)) == (size != SMALL)


async def test_the_filter_tells_its_keys_whatever_is_in_it(tmp_path: Path) -> None:
    """At the foot of the screen, as those of the list do."""
    run(tmp_path, "two", "A goal.")
    app = home(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot, "slash", "g")
        assert "⏎ keep it esc show all" in painted(app)
