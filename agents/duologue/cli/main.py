"""The `duologue` command: its subcommands by name, each loaded only when it is used.

`duologue --help` has to answer at once, so this module imports click and nothing else of weight.
"""

import importlib
import os
import sys
from keyword import iskeyword
from typing import Final

import click

import duologue

COMMANDS: Final = {
    "run": "Pursue a goal: two agents talk until a judge finds it reached.",
    "resume": "Go on with a saved run.",
    "fork": "Start a new run from a turn of a saved one.",
    "judge": "Judge a saved run anew.",
    "watch": "Watch a run that is going on, here or in another terminal.",
    "replay": "Replay a saved run as it happened.",
    "ls": "List and search the saved runs.",
    "show": "Print a saved run as plain text.",
    "export": "Save a run as Markdown, chat messages or a web page.",
    "import": "Import conversations from elsewhere as runs.",
    "verify": "Check that a run's log is whole and unaltered.",
    "repair": "Write a mended copy of a damaged run.",
    "compress": "Compress the logs of old runs.",
    "rm": "Remove saved runs for good.",
    "roles": "List the pairs, or show one.",
    "demo": "See a scripted run end to end; needs no model.",
}


class LazyGroup(click.Group):
    """A group whose subcommands are modules of this package, named like the command (`import` is `import_`)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        found = importlib.import_module(f"duologue.cli.{module}").command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(duologue.__version__, prog_name="duologue")
@click.pass_context
def cli(context: click.Context) -> None:
    """Give it a goal. Two agents talk it to done. You watch, and every word is on record.

    Start with `duologue demo`.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False


def main() -> None:
    """Run the command, and exit with the code that says how it went."""
    try:
        code = cli.main(standalone_mode=False)
    except Exception as exc:  # noqa: BLE001 - the outermost boundary, told apart in `report`
        from duologue.cli.report import report  # only where something went wrong

        sys.exit(report(exc))
    sys.exit(code if isinstance(code, int) else 0)
