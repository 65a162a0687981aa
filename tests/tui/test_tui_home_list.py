"""The list of saved runs while it changes: the place in it, runs that go on, what is typed above it."""

import fcntl
from pathlib import Path

import pytest
from home_sample import home, names, runs, settled
from rich.style import Style
from run_samples import run, save
from screen_reading import everything, shown
from screen_sample import Log
from textual.events import AppBlur, AppFocus
from textual.widgets import Input

from duologue.record.lines import encode_line, parse_line
from duologue.record.log import LOG_NAME
from duologue.tui.home import HomeApp
from duologue.tui.run_table import RunTable

__all__ = ["runs"]


def place(app: HomeApp) -> str:
    """The run under the cursor."""
    current = app.query_one(RunTable).current
    assert current is not None
    return current.run


async def test_the_cursor_stays_on_its_run(runs: Path) -> None:
    """Sorted, filtered, refreshed, or with a run deleted elsewhere: the run in place stays it."""
    app = home(runs)
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("j", "j")
        for _ in range(8):
            await pilot.press("s")
            assert place(app) == "parent"
        await pilot.press("slash", *"haiku")
        assert (len(names(app)), place(app)) == (2, "parent")
        await pilot.press("escape")
        assert place(app) == "parent"
        run(runs, "new", "A new one.", age=-5)
        for path in (runs / "failed").iterdir():
            path.unlink()
        (runs / "failed").rmdir()
        app.look()
        await settled(app, pilot)
        assert set(names(app)) == {"new", "fork", "parent", "broken"}
        assert place(app) == "parent"


async def test_a_run_that_goes_on_ticks(tmp_path: Path) -> None:
    """Its turns are counted as they are written, and once nobody writes it any more, it is told so."""
    folder, log = tmp_path / "live", Log()
    log.start()
    log.turn(1, "user", "Please.")
    save(folder, log.records)
    app = home(tmp_path)
    file = (folder / LOG_NAME).open("ab")
    fcntl.flock(file, fcntl.LOCK_EX)
    async with app.run_test(size=(110, 30)) as pilot:
        with file:
            await settled(app, pilot)
            assert "1 going on" in everything(app)
            (line,) = filter(None, shown(app.query_one(RunTable)))
            assert "● running" in line
            assert app.query_one(RunTable).runs[0].turns == 1
            known, total = (
                len(log.records),
                parse_line((folder / LOG_NAME).read_bytes().splitlines()[-1]).stored,
            )
            log.turn(2, "assistant", "Here.")
            for record in log.records[known:]:
                written, total = encode_line(record.seq, record.at, record.mono, record.event, total)
                file.write(written)
            file.flush()
            app.look()
            await settled(app, pilot)
            assert app.query_one(RunTable).runs[0].turns == 2
            await pilot.press("r")
            assert any("It is going on" in note.message for note in app._notifications)
        app.look()
        await settled(app, pilot)
        assert "going on" not in everything(app)
        assert app.query_one(RunTable).runs[0].state != "running"


@pytest.mark.parametrize(("key", "value"), [("f", "4"), ("e", "fork.html")])
@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_what_is_proposed_can_be_read(runs: Path, key: str, value: str, size: tuple[int, int]) -> None:
    """The field of a question shows what stands in it."""
    app = home(runs)
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        await pilot.press(key)
        await pilot.pause()
        field = app.screen.query_one(Input)
        assert field.has_focus
        assert value in "".join(shown(field))


async def test_keys_that_are_typed_are_not_offered(runs: Path) -> None:
    """While words are typed for the filter, a question mark is one of them."""
    app = home(runs)
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("slash", "question_mark")
        assert app.state.words == "?"
        assert not {"help", "filter", "open"} & {deed.name for deed in app.offered()}


async def test_an_empty_folder_offers_nothing_of_a_run(tmp_path: Path) -> None:
    """Where there is no run, no key says that it would open or delete one; the first brings them."""
    app = home(tmp_path)
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        assert not {"open", "delete", "compare"} & {deed.name for deed in app.offered()}
        await pilot.press("enter", "d", "space")
        assert app.is_running
        assert len(app.screen_stack) == 1
        run(tmp_path, "first")
        app.look()
        await settled(app, pilot)
        assert {"open", "delete", "compare"} <= {deed.name for deed in app.offered()}


async def test_the_newest_is_in_place_however_runs_are_named(tmp_path: Path) -> None:
    """Runs are read by their names; imported ones may be older than they say; the cursor stays on top."""
    for number in range(150):
        run(tmp_path, f"{number:03d}", age=number)
    app = home(tmp_path)
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        assert len(names(app)) == 150
        assert place(app) == "000"


async def test_the_list_looks_at_hand_where_nothing_has_the_focus(runs: Path) -> None:
    """A browser that was not clicked yet shows the run in place as one that keys will act on."""
    app = home(runs)
    async with app.run_test(size=(110, 30)) as pilot:
        await settled(app, pilot)
        table = app.query_one(RunTable)

        def style() -> Style:
            (found,) = {seg.style for seg in table.render_line(0) if seg.style and "haiku" in seg.text}
            return found

        app.post_message(AppBlur())
        await pilot.pause()
        assert style().reverse
        app.post_message(AppFocus())
        await pilot.press("slash")
        assert style().underline
