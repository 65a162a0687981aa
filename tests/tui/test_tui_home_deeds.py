"""What is done with a run of the list: opened elsewhere, forked, compared, deleted, exported, looked up."""

from pathlib import Path

import pytest
from home_sample import Doing, chosen, home, names, runs, settled
from screen_reading import everything
from textual.events import Paste

from duologue.errors import RecordError
from duologue.tui.choices import Choice, Compare, ForkAt, GoOn
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.overlay import Overlay
from duologue.tui.questions import LineScreen

__all__ = ["runs"]


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        (["r"], GoOn(Path("fork"))),
        (["down", "f", "enter"], ForkAt(Path("failed"), 40)),
        (["down", "f", "backspace", "backspace", "7", "enter"], ForkAt(Path("failed"), 7)),
        (["equals_sign"], Compare((Path("fork"),))),
        (["space", "space", "equals_sign"], Compare((Path("fork"), Path("failed")))),
        (["space", "equals_sign"], Compare((Path("fork"), Path("failed")))),
        (["space", "space", "space", "equals_sign"], Compare((Path("failed"), Path("parent")))),
        (["q"], None),
        (["ctrl+c"], None),
    ],
)
async def test_what_leaves_the_screen_is_its_result(
    runs: Path, keys: list[str], choice: Choice | None
) -> None:
    """Resuming, forking, comparing and leaving end the screen with what was chosen."""
    found = await chosen(home(runs), *keys)
    match choice:
        case GoOn(path=path):
            choice = GoOn(runs / path)
        case ForkAt(path=path, turn=turn):
            choice = ForkAt(runs / path, turn)
        case Compare(paths=paths):
            choice = Compare(tuple(runs / path for path in paths))
        case _:
            pass
    assert found == choice


async def test_a_turn_that_is_none_is_asked_for_again(runs: Path) -> None:
    """A number that is too high, or is none, is told and not taken; escape gives up."""
    app = home(runs)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press("f", "ctrl+u", *"99", "enter")
        assert "It is the number of a turn, from 0 to 4." in everything(app)
        await pilot.press("ctrl+u", *"x²", "enter")
        assert isinstance(app.screen, LineScreen)
        await pilot.press("escape")
        assert app.is_running
        assert not isinstance(app.screen, LineScreen)


@pytest.mark.parametrize("key", ["r", "f"])
async def test_a_log_that_cannot_be_read_is_not_gone_on_with(runs: Path, key: str) -> None:
    """What would fail is told instead of tried."""
    app = home(runs)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press("G", key)
        await pilot.pause()
        assert app.is_running
        assert any("cannot be read" in note.message for note in app._notifications)


async def test_nothing_to_compare_with_is_told(runs: Path) -> None:
    """A run that is no fork needs another one."""
    app = home(runs)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press("down", "equals_sign")
        assert any("Mark two runs" in note.message for note in app._notifications)


@pytest.mark.parametrize(
    ("answer", "deleted"), [("y", True), ("n", False), ("enter", False), ("escape", False)]
)
async def test_deleting_asks_first(runs: Path, answer: str, deleted: bool) -> None:
    """Only y deletes; then the run is off the list."""
    doing = Doing()
    app = home(runs, doing)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press("d")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press(answer)
        await pilot.pause()
        assert doing.done == ([("delete", "fork")] if deleted else [])
        assert ("fork" in names(app)) != deleted


async def test_what_cannot_be_deleted_is_told(runs: Path) -> None:
    """A run that another process writes stays on the list."""
    app = home(runs, Doing(RecordError("Another process is writing the run.")))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press("delete", "y")
        await pilot.pause()
        assert "fork" in names(app)
        assert any("Another process" in note.message for note in app._notifications)


async def test_exporting_asks_for_a_file(runs: Path, tmp_path: Path) -> None:
    """The run is saved where it was said to, but over no file that is there."""
    doing = Doing()
    app = home(runs, doing)
    async with app.run_test(size=(110, 24)) as pilot:
        await settled(app, pilot)
        (runs / "there.md").touch()
        await pilot.press("e", "ctrl+u")
        app.post_message(Paste(str(runs / "there.md")))
        await pilot.press("enter")
        assert "There is a file of that name." in everything(app)
        await pilot.press("ctrl+u", *"x.doc", "enter")
        assert "The name ends in" in everything(app)
        await pilot.press("ctrl+u", "enter")
        assert "It needs a name." in everything(app)
        app.post_message(Paste("~nobody-of-that-name/there.doc"))
        await pilot.press("enter")
        assert "The name ends in" in everything(app)
        await pilot.press("ctrl+u")
        await pilot.press(*"x.md", "enter")
        await settled(app, pilot)
        await pilot.press("e", "ctrl+u")
        app.post_message(Paste("x" * 300 + ".md"))
        await pilot.press("enter")
        await settled(app, pilot)
    assert [said[2][-4:] for said in doing.done] == ["x.md", "x.md"]


async def test_an_export_can_be_redacted(runs: Path) -> None:
    """Tab says so, and the next export begins with what was chosen."""
    doing = Doing()
    app = home(runs, doing)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press("e")
        assert "▸as it is" in everything(app)
        await pilot.press("tab", "enter")
        await settled(app, pilot)
        await pilot.press("e")
        assert "▸redacted" in everything(app)
        await pilot.press("tab", "ctrl+u", *"y.md", "enter")
        await settled(app, pilot)
    assert doing.done == [("export", "fork", "fork.html", "redacted"), ("export", "fork", "y.md")]


async def test_where_a_run_is(runs: Path) -> None:
    """Its folder and the commands for it are shown."""
    app = home(runs)
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("G", "w")
        assert isinstance(app.screen, Overlay)
        text = everything(app)
        assert str(runs / "broken") in text.replace("\n", "")
        assert "duologue repair broken" in text
        await pilot.press("w")
        assert not isinstance(app.screen, Overlay)
