"""The shell's completion: what it is told for what was typed so far."""

import os
from pathlib import Path

import pytest

from duologue.cli.main import COMMANDS
from tests.cli.conftest import Duologue
from tests.cli.running import run_child
from tests.cli.scenarios import done_at_once


def completed(*words: str) -> list[str]:
    """What the bash script is told for these words, of which the last is not complete."""
    environ = {"COMP_WORDS": " ".join(["duologue", *words]), "COMP_CWORD": str(len(words))}
    asked = {"_DUOLOGUE_COMPLETE": "bash_complete", **environ}
    ran = run_child(env={**os.environ, **asked})
    assert (ran.code, ran.err) == (0, "")
    return [line.partition(",")[2] for line in ran.out.splitlines()]


def test_commands_options_runs_and_pairs_are_completed(duologue: Duologue, runs: Path, home: Path) -> None:
    """Each stands where it can be typed, and nothing else does."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    (name,) = [path.name for path in runs.iterdir() if path.is_dir()]
    assert completed("re") == [each for each in COMMANDS if each.startswith("re")]
    assert completed("run", "--max-t") == ["--max-turns", "--max-tokens"]
    assert completed("run", "--judging", "on") == ["on-claim"]
    assert completed("run", "--pair", "s") == ["summarize"]
    assert completed("show", name[:9]) == [name]
    assert completed("show", "la") == ["last"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell: str, duologue: Duologue) -> None:
    """It asks the command for what to complete."""
    ran = duologue("completion", shell)
    assert ran.code == 0
    assert f"_DUOLOGUE_COMPLETE={shell}_complete" in ran.out


def test_a_config_file_that_is_wrong_does_not_disturb_the_shell(home: Path, tmp_path: Path) -> None:
    """Nothing is printed beside what can be completed without it."""
    config = tmp_path / "config" / "duologue" / "config.toml"
    config.parent.mkdir()
    config.write_text("base_url = 'x\n")
    assert completed("show", "") == ["last"]
