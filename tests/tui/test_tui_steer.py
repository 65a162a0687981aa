"""Steering a run from its screen: every key, what it sends, and what is said where it cannot be sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from screen_reading import everything, shown, talk
from screen_sample import StillFeed, haiku
from textual import events
from textual.pilot import Pilot

from duologue.record import events as ev
from duologue.record.control import (
    CONTROL_NAME,
    AddCriterion,
    Command,
    ControlReader,
    Pause,
    RaiseLimit,
    Resume,
    Say,
    Stop,
)
from duologue.record.follow import Follower
from duologue.record.log import LogWriter
from duologue.tui.app import RunApp
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.entry import Entry
from duologue.tui.header import Header
from duologue.tui.player import Player
from duologue.tui.raise_limit import RaiseLimitScreen, number
from duologue.tui.told import Told
from duologue.tui.write import WriteScreen

SIZES = [(80, 24), (140, 50), (40, 12)]


class Going:
    """A run that is going on, held open by a test in the place of a loop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = LogWriter.create(folder)
        self.reader = ControlReader(folder)
        for record in haiku().records[:5]:
            self.log.append(record.event)

    def app(self, mode: str = "watch") -> RunApp:
        """Its screen."""
        return RunApp(
            Follower(self.folder),
            mode="live" if mode == "live" else "watch",
            title=self.folder.name,
            folder=self.folder,
        )

    def told(self) -> list[Command]:
        """What it was told since the last time."""
        return [command for _, command in self.reader.read()]

    def take(self, command: str, line: int, **more: object) -> None:
        """Say in the log that this line was taken."""
        said = {"command": command, "by": "the person", "line": line, **more}
        self.log.append(ev.ControlReceived.model_validate(said))


@pytest.fixture
def going(tmp_path: Path) -> Iterator[Going]:
    """A run that somebody runs."""
    run = Going(tmp_path / "run-1")
    with run.log:
        yield run


async def ticked(app: RunApp, pilot: Pilot[str | None]) -> None:
    app.tick()
    await pilot.pause()


def waiting(app: RunApp) -> str:
    told = app.screen_stack[0].query_one(Told)
    return "\n".join(shown(told)).strip() if told.display else ""


async def typed(pilot: Pilot[str | None], text: str) -> None:
    await pilot.press(*("space" if letter == " " else letter for letter in text))


@pytest.mark.parametrize("mode", ["live", "watch"])
async def test_a_pause_is_told_shown_and_taken_back(mode: str, going: Going) -> None:
    """Space pauses; what was told is shown until the log says that it was taken; space again goes on."""
    app = going.app(mode)
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("space")
        assert going.told() == [Pause()]
        assert waiting(app) == "told: pause, taken at the next call"
        assert app.active_bindings["space"].binding.description == "go on"
        going.take("pause", 1)
        await ticked(app, pilot)
        assert waiting(app) == ""
        assert "paused" in "\n".join(shown(app.query_one(Header)))
        assert "the person: pause" in talk(app)
        await pilot.press("space")
        assert going.told() == [Resume()]
        assert app.active_bindings["space"].binding.description == "pause"
        going.take("resume", 2)
        await ticked(app, pilot)
        assert "paused" not in "\n".join(shown(app.query_one(Header)))


async def test_a_pause_that_was_not_taken_yet_is_taken_back(going: Going) -> None:
    """Space twice in a row pauses and goes on, whatever the loop has come to."""
    app = going.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "space", "space")
        assert going.told() == [Pause(), Resume(), Pause()]
        assert waiting(app).count("told:") == 3


@pytest.mark.parametrize("size", SIZES)
async def test_saying_something(size: tuple[int, int], going: Going) -> None:
    """s, a text of two lines and enter tell the user agent; with tab the assistant; it is pending at once."""
    app = going.app()
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await pilot.pause()
        assert "to ▸user" in everything(app)
        await typed(pilot, "Mind the fees.")
        await pilot.press("ctrl+j")
        await typed(pilot, "All.")
        await pilot.press("enter")
        await pilot.press("s", "tab")
        assert "▸assistant" in everything(app)
        await typed(pilot, "q s")
        await pilot.press("enter")
        await pilot.pause()
        assert going.told() == [Say(text="Mind the fees.\nAll."), Say(text="q s", to="assistant")]
        assert waiting(app).startswith("told: to the user: Min")
        going.take("say", 2, text="q s", to="assistant")
        await ticked(app, pilot)
        assert waiting(app) == ""


async def test_an_empty_word_and_a_long_one_are_refused(going: Going) -> None:
    """Nothing is not said, nor is what no run takes; escape says nothing either."""
    app = going.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s", "enter")
        assert "There is nothing to say yet." in everything(app)
        await pilot.press("space", "enter")
        assert isinstance(app.screen, WriteScreen)
        app.screen.focused.post_message(events.Paste("x" * 20_001)) if app.screen.focused else None
        await pilot.press("enter")
        assert "That is too long: 20,001 characters of at most 20,000." in everything(app)
        await pilot.press("escape")
        assert not isinstance(app.screen, WriteScreen)
    assert going.told() == []


async def test_what_is_pasted_is_made_safe(going: Going) -> None:
    """An escape in a pasted text is shown, and sent, as a mark."""
    app = going.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        assert app.screen.focused is not None
        app.screen.focused.post_message(events.Paste("a\x1b]0;owned\x07\r\nb\rc [red]x[/]"))
        await pilot.press("enter")
        (said,) = going.told()
        assert said == Say(text="a␛]0;owned␇\nb\nc [red]x[/]")
        assert "␛]0;owned␇" in waiting(app)
        assert "[red]x[/]" in waiting(app)


@pytest.mark.parametrize("keys", [("a",), ("c", "a")])
async def test_a_criterion_is_added(keys: tuple[str, ...], going: Going) -> None:
    """a asks for one, also from the list of criteria; without words there is none."""
    app = going.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        await pilot.press("enter")
        assert "A criterion needs words." in everything(app)
        await typed(pilot, "It rhymes")
        await pilot.press("enter")
        assert going.told() == [AddCriterion(text="It rhymes")]
        assert waiting(app) == "told: criterion: It rhymes, taken at the next call"


@pytest.mark.parametrize("size", SIZES)
async def test_a_limit_is_set_anew(size: tuple[int, int], going: Going) -> None:
    """l shows what is spent of each limit; a number that makes sense sets the chosen one."""
    app = going.app()
    async with app.run_test(size=size) as pilot:
        await pilot.press("l")
        await pilot.pause()
        assert "▸ turns   1 spent of 40" in everything(app)
        for keys, refusal in (
            ("", "Type a number of turns"),
            ("..", "Type a number of turns"),
            ("2.5", "A number of turns is whole."),
            ("1", "It has to be more than what is spent: 1."),
        ):
            await typed(pilot, keys)
            await pilot.press("x", "enter")
            assert refusal in " ".join(everything(app).replace("│", " ").split())
            await pilot.press(*["backspace"] * len(keys))
        await typed(pilot, "60")
        await pilot.press("enter")
        await pilot.press("l", "down")
        await typed(pilot, "300k")
        await pilot.press("enter")
        await pilot.press("l", "up")
        await typed(pilot, "1.5")
        await pilot.press("enter")
        await pilot.press("l", "escape")
        assert not isinstance(app.screen, RaiseLimitScreen)
        assert going.told() == [
            RaiseLimit(limit="turns", value=60),
            RaiseLimit(limit="tokens", value=300_000),
            RaiseLimit(limit="cost", value=1.5),
        ]
        going.take("limit", 3, limit="tokens", value=300_000.0)
        await ticked(app, pilot)
        await pilot.press("l")
        await pilot.pause()
        assert "of 300k" in everything(app)


@pytest.mark.parametrize(
    ("typed_", "value"), [("60", 60.0), ("1.5", 1.5), ("2k", 2000.0), ("3M", 3e6), ("", None), ("k", None)]
)
def test_numbers(typed_: str, value: float | None) -> None:
    """Plain numbers, thousands and millions."""
    assert number(typed_) == value


@pytest.mark.parametrize(("words", "text"), [("", ""), ("Good enough", "Good enough")])
async def test_a_stop_is_asked_twice(words: str, text: str, going: Going) -> None:
    """x asks for a verdict, which may be left out, and then whether it is meant: only y is yes."""
    app = going.app()
    async with app.run_test(size=(80, 24)) as pilot:
        for no in ("n", "enter", "escape"):
            await pilot.press("x", "enter")
            assert isinstance(app.screen, ConfirmScreen)
            await pilot.click(offset=(20, 12))
            assert isinstance(app.screen, ConfirmScreen)
            await pilot.press(no)
            assert not isinstance(app.screen, ConfirmScreen)
        assert going.told() == []
        await pilot.press("x")
        await typed(pilot, words)
        await pilot.press("enter")
        await pilot.press("y")
        assert going.told() == [Stop(text=text)]
        assert waiting(app) == f"told: stop{': ' if text else ''}{text}, taken now"


async def test_what_was_not_taken_is_told_at_the_end(going: Going) -> None:
    """A run that ends before it takes a word says so, and how the word is heard after all."""
    app = going.app()
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("s", "x", "enter")
        await pilot.pause()
        assert "told" in waiting(app)
        going.log.append(haiku().records[-1].event)
        await ticked(app, pilot)
        assert "The run has ended, and did not take: to the user: x." in waiting(app)
        assert "duologue resume run-1" in waiting(app)
        await pilot.press("s")
        await pilot.pause()
        assert "The run has ended: there is nothing to steer." in waiting(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_that_nobody_runs_is_not_steered(size: tuple[int, int], going: Going) -> None:
    """Whoever ran it is gone: each key says so in a sentence, and nothing is left in the folder."""
    going.log.close()
    app = going.app()
    async with app.run_test(size=size) as pilot:
        for key in ("space", "s", "a", "l", "x"):
            await pilot.press(key)
            await pilot.pause()
            assert len(app.screen_stack) == 1
            assert waiting(app).startswith("Nobody runs it any more")
    assert not (going.folder / CONTROL_NAME).exists()


async def test_a_run_that_goes_while_one_writes(going: Going) -> None:
    """Where nobody runs it any more as the word is sent, that is said, and the screen stays."""
    app = going.app()
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("s", "x")
        going.log.close()
        await pilot.press("enter")
        await pilot.pause()
        assert waiting(app).startswith(
            "Nobody runs run-1: there is nothing to steer. Go on with it: duologue"
        )
        assert app.is_running


async def test_a_folder_that_cannot_be_written(going: Going) -> None:
    """What cannot be written is said with its reason."""
    (going.folder / CONTROL_NAME).mkdir()
    app = going.app()
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("space")
        await pilot.pause()
        assert waiting(app) == "The run run-1 cannot be told: Is a directory."


@pytest.mark.parametrize("size", SIZES)
async def test_a_recording_is_not_steered(size: tuple[int, int]) -> None:
    """In a replay the keys say how to go on with the run, or fork it; space plays."""
    app = RunApp(Player(haiku().records, playing=False), mode="replay", title="run-1")
    async with app.run_test(size=size) as pilot:
        for key in ("s", "a", "l", "x"):
            await pilot.press(key)
            await pilot.pause()
            assert len(app.screen_stack) == 1
        said = " ".join(waiting(app).split())
        assert said.startswith("A recording cannot be steered.")
        assert "duologue resume run-1" in said
        assert "duologue fork run-1 --at TURN" in said
        assert app.active_bindings["space"].binding.description == "play"
        assert "s" not in {key for key, each in app.active_bindings.items() if each.binding.show}


async def test_keys_in_a_dialog_are_its_own(going: Going) -> None:
    """What is typed into a field steers nothing, and leaving is still asked."""
    app = going.app("live")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        await typed(pilot, "x l a q c")
        assert going.told() == []
        await pilot.press("ctrl+c")
        assert "Park this run?" in everything(app)
        await pilot.press("n", "enter")
        assert going.told() == [Say(text="x l a q c")]


async def test_a_run_without_a_folder_is_only_shown() -> None:
    """A feed of which only the records are known cannot be steered."""
    app = RunApp(StillFeed(haiku().records[:5]), mode="watch")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space")
        await pilot.pause()
        assert "cannot be steered" in waiting(app)


async def test_what_is_being_written_is_kept(going: Going) -> None:
    """Escape closes the field and keeps the text, for its own dialog alone; what was sent is gone from it."""
    app = going.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        await typed(pilot, "not yet")
        await pilot.press("escape")
        assert "Your text is kept: s shows it again." in waiting(app)
        await pilot.press("a")
        assert app.screen.query_one(Entry).text == ""
        await pilot.press("escape", "s")
        assert app.screen.query_one(Entry).text == "not yet"
        await pilot.press("enter", "s")
        assert app.screen.query_one(Entry).text == ""
    assert going.told() == [Say(text="not yet", to="user")]


async def test_a_verdict_that_is_not_sent_is_kept(going: Going) -> None:
    """Who would rather go on than stop finds the words again."""
    app = going.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("x")
        await typed(pilot, "enough")
        await pilot.press("enter", "n")
        assert "Your text is kept: x shows it again." in waiting(app)
        await pilot.press("x")
        assert app.screen.query_one(Entry).text == "enough"
    assert going.told() == []
