"""Steering on real terminals, and what becomes of a run when its terminal is closed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from duologue.record.events import ControlReceived, Event, RunEnded, RunParked
from duologue.record.lock import PID_NAME, is_locked
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_log
from tests.cli.running import COMMAND, only_run
from tests.cli.scenarios import endless
from tests.cli.test_terminal import PATIENCE_S, Terminal

# The child makes the terminal its own, so that it is hung up on when that is closed.
_OWN = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


@contextmanager
def on_terminal(*arguments: str | Path) -> Iterator[tuple[Terminal, "subprocess.Popen[bytes]"]]:
    """The command in a session of its own, on a terminal that is its own."""
    terminal = Terminal()
    side = terminal.theirs
    with subprocess.Popen(
        [sys.executable, "-c", _OWN, *COMMAND, *map(str, arguments)],
        stdin=side,
        stdout=side,
        stderr=side,
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    ) as process:
        os.close(side)
        try:
            yield terminal, process
        finally:
            if process.poll() is None:
                process.kill()


def wait_for(run: Path, wanted: Callable[[Event], bool]) -> Event:
    """The first such event of the run's log, once it is there."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        for record in read_log(run / LOG_NAME)[0]:
            if wanted(record.event):
                return record.event
        time.sleep(0.05)
    raise AssertionError("the log does not say so")


def told(event: Event) -> bool:
    return isinstance(event, ControlReceived)


def test_a_run_of_this_terminal_is_told_and_parked_when_it_is_closed(runs: Path, home: Path) -> None:
    """What is typed on the screen is in the log; closing the terminal parks the run in order."""
    with on_terminal("run", "--scenario", endless(home)) as (terminal, process):
        terminal.read_until(b"Attempt")
        terminal.press(b"s")
        terminal.read_until(b"ctrl+j")
        terminal.press(b"Mind the fees.\nAll of them.\r")
        said = wait_for(only_run(runs), told)
        assert isinstance(said, ControlReceived)
        assert (said.command, said.text) == ("say", "Mind the fees.\nAll of them.")
        os.close(terminal.ours)
        process.wait(PATIENCE_S)
    parked = read_log(only_run(runs) / LOG_NAME)[0][-1].event
    assert isinstance(parked, RunParked)
    assert parked.reason == "Interrupted by SIGHUP."


def test_a_detached_run_outlives_its_terminal_and_its_watchers(runs: Path, home: Path) -> None:
    """Neither the terminal that started it nor one that watched it takes a detached run with it; a watcher
    can stop it."""
    with on_terminal("run", "--scenario", endless(home), "--detach") as (terminal, process):
        terminal.read_until(b"goes on in the background")
        process.wait(PATIENCE_S)
        os.close(terminal.ours)
    run = only_run(runs)
    pid = int((run / PID_NAME).read_text())
    try:
        with on_terminal("watch", run.name) as (terminal, process):
            terminal.read_until(b"Attempt")
            os.close(terminal.ours)
            process.wait(PATIENCE_S)
        assert is_locked(run / LOG_NAME)
        with on_terminal("watch", run.name) as (terminal, process):
            terminal.read_until(b"Attempt")
            terminal.press(b"x")
            terminal.read_until(b"ctrl+j")
            terminal.press(b"Enough\r")
            terminal.read_until(b"Your verdict")
            terminal.press(b"y")
            ended = wait_for(run, lambda event: isinstance(event, RunEnded))
            assert isinstance(ended, RunEnded)
            assert (ended.outcome, ended.reason) == ("stopped", "Stopped by the person: Enough")
            terminal.press(b"q")
            terminal.read_until(b"\x1b[?1049l")
            assert process.wait(PATIENCE_S) == 0
            os.close(terminal.ours)
    finally:
        if is_locked(run / LOG_NAME):
            os.kill(pid, signal.SIGKILL)
