"""The screen of a run: every key, every size."""

import pytest
from screen_reading import everything, shown, talk
from screen_sample import Log, StillFeed, haiku
from textual.pilot import Pilot

from duologue.errors import RecordError
from duologue.record.draft import Draft
from duologue.record.events import Record, TurnCompleted
from duologue.record.follow import Poll
from duologue.tui.app import PARK, RunApp
from duologue.tui.header import Header
from duologue.tui.overlay import Overlay
from duologue.tui.park import ParkScreen
from duologue.tui.player import Player
from duologue.tui.sidebar import Sidebar
from duologue.tui.strip_line import StripLine
from duologue.tui.transcript import Transcript

SIZES = [(80, 24), (140, 50), (40, 12), (20, 8)]


def header(app: RunApp) -> str:
    return "\n".join(shown(app.screen_stack[0].query_one(Header)))


async def ticked(app: RunApp, pilot: Pilot[str | None]) -> None:
    """A tick now, whatever the timer does, and what follows from it."""
    app.tick()
    await pilot.pause()


def at_end() -> Player:
    player = Player(haiku().records, playing=False)
    player.end()
    return player


def paused() -> Player:
    return Player(haiku().records, playing=False)


def unfinished() -> Log:
    log = Log()
    log.start()
    log.turn(1, "user", "Please write it.")
    log.begin(2, "assistant")
    return log


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_shows_the_end(size: tuple[int, int]) -> None:
    """From wide to very narrow, the screen opens and follows the end."""
    app = RunApp(at_end(), mode="replay")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.query_one(Transcript).follows
        assert "╰" in talk(app)


async def test_the_whole_run_is_told() -> None:
    """Who spoke, with which model, what was delivered, judged, overruled, and went wrong: all is there."""
    app = RunApp(at_end(), mode="replay")
    async with app.run_test(size=(120, 100)) as pilot:
        await pilot.pause()
        text = talk(app)
    for words in (
        "Write a haiku about rivers.",
        "user · turn 1 · model-a · 412 tokens · 3.5 s",
        "assistant · turn 4 · model-b",
        "thought for 22 characters",
        "─ result ─",
        "Splash! Silence again",
        "judge · after turn 2 · done",
        "OVERRULED",
        "c1: the quote does not stand",
        "does not stand: no such words",
        "✓ It has three lines",
        "✗ It has at most 20 words (check) — 11 words",
        "“old pond” turn 4 · stands",
        "⚠ guard · promise (assistant): no work shown → nudge",
        "✗ attempt failed · assistant: no byte for 60 s Next attempt in 1.0 s.",
        "◔ budget · 32 of 40 turns are spent",
        "≡ context",
        "─ done ─",
        "Every criterion is met.",
        "cost: 4 turns, 6 calls, 1.6k tokens, price unknown, 1:01",
        "next: duologue show run-1",
    ):
        assert words in text
    assert "<result>" not in text
    assert "**" not in text


async def test_an_ending_says_what_is_unmet_and_the_best_result() -> None:
    """A run that failed its goal ends with the best result so far and the criteria in words."""
    log = haiku()
    del log.records[-1]
    log.end("limit", ["c1"])
    player = Player(log.records, playing=False)
    player.end()
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(100, 100)) as pilot:
        await pilot.pause()
        text = talk(app)
    assert "─ limit ─" in text
    assert "best result so far:" in text
    assert "✗ It has three lines" in text


async def test_a_wide_screen_has_a_panel_and_a_narrow_one_a_line() -> None:
    """From a hundred columns on, criteria and budget stand at the side; below that, in one line."""
    app = RunApp(at_end(), mode="replay")
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        assert app.query_one(Sidebar).display
        assert not app.query_one(StripLine).display
        text = everything(app)
        assert "criteria 2/2" in text
        assert "✓ It has at most 20 words" in text
        assert "turns   ▱▱▱▱▱        4      36" in text
        await pilot.resize_terminal(99, 24)
        await pilot.pause()
        assert not app.query_one(Sidebar).display
        assert (
            shown(app.query_one(StripLine))[0]
            .strip()
            .startswith("criteria 2/2 ✓✓ · turns 4, 36 left · tokens")
        )


async def test_the_state_is_that_of_the_moment() -> None:
    """Live, the header says who is waited for, who thinks, who writes, and that the judge judges."""
    log, feed = unfinished(), StillFeed()
    app = RunApp(feed, mode="live")
    async with app.run_test(size=(80, 24)) as pilot:
        assert "starting" in header(app)
        feed.records = list(log.records)
        await ticked(app, pilot)
        assert "waiting for assistant" in header(app)
        feed.draft = Draft(2, "assistant", "turn", "a2", "", "hm")
        await ticked(app, pilot)
        assert "assistant is thinking" in header(app)
        feed.draft = Draft(2, "assistant", "turn", "a2", "Let me", "hm")
        await ticked(app, pilot)
        assert "assistant is writing" in header(app)
        assert "Let me" in talk(app)
        seen = len(log.records)
        text = log.say(2, "assistant", "It is done.")
        log.add(TurnCompleted(turn=2, role="assistant", completions=[text]))
        feed.records, feed.draft = log.records[seen:], Draft(2, "judge", "verdict", "v", '{"de', "")
        await ticked(app, pilot)
        assert "judging" in header(app)
        assert "judge weighs the evidence · 4 characters so far" in talk(app)


async def test_replay_plays_and_pauses() -> None:
    """Space plays and pauses; the header says which."""
    app = RunApp(paused(), mode="replay")
    async with app.run_test(size=(80, 24)) as pilot:
        assert "∥ replay 1×" in header(app)
        await pilot.press("space")
        await ticked(app, pilot)
        assert "▶ replay 1×" in header(app)
        await pilot.press("space")
        await ticked(app, pilot)
        assert "∥ replay 1×" in header(app)


async def test_replay_steps_and_turns() -> None:
    """Arrows step by records, brackets by turns, home and end go to start and end."""
    player = paused()
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("right", "right")
        assert "user · turn 1" in talk(app)
        await pilot.press("left")
        assert "user · turn 1" not in talk(app)
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert player.turn == 2
        assert "turn 2/4" in header(app)
        await pilot.press("left_square_bracket")
        assert player.turn == 1
        await pilot.press("end")
        assert "─ done ─" in talk(app)
        await pilot.press("home")
        assert "turn 1" not in talk(app)
        assert player.turn == 0


async def test_criteria_and_budget_are_those_of_the_moment() -> None:
    """At an earlier turn of a replay, criteria and budget stand as they stood then."""
    app = RunApp(at_end(), mode="replay")
    async with app.run_test(size=(90, 24)) as pilot:
        line = app.query_one(StripLine)
        assert "criteria 2/2 ✓✓ · turns 4, 36 left" in shown(line)[0]
        await pilot.press("left_square_bracket")
        await ticked(app, pilot)
        assert "criteria 0/2 ?✗ · turns 3, 37 left" in shown(line)[0]


async def test_speed_keys() -> None:
    """Plus and minus double and halve the speed."""
    app = RunApp(paused(), mode="replay")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("plus", "plus")
        await ticked(app, pilot)
        assert "replay 4×" in header(app)
        await pilot.press("minus", "minus", "minus")
        await ticked(app, pilot)
        assert "replay 0.5×" in header(app)


async def test_going_to_a_turn() -> None:
    """g, a number and enter go there; escape does not; what is no number cannot be typed."""
    player = paused()
    app = RunApp(player, mode="replay")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("g", "x", "4", "backspace", "3")
        assert "go to turn (1 to 4): 3▌" in everything(app)
        await pilot.press("enter")
        assert player.turn == 3
        await pilot.press("g", "1", "escape")
        assert player.turn == 3
        await pilot.press("g", "home", "enter")
        assert player.turn == 3


async def test_going_to_a_turn_of_a_live_run_scrolls() -> None:
    """In a live run, g scrolls to the turn's head, and home and end to goal and end."""
    log = Log()
    log.start()
    for turn in range(1, 40):
        log.turn(turn, "user" if turn % 2 else "assistant", "line\n" * 6)
    app = RunApp(StillFeed(log.records), mode="watch")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("g", "1", "7", "enter")
        await pilot.pause()
        assert "turn 17" in talk(app).splitlines()[0]
        await pilot.press("home")
        assert talk(app).startswith("goal")
        await pilot.press("end")
        assert "turn 39" in talk(app)


async def test_the_players_keys_do_nothing_live() -> None:
    """A live run offers none of the player's keys and is not moved by them."""
    app = RunApp(StillFeed(unfinished().records), mode="live")
    async with app.run_test(size=(120, 24)) as pilot:
        before = talk(app)
        await pilot.press("right", "left", "5", "plus", "minus")
        assert talk(app) == before
        offered = {key for key, binding in app.active_bindings.items() if binding.enabled}
        assert not offered & {"right", "5", "plus"}
        assert app.active_bindings["space"].binding.description == "pause"


async def test_reasoning_unfolds() -> None:
    """r shows what was thought aloud, and folds it again."""
    app = RunApp(at_end(), mode="replay")
    async with app.run_test(size=(80, 100)) as pilot:
        assert "Let me count" not in talk(app)
        await pilot.press("r")
        assert "Let me count: 5, 7, 5." in talk(app)
        await pilot.press("r")
        assert "Let me count" not in talk(app)


@pytest.mark.parametrize(("key", "words"), [("c", "✓ It has three lines"), ("question_mark", "play, pause")])
async def test_overlays_open_and_close(key: str, words: str) -> None:
    """c shows the criteria and ? the keys; the same key, escape and q close them."""
    app = RunApp(at_end(), mode="replay")
    async with app.run_test(size=(80, 30)) as pilot:
        for closing in (key, "escape", "q"):
            await pilot.press(key)
            assert isinstance(app.screen, Overlay)
            assert words in everything(app)
            await pilot.press(closing)
            assert not isinstance(app.screen, Overlay)
    assert app.return_value is None


@pytest.mark.parametrize(("keys", "result"), [("q y", PARK), ("ctrl+c ctrl+c", PARK), ("ctrl+q enter", PARK)])
async def test_leaving_a_live_run_parks_it_if_one_agrees(keys: str, result: str) -> None:
    """Quitting a run of this process asks; yes leaves with the wish to park it."""
    app = RunApp(StillFeed(unfinished().records), mode="live")
    async with app.run_test(size=(80, 24)) as pilot:
        asking, answer = keys.split()
        await pilot.press(asking)
        assert isinstance(app.screen, ParkScreen)
        assert "Park this run?" in everything(app)
        await pilot.press(answer)
        await pilot.pause()
    assert app.return_value == result


@pytest.mark.parametrize("answer", ["n", "escape"])
async def test_declining_to_park_goes_on(answer: str) -> None:
    """No closes the question, and the run goes on being shown."""
    app = RunApp(StillFeed(unfinished().records), mode="live")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q", answer)
        assert not isinstance(app.screen, ParkScreen)
        assert app.is_running
        assert app.return_value is None


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_leaving_what_goes_on_elsewhere_or_ended_asks_nothing(key: str) -> None:
    """Watched, replayed and ended runs are left at once."""
    for app in (
        RunApp(StillFeed(unfinished().records), mode="watch"),
        RunApp(at_end(), mode="replay"),
        RunApp(StillFeed(haiku().records), mode="live"),
    ):
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press(key)
            await pilot.pause()
            assert not app.is_running
        assert app.return_value is None


async def test_a_watched_run_that_nobody_writes_is_interrupted() -> None:
    """A run without an ending that no process writes is said to be interrupted."""
    app = RunApp(StillFeed(unfinished().records, live=False), mode="watch")
    async with app.run_test(size=(80, 24)):
        assert "interrupted" in header(app)


class HeldFeed:
    """A feed that has more to read until it is let go."""

    def __init__(self, records: list[Record]) -> None:
        self._records = records
        self.behind = True

    def poll(self) -> Poll:
        """The records once, then nothing new."""
        records, self._records = self._records, []
        return Poll(records, None, [], live=True, behind=self.behind)


async def test_a_huge_log_is_taken_in_parts() -> None:
    """While more is due than one tick takes, the screen says that it is loading, and then shows it all."""
    log = Log()
    log.start()
    for turn in range(1, 3500):
        log.turn(turn, "user", "x")
    feed = HeldFeed(log.records)
    app = RunApp(feed, mode="watch")
    async with app.run_test(size=(80, 24)) as pilot:
        assert "loading" in header(app)
        feed.behind = False
        for _ in range(4):
            await ticked(app, pilot)
        assert "loading" not in header(app)
        assert "turn 3499" in talk(app)


async def test_skipped_lines_are_told() -> None:
    """What could not be read of the log is counted in the header."""
    app = RunApp(StillFeed(unfinished().records, problems=["line 3: torn", "line 4: torn"]), mode="watch")
    async with app.run_test(size=(80, 24)):
        assert "2 unreadable lines skipped" in header(app)


class LostFeed:
    """A feed whose log is gone."""

    def poll(self) -> Poll:
        """Fails."""
        raise RecordError("The log cannot be read: \x1b[31m gone.")


async def test_a_log_that_cannot_be_read_is_told() -> None:
    """When the log goes away, the screen stays and says why."""
    app = RunApp(LostFeed(), mode="watch")
    async with app.run_test(size=(80, 24)):
        assert "The log cannot be read: ␛[31m gone." in header(app)
