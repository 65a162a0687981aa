"""Commands typed while a run is shown as plain lines: one a line on standard input."""

import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from duologue.cli.control import read_command
from duologue.display import display_safe
from duologue.errors import DuologueError
from duologue.record.control import send

HELP: Final = """\
pause             begin nothing new; `resume` goes on
say TEXT          tell the user agent something
criterion TEXT    add a condition that the result has to meet
limit NAME VALUE  set turns, tokens, minutes or cost anew
stop [TEXT]       end the run now, with what it has
approve, deny     answer what the run asks
help              this list
ctrl+c            leave; a run of this process is parked"""
_WAIT_S: Final = 0.2
_MOST_BYTES: Final = 1 << 16

Say = Callable[[str], None]


@contextmanager
def listening(folder: Path, *, commands: bool) -> Iterator[None]:
    """While this lasts, lines of standard input steer the run in the folder: those of a terminal, and with
    `commands` those of a pipe. The end of the input changes nothing."""
    ended = threading.Event()
    if not commands and not sys.stdin.isatty():
        yield
        return

    def tell(text: str) -> None:
        click.echo(text, err=True)

    if sys.stdin.isatty():
        tell("Type a command and enter to steer the run; `help` lists them.")
    thread = threading.Thread(target=_listen, args=(sys.stdin.fileno(), folder, tell, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _listen(descriptor: int, folder: Path, tell: Say, ended: threading.Event) -> None:
    rest = b""
    while not ended.is_set():
        if not _readable(descriptor):
            continue
        # Read below Python's own buffers, whose lock a thread would hold while it waits.
        data = os.read(descriptor, _MOST_BYTES)
        *lines, rest = (rest + data).split(b"\n")
        for line in lines if data else [rest]:
            obey(line.decode("utf-8", "replace"), folder, tell)
        if not data:
            return


def _readable(descriptor: int) -> bool:
    """Whether there is something to read, and this process may: one in the background would be stopped."""
    if not select.select([descriptor], [], [], _WAIT_S)[0]:
        return False
    if os.isatty(descriptor) and os.tcgetpgrp(descriptor) != os.getpgrp():
        time.sleep(_WAIT_S)
        return False
    return True


def obey(line: str, folder: Path, tell: Say) -> None:
    """Do what the line says; what is wrong with it is told in a sentence."""
    word, _, text = line.strip().partition(" ")
    if not word:
        return
    if word in ("help", "?"):
        tell(HELP)
        return
    try:
        send(folder, read_command(word, text.strip()))
    except DuologueError as exc:
        tell(display_safe(" ".join(filter(None, [exc.message, exc.hint])), newlines=False))
    else:
        tell(f"Told the run: {display_safe(word)}.")
