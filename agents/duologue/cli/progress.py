"""What is going on at the moment, on stderr: one line that is replaced, or plain lines where none can be."""

import os
import shutil
import sys

import click

from duologue.display import display_safe, one_line


class Progress:
    """Says what is tried, and takes it back when it is done."""

    def __init__(self) -> None:
        self._replaces = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def say(self, text: str) -> None:
        """This is tried now; what does not fit is cut."""
        if self._replaces:
            # A line that wrapped could not be taken back.
            shown = one_line(text, shutil.get_terminal_size().columns - 1)
            click.echo(f"\r\x1b[K{shown}", err=True, nl=False)
        else:
            click.echo(display_safe(text), err=True)

    def clear(self) -> None:
        """Nothing is tried."""
        if self._replaces:
            click.echo("\r\x1b[K", err=True, nl=False)
