"""What is optional can be installed with the command that is shown."""

import shlex
import subprocess
import sys
from pathlib import Path

from duologue.extras import install_command

_ROOT = Path(__file__).parents[1] / "agents"


def told(*paths: Path) -> str:
    """What a Python of its own, with these folders and no packages, says."""
    code = (
        "import sys; sys.path += sys.argv[1:]; import duologue.extras as e; print(e.install_command('web'))"
    )
    command = [sys.executable, "-S", "-c", code, _ROOT, *paths]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_command_installs_beside_this_very_program() -> None:
    """It names this interpreter, whose environment may be a tool's own."""
    words = shlex.split(install_command("prices"))
    assert sys.executable in words
    assert words[-1] == "duologue[prices]"


def test_an_environment_without_pip_is_reached_through_uv(tmp_path: Path) -> None:
    """As `uv tool install` makes them."""
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    assert told().startswith("uv pip install --python ")
    assert told(tmp_path).startswith(f"{shlex.quote(sys.executable)} -m pip install ")
