"""Running one command: finding it, giving it its arguments, and saying what went wrong."""

import difflib
import importlib
import os
from collections.abc import Sequence
from keyword import iskeyword

import click

from duologue.cli.main import COMMANDS
from duologue.cli.report import report
from duologue.collector import undisturbed
from duologue.errors import UserError


def dispatch(name: str, arguments: Sequence[str]) -> int:
    """Run the command of that name and return the exit code; errors are said on stderr."""
    try:
        code = _run(_find(name), name, arguments)
    except Exception as exc:  # noqa: BLE001 - the outermost boundary, told apart in `report`
        return report(exc)
    return code if isinstance(code, int) else 0


def _find(name: str) -> click.Command:
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"Did you mean `duologue {close[0]}`?" if close else "`duologue --help` lists the commands."
        raise UserError(f"There is no command {name!r}.", hint=hint)
    module = f"{name}_" if iskeyword(name) else name
    with undisturbed():
        found = importlib.import_module(f"duologue.cli.{module}").command
    assert isinstance(found, click.Command)
    return found


def _run(command: click.Command, name: str, arguments: Sequence[str]) -> object:
    command.context_settings["help_option_names"] = ["-h", "--help"]
    return command.main(
        args=list(arguments),
        prog_name=f"duologue {name}",
        standalone_mode=False,
        color=False if os.environ.get("NO_COLOR") else None,
    )
