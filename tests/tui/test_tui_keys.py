"""Keys that the person sets, the themes and the command palette."""

import re
from pathlib import Path

import pytest
from screen_reading import everything, shown
from screen_sample import haiku
from textual.binding import Binding
from textual.command import CommandPalette
from textual.containers import VerticalScroll
from textual.widgets import OptionList

from duologue.errors import ConfigError
from duologue.habits import ACTIONS, THEMES, Habits
from duologue.tui.app import RunApp
from duologue.tui.compare import CompareApp
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.dialogs import DIALOGS
from duologue.tui.dressed import DressedApp
from duologue.tui.entry import Entry
from duologue.tui.home import HomeApp
from duologue.tui.keymap import keymap, named
from duologue.tui.overlay import Overlay
from duologue.tui.player import Player
from duologue.tui.themes import palette_of
from duologue.tui.told import Told
from duologue.tui.write import WriteScreen

APPS: tuple[type[DressedApp[object]], ...] = (RunApp, HomeApp, CompareApp)
SOME = named(
    [Binding("a,b", "one", "One"), Binding("c", "two", "Two words"), Binding("d", "three", "Two words")]
)


def replayed(habits: Habits) -> RunApp:
    return RunApp(Player(haiku().records, playing=False), mode="replay", habits=habits)


def test_every_action_that_can_be_set_is_a_key_of_some_screen() -> None:
    """The names in the config file and the names of the bindings are the same."""
    kinds = [*(kind for app in APPS for kind in (app, DressedApp, *app.PARTS)), *DIALOGS]
    bindings = [each for kind in kinds for each in kind.BINDINGS if isinstance(each, Binding)]
    names = {each.id.rpartition(":")[2] for each in bindings if each.id}
    assert names == set(ACTIONS)
    assert {each.key for each in bindings if not each.id} == {"ctrl+c"}


def test_the_readme_names_every_action() -> None:
    """What can be set is told."""
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    told = text.partition("The actions that have keys")[2].partition("</details>")[0]
    assert re.findall("`([a-z_0-9]+)`", told) == list(ACTIONS)


def test_a_set_key_replaces_the_action_s_own() -> None:
    """What is set holds, for the keys that are given; a second binding of the same name keeps its key."""
    assert keymap(SOME, {"one": "x,y"}) == {"one": "x,y"}  # type: ignore[dict-item]
    assert [each.id for each in SOME if isinstance(each, Binding)] == ["one", "two_words", None]


def test_a_key_that_is_taken_away_leaves_the_others() -> None:
    """An action that had two keys keeps the one that was not set for another."""
    assert keymap(SOME, {"two_words": "b"}) == {"two_words": "b", "one": "a"}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"one": "x", "two_words": "x"}, "The key 'x' is set for both 'one' and 'two_words'."),
        ({"one": "c"}, "The key 'c', set for 'one', is all that 'two_words' has."),
    ],
)
def test_keys_that_collide_are_told(keys: dict[str, str], said: str) -> None:
    """One key for two actions, and an action that is left without one, are refused."""
    with pytest.raises(ConfigError) as caught:
        keymap(SOME, keys)  # type: ignore[arg-type]
    assert caught.value.message == said
    assert "[keys]" in (caught.value.hint or "")


async def test_a_set_key_works_on_the_screen() -> None:
    """The new key does it, before what a part of the screen did with it; the old one does nothing."""
    app = replayed(Habits(keys={"criteria": "ctrl+f"}))
    async with app.run_test() as pilot:
        await pilot.press("c")
        assert not isinstance(app.screen, Overlay)
        await pilot.press("ctrl+f")
        assert isinstance(app.screen, Overlay)


async def test_the_help_shows_the_keys_that_are_set() -> None:
    """The help names the keys as they are now, also that by which it is opened and closed."""
    app = replayed(Habits(keys={"help": "f2", "find": "ctrl+f", "tenth_5": "f5"}))
    async with app.run_test(size=(100, 50)) as pilot:
        await pilot.press("question_mark")
        assert not isinstance(app.screen, Overlay)
        await pilot.press("f2")
        text = everything(app)
        assert "f2" in text
        assert "ctrl+f n N" in text
        assert "0 1 2 3 4 f5" in text
        await pilot.press("f2")
        assert not isinstance(app.screen, Overlay)


async def test_a_digit_can_be_set() -> None:
    """Each tenth of a recording has a key of its own."""
    app = replayed(Habits(keys={"tenth_9": "f9"}))
    async with app.run_test() as pilot:
        assert app.player is not None
        await pilot.press("9")
        assert app.player.seq == 1
        await pilot.press("f9")
        assert app.player.seq > 1


async def test_a_recording_refuses_by_the_keys_that_are_set() -> None:
    """What steers a run says that a recording cannot be steered, by its new key alone."""
    app = replayed(Habits(keys={"say": "f3"}))
    async with app.run_test() as pilot:
        told = app.query_one(Told)
        await pilot.press("s")
        assert not told.display
        await pilot.press("f3")
        assert "cannot be steered" in "\n".join(shown(told))


async def test_a_dialog_obeys_and_names_the_keys_that_are_set() -> None:
    """The line of keys of a dialog is true, and so is the list that the help's key shows there."""
    app = replayed(Habits(keys={"yes": "j", "no": "f4", "help": "f2"}))
    async with app.run_test() as pilot:
        answers: list[bool | None] = []
        app.push_screen(ConfirmScreen("sure?", "Really."), answers.append)
        await pilot.pause()
        assert app.screen.query_one(VerticalScroll).border_subtitle == "j yes · f4 no"
        await pilot.press("f2")
        assert isinstance(app.screen, Overlay)
        assert "f4" in everything(app)
        await pilot.press("escape", "y")
        assert answers == []
        await pilot.press("j")
        assert answers == [True]


async def test_a_character_is_text_where_something_is_typed() -> None:
    """Keys that are set and characters do nothing in a field; the help has a key there too."""
    app = replayed(Habits(keys={"send": "x", "close": "z", "help": "question_mark,f2"}))
    async with app.run_test() as pilot:
        app.push_screen(WriteScreen("write"))
        await pilot.pause()
        await pilot.press("x", "z", "question_mark")
        assert app.screen.query_one(Entry).text == "xz?"
        await pilot.press("f2")
        assert "a new line" in everything(app)
        await pilot.press("z")
        assert isinstance(app.screen, WriteScreen)


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_can_be_chosen(theme: str) -> None:
    """Each has its own colours, and the screen opens with them."""
    app = replayed(Habits(theme=theme))  # type: ignore[arg-type]
    async with app.run_test(size=(100, 30)):
        assert app.palette is palette_of(app.current_theme)
        assert app.native_ansi_color == (theme == "terminal")


async def test_the_themes_take_turns() -> None:
    """One key goes through all of them, and comes back."""
    app = replayed(Habits(theme="dark"))
    async with app.run_test() as pilot:
        seen = []
        for _ in THEMES:
            seen.append(app.palette)
            await pilot.press("ctrl+t")
        assert len(set(map(id, seen))) == len(THEMES)
        assert app.palette is seen[0]


async def test_the_palette_offers_what_the_keys_do() -> None:
    """Every action of the screen is there by its name, and is done when it is chosen."""
    app = replayed(Habits())
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        words = {deed.words for deed in app.deeds}
        assert {"help", "quit", "play", "criteria", "go to", "theme"} <= words
        await pilot.press(*"criteria")
        await pilot.pause()
        await app.workers.wait_for_complete()
        while not app.screen.query_one(OptionList).option_count:
            await pilot.pause(0.05)
        await pilot.press("enter")
        while isinstance(app.screen, CommandPalette):
            await pilot.pause(0.05)
        assert isinstance(app.screen, Overlay)


async def test_the_palette_reads_no_markup() -> None:
    """What is typed there is searched for, and nothing more."""
    app = replayed(Habits())
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", *"[@click=app.exit]x[/]")
        await pilot.pause()
        await pilot.press("escape", "escape")
        assert app.is_running


async def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR in the environment nothing has a colour, whatever the theme."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = replayed(Habits(theme="contrast"))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(2):
            await pilot.press("end")
            styles = {
                str(segment.style) for strip in app.screen._compositor.render_strips() for segment in strip
            }
            assert any("bold" in style for style in styles)
            assert not [style for style in styles if "#" in style or "color(" in style], styles
            await pilot.press("ctrl+t")
            await pilot.pause()
