"""The talk: what is laid out when, and what stays in place."""

from dataclasses import dataclass, field

import pytest
from screen_reading import shown
from screen_sample import Log
from textual.app import App, ComposeResult
from textual.strip import Strip

from duologue.record.draft import Draft
from duologue.record.events import TurnCompleted
from duologue.record.view import RunView
from duologue.tui.blocks import paint_row
from duologue.tui.look import Look
from duologue.tui.rows import Scene
from duologue.tui.transcript import HINT, Transcript
from duologue.tui.turn_block import Growth

MANY = 10_000


@dataclass
class Painter:
    """Paints rows, and notes which."""

    rows: list[int] = field(default_factory=list)

    def __call__(self, scene: Scene, index: int, look: Look, growth: Growth) -> list[Strip]:
        self.rows.append(index)
        return paint_row(scene, index, look, growth)


class TalkApp(App[None]):
    """Nothing but the talk."""

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self.animation_level = "none"
        self._painter = painter

    def compose(self) -> ComposeResult:
        yield Transcript(paint=self._painter)


def long_talk(turns: int) -> RunView:
    """A run of that many turns, the last of which is in progress; turns are of unequal height."""
    log = Log()
    log.start()
    for turn in range(1, turns):
        log.turn(turn, "user" if turn % 2 else "assistant", f"turn {turn}\n" + "line\n" * (turn % 7))
    log.begin(turns, "user")
    view = RunView()
    for record in log.records:
        view.apply(record)
    return view


def draft(turn: int, text: str) -> Draft:
    return Draft(turn, "user", "turn", "a", text, "")


async def test_a_growing_draft_lays_out_nothing_else() -> None:
    """With ten thousand turns loaded, each piece of a draft lays out the draft's row and no other."""
    painter, view = Painter(), long_talk(MANY)
    app = TalkApp(painter)
    async with app.run_test(size=(80, 24)) as pilot:
        talk = app.query_one(Transcript)
        talk.show(view, draft(MANY, "a"))
        await pilot.pause()
        assert len(painter.rows) < 60
        painter.rows.clear()
        for count in range(2, 12):
            await pilot.pause(0.06)
            talk.show(view, draft(MANY, "word " * count))
            await pilot.pause()
        await pilot.pause(0.2)
        talk.show(view, draft(MANY, "word " * 12))
        assert set(painter.rows) == {MANY}
        assert len(painter.rows) <= 11
        assert "word word" in "\n".join(shown(talk))


async def test_a_draft_out_of_sight_is_not_laid_out() -> None:
    """When scrolled up, a growing draft costs nothing."""
    painter, view = Painter(), long_talk(200)
    app = TalkApp(painter)
    async with app.run_test(size=(80, 24)) as pilot:
        talk = app.query_one(Transcript)
        talk.show(view, draft(200, "a"))
        await pilot.press("ctrl+home")
        painter.rows.clear()
        talk.show(view, draft(200, "a" * 500))
        await pilot.pause()
        assert painter.rows == []


async def test_what_was_read_stays_in_place() -> None:
    """Scrolled up, new lines leave what is in sight where it is, a hint says so, and G follows again."""
    view = long_talk(60)
    app = TalkApp(Painter())
    async with app.run_test(size=(80, 24)) as pilot:
        talk = app.query_one(Transcript)
        talk.show(view, None)
        await pilot.press("pageup", "pageup")
        before = shown(talk)
        assert not talk.follows
        talk.show(view, draft(60, "word\n\n" * 50))
        await pilot.pause()
        after = shown(talk)
        assert after[:-1] == before[:-1]
        assert after[-1] == HINT.rstrip()
        await pilot.press("G")
        assert talk.follows
        assert shown(talk)[-1] != HINT.rstrip()
        assert any(line.endswith("word") for line in shown(talk))


@pytest.mark.parametrize(("key", "turns"), [("up", 5), ("pageup", 14)])
async def test_scrolling_up_skips_and_repeats_nothing(key: str, turns: int) -> None:
    """All the way up through rows that were only estimated, every line comes once and in order."""
    view = long_talk(turns)
    app = TalkApp(Painter())
    async with app.run_test(size=(60, 8)) as pilot:
        talk = app.query_one(Transcript)
        talk.show(view, None)
        await pilot.pause()
        lines = shown(talk)
        height = len(lines)
        while talk.scroll_offset.y > 0:
            before = shown(talk)
            await pilot.press(key)
            now = shown(talk)
            overlap = next(by for by in range(1, height + 1) if now[by:] == before[: height - by])
            lines = now[:overlap] + lines
        said = [int(line.split()[-1]) for line in lines if line.startswith("┃ turn")]
        assert said == list(range(1, turns))


async def test_turns_are_scrolled_to() -> None:
    """J, K and a number bring a turn's head to the top."""
    app = TalkApp(Painter())
    async with app.run_test(size=(60, 12)) as pilot:
        talk = app.query_one(Transcript)
        talk.show(long_talk(300), None)
        talk.scroll_to_turn(150)
        await pilot.pause()
        assert "turn 150" in shown(talk)[0]
        await pilot.press("J", "J")
        assert "turn 152" in shown(talk)[0]
        await pilot.press("down", "K")
        assert "turn 152" in shown(talk)[0]
        await pilot.press("K")
        assert "turn 151" in shown(talk)[0]
        talk.scroll_to_turn(9999)
        await pilot.pause()
        assert talk.follows


async def test_a_new_width_keeps_the_place() -> None:
    """When the width changes, the row at the top stays the row at the top."""
    app = TalkApp(Painter())
    async with app.run_test(size=(80, 24)) as pilot:
        talk = app.query_one(Transcript)
        talk.show(long_talk(300), None)
        talk.scroll_to_turn(150)
        await pilot.pause()
        await pilot.resize_terminal(34, 10)
        await pilot.pause()
        assert "turn 150" in shown(talk)[0]


async def test_an_older_view_of_the_same_run_lays_out_nothing_twice() -> None:
    """A run folded anew from its start finds the lines of its settled rows again."""
    painter = Painter()
    app = TalkApp(painter)
    async with app.run_test(size=(80, 24)) as pilot:
        talk = app.query_one(Transcript)
        talk.show(long_talk(30), None)
        await pilot.pause()
        painter.rows.clear()
        talk.show(long_talk(30), None)
        await pilot.pause()
        assert painter.rows == []


async def test_a_turn_that_ended_in_a_batch_is_shown_whole() -> None:
    """A turn in progress that is found complete with others after it is shown as it ended."""
    log, view = Log(), RunView()
    log.start()
    log.begin(1, "user")
    for record in log.records:
        view.apply(record)
    app = TalkApp(Painter())
    async with app.run_test(size=(80, 24)) as pilot:
        talk = app.query_one(Transcript)
        talk.show(view, draft(1, "It beg"))
        await pilot.pause()
        seen = len(log.records)
        said = log.say(1, "user", "It began and ended.")
        log.add(TurnCompleted(turn=1, role="user", completions=[said]))
        log.turn(2, "assistant", "Then came another.")
        for record in log.records[seen:]:
            view.apply(record)
        talk.show(view, None)
        await pilot.pause()
        assert "┃ It began and ended." in shown(talk)
        assert "┃ Then came another." in shown(talk)
