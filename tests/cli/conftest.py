"""A home without settings for every command, and the model that llama.cpp serves."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duologue.cli.main import main
from tests.cli.running import Ran, without_settings
from tests.servers import llamacpp

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
def llamacpp_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of llama.cpp, serving a model of random weights."""
    missing = [name for name in ("xllamacpp", "gguf", "numpy") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    from tests.servers.model import build_model

    folder = tmp_path_factory.mktemp("llamacpp")
    build_model(folder / "noise.gguf")
    with llamacpp.serving(folder / "noise.gguf", folder / "diagnostics") as url:
        yield url
