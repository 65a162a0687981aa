"""Finding, filtering, going from mark to mark, copying, following evidence."""

import base64
from pathlib import Path

import pytest
from long_log import long_log, written
from screen_reading import everything, shown, talk
from screen_sample import Log, StillFeed, haiku
from textual.events import MouseMove
from textual.pilot import Pilot

from duologue.record import events as ev
from duologue.record.import_file import import_files
from duologue.record.items import TurnItem
from duologue.record.parts import Evidence, PlanTask
from duologue.tui.app import RunApp
from duologue.tui.blocks import paint_row
from duologue.tui.cells import Cells
from duologue.tui.header import Header
from duologue.tui.look import Look
from duologue.tui.open import player, screen
from duologue.tui.palette import DARK
from duologue.tui.player import Player
from duologue.tui.reel import Reel
from duologue.tui.rows import Scene
from duologue.tui.sidebar import Sidebar

TALKS = Path(__file__).parents[2].parent / "shared" / "data" / "transcripts" / "airline.jsonl.gz"


def at_end(log: Log | None = None) -> Player:
    player = Player((log or haiku()).records, playing=False)
    player.end()
    return player


def header(app: RunApp) -> str:
    return "\n".join(shown(app.screen_stack[0].query_one(Header)))


async def find(pilot: Pilot[str | None], words: str) -> None:
    await pilot.press("slash", *words, "enter")
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, RunApp)
    for _ in range(20):
        app.tick()
    await pilot.pause()


def many() -> Log:
    log = Log()
    log.start()
    for turn in range(1, 41):
        log.turn(
            turn,
            "user" if turn % 2 else "assistant",
            f"turn {turn}\n" + "line\n" * 5 + "needle" * (turn % 10 == 0),
        )
        if turn % 10 == 5:
            log.add(ev.GuardRaised(turn=turn, role="user", guard="echo", reason=f"at {turn}", rung="nudge"))
    return log


@pytest.mark.parametrize("replayed", [True, False])
async def test_words_are_found(replayed: bool) -> None:
    """A slash and words go to the first match; n and N to the next and the one before, round the ends; the
    matches are counted and highlighted, whatever their letter case."""
    feed = at_end(many()) if replayed else StillFeed(many().records)
    app = RunApp(feed, mode="replay" if replayed else "watch")
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("ctrl+home")
        await find(pilot, "NEEDLE")
        assert "/NEEDLE 1/4" in header(app)
        assert "turn 10" in talk(app)
        for key, place, turn in (("n", 2, 20), ("n", 3, 30), ("N", 2, 20), ("N", 1, 10), ("N", 4, 40)):
            await pilot.press(key)
            app.tick()
            await pilot.pause()
            assert f"/NEEDLE {place}/4" in header(app)
            assert f"turn {turn}" in talk(app)
        styles = {
            str(s.style)
            for strip in app.transcript.render_lines(app.transcript.size.region)
            for s in strip
            if "needle" in s.text
        }
        assert any("reverse" in style for style in styles)
        await find(pilot, "")
        assert "NEEDLE" not in header(app)


async def test_a_replay_finds_what_is_still_to_come(tmp_path: Path) -> None:
    """In a long recording at its start, a search goes to a page that was not read before."""
    app = screen(written(long_log(300), tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space")
        await find(pilot, "line of words 233")
        for _ in range(40):
            app.tick()
        await pilot.pause()
        assert "233" in talk(app)
        assert app.player is not None
        assert app.player.seq > 400


async def test_marks_are_gone_to() -> None:
    """Braces go to the next and the previous event of note."""
    player = Player(many().records, playing=False)
    player.ledger.work(60)
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("right_curly_bracket", "right_curly_bracket")
        assert "at 15" in talk(app)
        await pilot.press("left_curly_bracket")
        assert "at 5" in talk(app)
        await pilot.press("left_curly_bracket")
        assert "at 5" in talk(app)


def far_apart() -> Log:
    """A long run with two events of note, on pages far from one another."""
    log = Log()
    log.start()
    for turn in range(1, 601):
        log.turn(turn, "user" if turn % 2 else "assistant", f"turn {turn}\n" + "line of words\n" * 40)
        if turn in (150, 450):
            log.add(ev.GuardRaised(turn=turn, role="user", guard="echo", reason=f"at {turn}", rung="nudge"))
    return log


async def gone_to(pilot: Pilot[str | None], turn: int) -> None:
    """The mark of that turn is shown, be it after some looking."""
    app = pilot.app
    assert isinstance(app, RunApp)
    for _ in range(400):
        app.tick()
        if "looking for a mark" not in header(app):
            break
    await pilot.pause()
    assert app.player is not None
    assert app.player.turn == turn
    assert f"at {turn}" in talk(app)


async def test_marks_are_found_on_pages_that_were_not_counted(tmp_path: Path) -> None:
    """In a long recording that was opened a moment ago, braces go to marks on pages that nobody has read; and
    where there is none in that direction, that is said."""
    app = screen(written(far_apart(), tmp_path))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("space", "right_curly_bracket")
        await gone_to(pilot, 150)
        await pilot.press("right_curly_bracket")
        await gone_to(pilot, 450)
        await pilot.press("end", "left_curly_bracket")
        await gone_to(pilot, 450)
        await pilot.press("left_curly_bracket")
        await gone_to(pilot, 150)
        assert not app._notifications
        await pilot.press("left_curly_bracket")
        await gone_to(pilot, 150)
        assert [each.message for each in app._notifications] == ["no earlier mark"]


async def test_turns_that_are_not_counted_are_dots(tmp_path: Path) -> None:
    """The bottom line says of which turns it does not know yet, and fills as they are counted."""
    app = screen(written(far_apart(), tmp_path))
    async with app.run_test(size=(100, 24)) as pilot:
        cells = app.query_one(Cells)
        assert app.player is not None
        assert "·" in shown(cells)[0] or app.player.ledger.done
        app.player.ledger.work(60)
        app.tick()
        await pilot.pause()
        assert "·" not in shown(cells)[0]
        assert shown(cells)[0].count("!") == 2


async def test_the_bottom_line_is_scrubbed() -> None:
    """Drawing the mouse along the bottom line with the button held goes along, there and back; without the
    button nothing moves."""
    player = Player(many().records, playing=False)
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.mouse_down(Cells, offset=(4, 0))
        turns = []
        for place in (5, 20, 39, 9):
            await pilot._post_mouse_events([MouseMove], Cells, offset=(place, 0), button=1)
            await pilot.pause()
            turns.append(player.turn)
            assert f"turn {place + 1}" in talk(app)
        assert turns == [6, 21, 40, 10]
        await pilot._post_mouse_events([MouseMove], Cells, offset=(60, 0), button=1)
        await pilot._post_mouse_events([MouseMove], Cells, offset=(30, 0), button=0)
        await pilot.pause()
        assert player.turn == 10


async def test_what_tools_gave_is_unfolded() -> None:
    """t shows in full what tools gave, and folds it again; a click does so for one."""
    log = Log()
    log.start()
    log.begin(1, "assistant")
    for name in ("read", "list"):
        text = "".join(f"{name}-{at}\n" for at in range(30))
        log.add(ev.ToolFinished(turn=1, role="assistant", call=name, name=name, ok=True, text=text))
    app = RunApp(StillFeed(log.records), mode="watch")
    async with app.run_test(size=(40, 100)) as pilot:
        folded = talk(app)
        assert "read-29" not in folded
        await pilot.press("t")
        assert "read-29" in talk(app)
        assert "list-29" in talk(app)
        await pilot.press("t")
        assert talk(app) == folded
        place = next(at for at, line in enumerate(folded.splitlines()) if "list-0" in line)
        await pilot.click(app.transcript, offset=(5, place))
        assert "list-29" in talk(app)
        assert "read-29" not in talk(app)


async def test_tenths_of_a_recording() -> None:
    """A digit goes to that tenth of the time."""
    player = Player(many().records, playing=False)
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        assert 0.49 < player.position_s / player.duration_s < 0.51
        await pilot.press("0")
        assert player.turn == 0


async def test_rows_are_filtered() -> None:
    """f shows one side alone, then verdicts, then marks, then all again; the header says which."""
    app = RunApp(at_end(), mode="replay")
    async with app.run_test(size=(100, 60)) as pilot:
        everything_ = talk(app)
        for only, there, gone in (
            ("user", "user · turn 1", "assistant · turn 2"),
            ("assistant", "assistant · turn 2", "user · turn 1"),
            ("judge", "judge · after turn 2", "turn 1 ·"),
            ("marks", "⚠ guard", "judge · after"),
        ):
            await pilot.press("f")
            app.tick()
            await pilot.pause()
            assert there in talk(app)
            assert gone not in talk(app)
            assert f"only {only} (f)" in header(app)
        await pilot.press("f")
        assert talk(app) == everything_


async def test_a_turns_markdown_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """y copies what was said as it was written, and says so; within tmux, past it too."""
    app = RunApp(at_end(), mode="replay")
    sent: list[str] = []
    async with app.run_test(size=(80, 24)) as pilot:
        monkeypatch.setenv("TMUX", "/tmp/tmux")
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", sent.append)
        await pilot.press("y")
        assert app.clipboard.startswith("You are right.\n\n<result>\nAn old silent pond")
    coded = base64.b64encode(app.clipboard.encode()).decode()
    assert f"\x1bPtmux;\x1b\x1b]52;c;{coded}\x07\x1b\\" in sent


async def test_a_criterion_leads_to_its_evidence_and_back() -> None:
    """e lists the quotes; enter goes to the turn that one stands in, and backspace back."""
    log = many()
    log.verdict(40, "continue", "met", stands=True)
    verdict = log.records[-1].event
    assert isinstance(verdict, ev.VerdictGiven)
    verdict.criteria[0].evidence[0] = Evidence(where="turn 12", quote="turn 12", stands=True)
    app = RunApp(at_end(log), mode="replay")
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("pageup")
        before = talk(app)
        await pilot.press("e")
        assert "“turn 12” turn 12" in everything(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "turn 12" in talk(app).splitlines()[0]
        await pilot.press("backspace")
        await pilot.pause()
        assert before.splitlines()[-3] in talk(app)


async def test_the_bottom_line_is_the_run() -> None:
    """A cell a turn, with signs where something stands out; a click goes there."""
    player = Player(many().records, playing=False)
    player.ledger.work(60)
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(80, 24)) as pilot:
        app.tick()
        await pilot.pause()
        cells = app.query_one(Cells)
        assert shown(cells)[0].count("!") == 4
        assert len(shown(cells)[0].rstrip()) == 40
        await pilot.click(Cells, offset=(24, 0))
        assert player.turn == 25
        await pilot.resize_terminal(20, 24)
        await pilot.pause()
        assert len(shown(cells)[0].rstrip()) == 20
        assert cells.turns_at(19) == (39, 40)


async def test_the_panel_shows_plan_and_course() -> None:
    """The plan stands in the panel as it was at the moment played, and the criteria's course as bars."""
    log = many()
    log.verdict(40, "continue", "unmet", stands=False)
    log.verdict(40, "continue", "met", stands=True)
    tasks = [PlanTask(id="1", text="Rhyme \x1b[31m", state="done"), PlanTask(id="2", text="Count")]
    log.add(ev.PlanChanged(turn=40, tasks=tasks))
    player = at_end(log)
    player.ledger.work(60)
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(140, 50)) as pilot:
        app.tick()
        await pilot.pause()
        side = "\n".join(shown(app.query_one(Sidebar).query_one("Static")))
        assert "☑ Rhyme ␛[31m" in side
        assert "☐ Count" in side
        assert "criteria 2/2 ▁█" in side
        await pilot.press("left")
        assert "plan" not in "\n".join(shown(app.query_one(Sidebar).query_one("Static")))


async def test_a_click_unfolds_one_turn() -> None:
    """A click shows what was thought aloud in one turn alone, and folds it again."""
    app = RunApp(at_end(), mode="replay")
    async with app.run_test(size=(80, 100)) as pilot:
        lines = shown(app.transcript)
        place = next(at for at, line in enumerate(lines) if "thought for 22" in line)
        await pilot.click(app.transcript, offset=(10, place))
        assert "Let me count: 5, 7, 5." in talk(app)
        assert "Count again." not in talk(app)
        await pilot.click(app.transcript, offset=(10, place))
        assert "Let me count" not in talk(app)


@pytest.mark.skipif(not TALKS.is_file(), reason="the hundred recorded talks are not here")
def test_a_hundred_real_talks_are_shown(tmp_path: Path) -> None:
    """Real talks with tools, imported, are played to their end, and every row of them is painted."""
    runs = import_files([TALKS], tmp_path)
    assert len(runs) == 100
    for run in runs:
        replayed = player(run / "log.jsonl")
        reel = Reel(replayed)
        replayed.end()
        reel.advance()
        scene = Scene(reel.view)
        painted = [paint_row(scene, index, Look(80, DARK)) for index in range(len(scene))]
        assert replayed.turn == replayed.turns > 0
        assert sum(isinstance(item, TurnItem) for item in reel.view.items) == replayed.turns
        assert all(painted[:-1])
