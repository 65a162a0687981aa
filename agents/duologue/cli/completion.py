"""`duologue completion`: the shell completes commands, options, runs and pairs."""

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem, get_completion_class

from duologue.cli.dispatch import find
from duologue.cli.main import COMMANDS, COMPLETE_VARIABLE
from duologue.cli.saved import saved_runs
from duologue.errors import DuologueError
from duologue.record.runs import run_folders
from duologue.roles import list_pairs

_PROGRAM: Final = "duologue"
_MOST: Final = 100
_RUNS: Final = frozenset({"run", "names", "other"})
"""What commands call the arguments that name runs."""

if TYPE_CHECKING:
    _Type = click.ParamType[Any]
else:
    # Click before 8.4 has no types in brackets.
    _Type = click.ParamType


class _Named(_Type):
    """Something that has one of these names."""

    name = "name"

    def __init__(self, names: Iterable[str]) -> None:
        self._names = names

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names that begin so."""
        return [CompletionItem(name) for name in self._names if name.startswith(incomplete)]


class _Program(click.Group):
    """All commands; each is loaded only where it is typed."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, its arguments ready to be completed."""
        if cmd_name not in COMMANDS:
            return None
        command = find(cmd_name)
        for param in command.params:
            if param.name in _RUNS and isinstance(param, click.Argument):
                param.type = _Named(_runs())
            elif param.name in ("pair", "pairs"):
                param.type = _Named(pair.name for pair in list_pairs())
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so."""
        return [
            CompletionItem(name, help=says) for name, says in COMMANDS.items() if name.startswith(incomplete)
        ]


def _runs() -> list[str]:
    """The newest runs, and `last`; what is wrong with the config file is not the shell's to tell."""
    with suppress(DuologueError):
        newest = [folder.name for folder in run_folders(saved_runs(None))][-_MOST:]
        return ["last", *reversed(newest)]
    return ["last"]


def complete(instruction: str) -> int:
    """Answer the shell's script, which asks as `bash_complete`; the exit code."""
    shell, _, _what = instruction.partition("_")
    kind = get_completion_class(shell)
    if kind is None:
        return 1
    click.echo(kind(_Program(_PROGRAM), {}, _PROGRAM, COMPLETE_VARIABLE).complete())
    return 0


@click.command(short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), required=False)
def command(shell: str | None) -> None:
    """Print the script with which SHELL (else that of $SHELL) completes commands, options, runs and pairs.

    \b
    bash, in ~/.bashrc:                     eval "$(duologue completion bash)"
    zsh, in ~/.zshrc after compinit:        eval "$(duologue completion zsh)"
    fish, in ~/.config/fish/config.fish:    duologue completion fish | source
    """
    named = shell or os.path.basename(os.environ.get("SHELL", "bash"))
    kind = get_completion_class(named)
    if kind is None:
        raise click.BadArgumentUsage(f"There is no completion for {named!r}: say bash, zsh or fish.")
    click.echo(kind(_Program(_PROGRAM), {}, _PROGRAM, COMPLETE_VARIABLE).source())
