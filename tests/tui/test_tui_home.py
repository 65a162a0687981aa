"""The list of saved runs: every key, bad input, foreign words."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from run_samples import run
from screen_reading import everything, segments, shown
from test_tui_safety import ACTING, EVIL
from textual.app import App
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input

from duologue.errors import DuologueError, RecordError
from duologue.habits import Habits
from duologue.record.log import LOG_NAME
from duologue.record.parts import Parent
from duologue.record.shelf import Shelf
from duologue.tui.choices import Choice, Compare, ForkAt, GoOn, Open
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.home import Deeds, HomeApp, HomeState
from duologue.tui.overlay import Overlay
from duologue.tui.questions import LineScreen
from duologue.tui.run_table import RunTable

Keys = Callable[..., Awaitable[None]]


class Doing:
    """Deeds that only remember what was asked of them; `fault` is raised where there is one."""

    def __init__(self, fault: DuologueError | None = None) -> None:
        self.done: list[tuple[str, ...]] = []
        self.fault = fault
        self.deeds = Deeds(self._delete, self._export, lambda path: path.name)

    def _delete(self, path: Path) -> None:
        self._do("delete", path.name)

    def _export(self, path: Path, output: Path, redact: bool) -> None:
        self._do("export", path.name, str(output), *(["redacted"] if redact else []))

    def _do(self, *what: str) -> None:
        if self.fault:
            raise self.fault
        self.done.append(what)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Four runs, the newest first: a fork, a failed one, a parent, and a log that cannot be read."""
    parent = Parent(run="parent", turn=2, seq=1, sum="0" * 16)
    run(tmp_path, "fork", "Write a haiku about snow.", age=1, parent=parent)
    run(
        tmp_path,
        "failed",
        "Sum the table up.",
        outcome="failed",
        turns=40,
        cost_usd=1.5,
        age=2,
        pair="coding",
    )
    run(tmp_path, "parent", "Write a haiku about rivers.", age=3, turns=6)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / LOG_NAME).write_bytes(b"{}\n")
    return tmp_path


def home(runs: Path, doing: Doing | None = None, state: HomeState | None = None, **more: Habits) -> HomeApp:
    return HomeApp(Shelf(runs), (doing or Doing()).deeds, state, **more)


async def settled(app: App[Choice | None], pilot: Pilot[Choice | None]) -> None:
    """All runs are read and shown."""
    await app.workers.wait_for_complete()
    await pilot.pause()


def names(app: HomeApp) -> list[str]:
    return [found.run for found in app.query_one(RunTable).runs]


async def chosen(app: HomeApp, *keys: str) -> Choice | None:
    """What the keys choose."""
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press(*keys)
        await pilot.pause()
    return app.return_value


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
