"""What several folders of tests share."""

import importlib.util
import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import llamacpp

# How fast a machine makes examples is no property of the program.
settings.register_profile("duologue", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("duologue")


@pytest.fixture(scope="session", autouse=True)
def _caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Path]]:
    """Caches apart from the person's own, for this process and its children."""
    folder = tmp_path_factory.mktemp("caches")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "session"))
        yield (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _cache(_caches: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each test: a port may be met again, with another server behind it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(next(_caches)))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system with room for 64 KiB; skips where none may be mounted."""
    point = tmp_path / "disk"
    point.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(point)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if mounted.returncode:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    yield point
    subprocess.run(["umount", "--lazy", str(point)], check=True)


@pytest.fixture(scope="session")
def noise_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights."""
    missing = [name for name in ("xllamacpp", "gguf", "numpy") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    from tests.servers.model import build_model

    path = tmp_path_factory.mktemp("llamacpp") / "noise.gguf"
    build_model(path)
    return path


@pytest.fixture(scope="session")
def llamacpp_url(noise_model: Path) -> Iterator[str]:
    """The base URL of llama.cpp, serving a model of random weights."""
    with llamacpp.serving(noise_model, noise_model.with_name("diagnostics")) as url:
        yield url
