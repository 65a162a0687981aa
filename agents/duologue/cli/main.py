"""The `duologue` command: its subcommands by name, each loaded only when it is used.

`duologue --help` has to answer at once, so this module imports next to nothing; click, which reads the
options of each command, comes with the command.
"""

import os
import sys
from typing import Final

import duologue

COMMANDS: Final = {
    "run": "Pursue a goal: two agents talk until a judge finds it reached.",
    "resume": "Go on with a saved run.",
    "fork": "Start a new run from a turn of a saved one.",
    "judge": "Judge a saved run anew.",
    "control": "Steer a run that is going on: pause, say, add a criterion, stop.",
    "watch": "Watch a run that is going on, here or in another terminal.",
    "replay": "Replay a saved run as it happened.",
    "home": "The saved runs on the screen; `duologue` alone does the same.",
    "web": "The saved runs in a browser of this machine.",
    "ls": "List and search the saved runs.",
    "show": "Print a saved run as plain text.",
    "compare": "Two runs side by side.",
    "export": "Save a run as Markdown, chat messages or a web page.",
    "import": "Import conversations from elsewhere as runs.",
    "verify": "Check that a run's log is whole and unaltered.",
    "repair": "Write a mended copy of a damaged run.",
    "compress": "Compress the logs of old runs.",
    "rm": "Remove saved runs for good.",
    "eval": "Evaluate models or pairs on a suite of goals.",
    "roles": "List the pairs, or show one.",
    "doctor": "See which endpoint there is, and what it can do.",
    "demo": "See a scripted run end to end; needs no model.",
    "completion": "Print the script with which a shell completes all this.",
}

COMPLETE_VARIABLE: Final = "_DUOLOGUE_COMPLETE"
"""What the shell's script sets when it asks how to go on with a word."""

_HELP: Final = """\
Usage: duologue COMMAND [OPTIONS] [ARGS]

  Give it a goal. Two agents talk it to done. You watch, and every word is on record.

  Start with `duologue demo`; `duologue COMMAND --help` explains a command. On a terminal, `duologue`
  alone shows the saved runs.

Commands:
{commands}

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.
"""


def help_text() -> str:
    """What `duologue --help` prints."""
    width = max(map(len, COMMANDS)) + 2
    lines = (f"  {name:<{width}}{says}" for name, says in COMMANDS.items())
    return _HELP.format(commands="\n".join(lines))


def _first() -> str:
    """What `duologue` alone means: the saved runs on a terminal, else the help."""
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return "home" if on_terminal else "--help"


def main() -> None:
    """Run the command, and exit with the code that says how it went."""
    if asked := os.environ.get(COMPLETE_VARIABLE):
        from duologue.cli.completion import complete  # click, and the command that is typed

        sys.exit(complete(asked))
    name, *rest = sys.argv[1:] or [_first()]
    if name in ("-h", "--help"):
        sys.stdout.write(help_text())
    elif name == "--version":
        sys.stdout.write(f"duologue {duologue.__version__}\n")
    else:
        from duologue.collector import undisturbed

        with undisturbed():
            from duologue.cli.dispatch import dispatch  # click, and whatever the command needs

        sys.exit(dispatch(name, rest))
