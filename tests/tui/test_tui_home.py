"""The list of saved runs: every key, bad input, foreign words."""

from pathlib import Path

import pytest
from home_sample import chosen, home, names, runs, settled
from run_samples import run
from screen_reading import everything, segments, shown
from test_tui_safety import ACTING, EVIL
from textual.widgets import Input

from duologue.habits import Habits
from duologue.record.parts import Parent
from duologue.tui.choices import Open
from duologue.tui.home_state import HomeState
from duologue.tui.run_table import RunTable

__all__ = ["runs"]


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (140, 50), (20, 6)])
async def test_every_size_lists_the_runs(runs: Path, size: tuple[int, int]) -> None:
    """From narrow to wide, the newest run is first with its outcome, and no line is too wide."""
    app = home(runs)
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        assert names(app) == ["fork", "failed", "parent", "broken"]
        lines = shown(app.query_one(RunTable))
        assert "✓ done" in lines[0]
        assert max(map(len, lines)) <= size[0]


async def test_a_line_says_all_of_a_run(runs: Path) -> None:
    """Outcome, age, turns, tokens, cost, pair and goal; a log that cannot be read says that."""
    app = home(runs)
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(app, pilot)
        lines = shown(app.query_one(RunTable))
        for words in ("✗ failed", " d ", "40", "4k", "$1.50", "coding", "Sum the table up."):
            assert words in lines[1]
        assert "✗ unreadable" in lines[3]
        assert "fork · fork of parent" in everything(app)


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        (["enter"], "fork"),
        (["down", "enter"], "failed"),
        (["j", "j", "k", "enter"], "failed"),
        (["G", "enter"], "broken"),
        (["end", "home", "enter"], "fork"),
        (["pagedown", "pageup", "down", "enter"], "failed"),
        (["s", "enter"], "parent"),
        (["slash", *"river", "enter", "enter"], "parent"),
        (["slash", *"CODING sum", "enter", "enter"], "failed"),
    ],
)
async def test_a_run_is_opened(runs: Path, keys: list[str], name: str) -> None:
    """Enter opens the run in place, wherever keys, order and filter have brought it; what was in place stays
    in place when the order changes."""
    if keys[0] == "s":
        keys = ["down", "down", *keys]
    choice = await chosen(home(runs), *keys)
    assert isinstance(choice, Open)
    assert choice.run.run == name


async def test_orders(runs: Path) -> None:
    """One key goes through all orders."""
    app = home(runs)
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        seen = []
        for _ in range(7):
            seen.append((app.state.order, names(app)[0]))
            await pilot.press("s")
        assert app.state.order == "newest"
    assert dict(seen) == {
        "newest": "fork",
        "oldest": "broken",
        "turns": "failed",
        "tokens": "failed",
        "cost": "failed",
        "outcome": "parent",
        "pair": "broken",
    }


async def test_the_filter_is_taken_off_by_escape(runs: Path) -> None:
    """What answers to nothing says so, and escape shows all again."""
    app = home(runs)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press("slash", *"zzz")
        assert names(app) == []
        assert "No run answers to “zzz”." in everything(app)
        await pilot.press("enter", "enter", "r", "f", "d", "e", "w", "space", "equals_sign")
        assert app.is_running
        await pilot.press("escape")
        assert len(names(app)) == 4
        assert app.query_one("#words", Input).value == ""


async def test_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    """Where there are no runs, the commands that make one are there."""
    app = home(tmp_path / "none")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        text = everything(app)
    assert "duologue run" in text
    assert "duologue demo" in text


async def test_the_help_names_the_keys_as_they_are_set(runs: Path) -> None:
    """A key that the person set is the one that the help shows."""
    app = home(runs, habits=Habits(keys={"sort": "ctrl+f"}))
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("s")
        assert app.state.order == "newest"
        await pilot.press("ctrl+f")
        assert app.state.order == "oldest"
        await pilot.press("question_mark")
        assert "ctrl+f" in everything(app)


async def test_what_was_chosen_is_kept_for_the_next_time(runs: Path) -> None:
    """Filter, order, place and marks are there when the screen is back, and what went wrong is said."""
    state = HomeState()
    await chosen(home(runs, state=state), "s", "slash", *"haiku", "enter", "space", "enter")
    state.notice = "The log is empty."
    app = home(runs, state=state)
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        assert names(app) == ["parent", "fork"]
        current = app.query_one(RunTable).current
        assert current is not None
        assert current.path == state.place
        assert any("The log is empty." in note.message for note in app._notifications)


async def test_a_run_that_comes_appears(runs: Path) -> None:
    """A run that another terminal begins is listed, and what was in place stays so."""
    app = home(runs)
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("down")
        run(runs, "new", "A new one.", age=-5)
        app.look()
        await settled(app, pilot)
        assert names(app)[0] == "new"
        current = app.query_one(RunTable).current
        assert current is not None
        assert current.run == "failed"


async def test_the_mouse_opens(runs: Path) -> None:
    """A click goes to a run, a second one opens it."""
    app = home(runs)
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        await pilot.click(RunTable, offset=(5, 2))
        current = app.query_one(RunTable).current
        assert current is not None
        assert current.run == "parent"
        await pilot.click(RunTable, offset=(5, 2), times=2)
        await pilot.pause()
    assert isinstance(app.return_value, Open)


async def test_no_foreign_word_acts_in_the_list(tmp_path: Path) -> None:
    """Hostile goals, pairs and names are shown as words, in the list and in every dialog."""
    parent = Parent(run=EVIL, turn=2, seq=1, sum="0" * 16)
    run(tmp_path, "a\x1b]0;x\x07[@click=app.exit]go[", EVIL, pair=EVIL, parent=parent)
    for size in ((140, 30), (60, 30)):
        app = home(tmp_path)
        async with app.run_test(size=size) as pilot:
            await settled(app, pilot)
            for key in ("none", "w", "d", "f", "e", "question_mark", "ctrl+p"):
                if key != "none":
                    await pilot.press(key)
                    await pilot.pause()
                for words, acts in segments(app):  # type: ignore[arg-type]
                    assert ACTING.search(words) is None, words
                    assert not acts or "app.exit" not in words
                await pilot.press("escape", *(["escape"] if key == "ctrl+p" else []))
            assert "␛" in "".join(shown(app.query_one(RunTable)))
            await pilot.click(RunTable, offset=(60 if size[0] > 100 else 20, 0))
            assert app.is_running
