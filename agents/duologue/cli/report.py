"""What went wrong, in one sentence with a hint, and the exit code that goes with it."""

import errno
import os
import signal
import sys
from io import StringIO
from typing import Final

import click

from duologue.cli.misuse import misuse
from duologue.display import display_safe
from duologue.errors import DuologueError, Interrupted, UserError
from duologue.outcomes import EXIT_FAILED, EXIT_USAGE

_EXIT_INTERRUPTED = 130
_UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a disk or a terminal that is printed to says when it takes no more."""


class _Verbatim(StringIO):
    """Takes what Click says as it is: elsewhere it would leave out in silence what looks like a colour."""

    def isatty(self) -> bool:
        """So that nothing is left out."""
        return True


def report(exc: Exception) -> int:
    """Say it on stderr and return the exit code; what is no error of ours is raised again."""
    match exc:
        case click.exceptions.Exit():
            return exc.exit_code
        case click.Abort() | KeyboardInterrupt():
            return _EXIT_INTERRUPTED
        case click.UsageError():
            complain(*misuse(exc))
            return EXIT_USAGE
        case click.ClickException():
            shown = _Verbatim()
            exc.show(shown)
            click.echo(display_safe(_discreet(shown.getvalue())), err=True, nl=False)
            return exc.exit_code
        case BrokenPipeError():
            # Nobody reads what is printed; leave without the complaint that Python makes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return EXIT_FAILED
        case OSError(errno=code) if code in _UNWRITABLE and exc.filename is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            complain(f"The output cannot be written: {exc.strerror}.", None)
            return EXIT_FAILED
        case Interrupted():
            complain(exc.message, exc.hint)
            return 128 + signal.Signals[exc.by] if exc.by in signal.Signals.__members__ else EXIT_FAILED
        case DuologueError():
            complain(exc.message, exc.hint)
            return EXIT_USAGE if isinstance(exc, UserError) else EXIT_FAILED
        case _:
            raise exc


def _discreet(text: str) -> str:
    from duologue.cli.discretion import discreet  # what knows secrets is loaded where something went wrong

    return discreet(text)


def _short(hint: str) -> str:
    from duologue.cli.saved import short  # and so is what knows where runs are saved

    return short(hint)


def complain(message: str, hint: str | None) -> None:
    """One sentence and a hint on stderr, without secrets and safe for the terminal."""
    click.secho(f"duologue: {display_safe(_discreet(message))}", err=True, fg="red")
    if hint:
        click.echo(f"  {display_safe(_discreet(_short(hint)))}", err=True)
