"""What the READMEs say is so."""

import re
import tomllib
from pathlib import Path

import click
import pytest

from duologue.cli.dispatch import find
from duologue.cli.main import COMMANDS
from duologue.config import ConfigFile
from duologue.habits import ACTIONS

HERE = Path(__file__).parent
TOP = HERE.parent
PACKAGE = TOP / "agents" / "duologue"
TABLE = (HERE / "README.md").read_text("utf-8").partition("## Faults of an endpoint")[2].partition("\n## ")[0]
README = (TOP / "README.md").read_text("utf-8")
MAP = (TOP / "agents" / "README.md").read_text("utf-8")


def test_every_fault_names_tests_that_exist() -> None:
    """The table has a row for each fault from 1 to 33, and each test that it names is there."""
    rows = re.findall(r"^\| (\d+) \|.*$", TABLE, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 34))
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)
    assert len(named) >= 33
    missing = [name for path, name in named if f"def {name}(" not in (HERE / path).read_text("utf-8")]
    assert missing == []


@pytest.mark.parametrize("path", ["README.md", "CHANGELOG.md", "roles/README.md", "runs/README.md"])
def test_every_option_that_is_named_exists(path: str) -> None:
    """Some command takes it, and each command that is named is one."""
    text = (TOP / path).read_text("utf-8")
    taken = {"--version", "--help"}
    for command in COMMANDS:
        for parameter in find(command).params:
            if isinstance(parameter, click.Option):
                taken.update((*parameter.opts, *parameter.secondary_opts))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= taken
    assert set(re.findall(r"(?:^\$ |`)duologue ([a-z]+)", text, re.MULTILINE)) <= set(COMMANDS)


def test_every_command_is_named() -> None:
    """The README's table has them all."""
    table = README.partition("## The commands")[2].partition("\n## ")[0]
    named = {word for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for word in cell.split()}
    assert set(COMMANDS) - {"completion"} <= {word.strip("`,") for word in named}


def test_every_action_with_keys_is_named() -> None:
    """The README lists what a key can be set for, in the order of the program."""
    listed = README.partition("<summary>The actions that have keys</summary>")[2].partition("</details>")[0]
    assert re.findall(r"`(\w+)`", listed) == list(ACTIONS)


def test_the_config_file_that_is_shown_can_be_read() -> None:
    """Each block of TOML in the README is a config file."""
    blocks = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    files = [tomllib.loads(block.replace('"…"', f'"{"0" * 64}"')) for block in blocks]
    assert len(files) == 3
    for file in files:
        ConfigFile.model_validate(file)


def test_every_module_on_the_map_exists() -> None:
    """The package's README names no file that is gone, and every module at the top of the package."""
    named = {name.removeprefix("duologue/") for name in re.findall(r"[\w/]+\.(?:py|html|toml)\b", MAP)}
    there = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.*")}
    there |= {path.rpartition("/")[2] for path in there}
    assert named <= there
    assert {path.name for path in PACKAGE.glob("[!_]*.py")} <= named
