"""The list of a few saved runs, and deeds that are only remembered."""

from pathlib import Path

import pytest
from run_samples import run
from textual.app import App
from textual.pilot import Pilot

from duologue.errors import DuologueError
from duologue.habits import Habits
from duologue.record.log import LOG_NAME
from duologue.record.parts import Parent
from duologue.record.shelf import Shelf
from duologue.tui.choices import Choice
from duologue.tui.home import HomeApp
from duologue.tui.home_state import Deeds, HomeState
from duologue.tui.run_table import RunTable


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
