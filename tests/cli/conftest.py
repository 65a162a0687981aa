"""A home without settings for every command."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duologue.cli.main import main
from tests.cli.running import Ran, without_settings
from tests.cli.starting import Start, warm

Duologue = Callable[..., Ran]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with no settings or data anywhere, for this process and its children."""
    for name in set(os.environ) - set(without_settings()):
        monkeypatch.delenv(name)
    for name, folder in {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "HOME": "home"}.items():
        monkeypatch.setenv(name, str(tmp_path / folder))
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("DUOLOGUE_LOCAL_PORTS", "")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of saved runs, which the environment names."""
    monkeypatch.setenv("DUOLOGUE_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def duologue(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Duologue:
    """Runs a command within this process, through the same `main` as the installed script."""

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["duologue", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        assert isinstance(left.value.code, int)
        return Ran(left.value.code, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def start_warm() -> Iterator[Start]:
    """Starts commands in processes that need not import anything first."""
    with warm() as start:
        yield start
