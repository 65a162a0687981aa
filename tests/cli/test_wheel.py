"""The wheel, built and installed somewhere else, does what the checkout does."""

import importlib.util
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.cli.running import Ran, run_child

pytestmark = pytest.mark.wheel

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `duologue` command of a new environment, which has the wheel and, besides it, what this one has."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(CHECKOUT)]
    _run([*build, "--no-isolation"] if importlib.util.find_spec("hatchling") else build)
    (wheel,) = folder.glob("*.whl")
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")])
    python = folder / "venv" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install"]
    _run([*install, "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", str(wheel)])
    # A folder that a .pth file names has its own .pth files left alone, an editable install's among them:
    # dependencies are found, and the checkout is not.
    here = [sysconfig.get_path("purelib"), *site.getsitepackages()]
    packages = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (packages / "dependencies.pth").write_text("\n".join(dict.fromkeys(here)) + "\n")
    return folder / "venv" / "bin" / "duologue"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


def duologue(installed: Path, *arguments: str | Path) -> Ran:
    return run_child(*arguments, command=[str(installed)])


def test_the_demo_runs_to_its_end_from_another_folder(installed: Path, runs: Path) -> None:
    """Scenario, prompts and schema are all in the wheel: the demo reaches its goal."""
    ran = duologue(installed, "demo", "--plain", "--runs", runs)
    assert ran.code == 0, ran.err
    assert "══ done:" in ran.out


def test_the_pairs_come_from_the_wheel(installed: Path) -> None:
    """`roles` finds the pairs of the checkout, in the folder that the wheel brought."""
    listed = duologue(installed, "roles")
    assert listed.code == 0, listed.err
    names = {line.split()[0] for line in listed.out.splitlines()}
    assert names == {path.parent.name for path in (CHECKOUT / "roles").glob("*/pair.toml")}
    shown = duologue(installed, "roles", "general")
    folder = installed.parents[1].resolve()
    assert any(line.startswith(f"Folder: {folder}") for line in shown.out.splitlines()), shown.out[:400]
