"""Running one command: finding it, giving it its arguments, and saying what went wrong."""

import difflib
import importlib
import os
import shlex
import sys
from collections.abc import Sequence
from keyword import iskeyword
from typing import Final

import click

from duologue.cli.charset import spell
from duologue.cli.main import COMMANDS
from duologue.cli.report import report
from duologue.collector import undisturbed
from duologue.errors import UserError

_MOST_COLUMNS: Final = 100


def dispatch(name: str, arguments: Sequence[str]) -> int:
    """Run the command of that name and return the exit code; errors are said on stderr."""
    spell(sys.stdout, sys.stderr)
    try:
        code = _run(find(name, arguments), name, arguments)
    except Exception as exc:  # noqa: BLE001 - the outermost boundary, told apart in `report`
        return report(exc)
    return code if isinstance(code, int) else 0


def find(name: str, arguments: Sequence[str] = ()) -> click.Command:
    """The command of that name, loaded. Raises UserError where there is none."""
    if name not in COMMANDS:
        raise UserError(f"There is no command {name!r}.", hint=_meant(name, arguments))
    module = f"{name}_" if iskeyword(name) else name
    with undisturbed():
        found = importlib.import_module(f"duologue.cli.{module}").command
    assert isinstance(found, click.Command)
    return found


def _meant(name: str, arguments: Sequence[str]) -> str:
    """What may have been meant: a command's name, or a goal."""
    close = difflib.get_close_matches(name, COMMANDS, 1)
    if close:
        return f"Did you mean `duologue {close[0]}`?"
    words = " ".join([name, *arguments])
    if " " in words and not words.startswith("-"):
        return f"A goal is for `run`: duologue run {shlex.quote(words)}"
    return "`duologue --help` lists the commands."


def _run(command: click.Command, name: str, arguments: Sequence[str]) -> object:
    command.context_settings["help_option_names"] = ["-h", "--help"]
    command.context_settings["max_content_width"] = _MOST_COLUMNS
    called = f"duologue {name}"
    try:
        return command.main(
            args=list(arguments),
            prog_name=called,
            standalone_mode=False,
            color=False if os.environ.get("NO_COLOR") else None,
        )
    except click.UsageError as exc:
        # Some of Click's own do not say whose they are.
        exc.ctx = exc.ctx or click.Context(command, info_name=called)
        raise
