"""A run on a real terminal: the screen opens, keys reach it, and it leaves the terminal as it was."""

import fcntl
import os
import select
import struct
import termios
import time
from pathlib import Path

from duologue.record.events import RunParked
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.running import child, only_run, run_child
from tests.cli.scenarios import done_at_once, endless

PATIENCE_S = 40.0


class Terminal:
    """Our side of a pseudo-terminal of 100 by 30; `seen` is all that was printed on it."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(self.theirs)
        self.seen = b""

    def read_until(self, wanted: bytes) -> None:
        """Read on until these bytes are printed."""
        until = time.monotonic() + PATIENCE_S
        start = len(self.seen)
        while wanted not in self.seen[start:]:
            ready, _, _ = select.select([self.ours], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{wanted!r} was not printed: {self.seen[-2000:]!r}"
            self.seen += os.read(self.ours, 65536)

    def press(self, keys: bytes) -> None:
        """Type keys."""
        os.write(self.ours, keys)

    def close(self) -> None:
        """Close both sides."""
        os.close(self.ours)
        os.close(self.theirs)


def test_a_run_on_a_terminal_opens_the_screen_and_q_parks_it(runs: Path, home: Path) -> None:
    """`run` on a terminal draws the screen; q and then y end it, the run is parked, the terminal is itself
    again, and how to go on is printed on it."""
    terminal = Terminal()
    sides = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
    environment = {**os.environ, "TERM": "xterm-256color"}
    with child(
        "run", "--scenario", endless(home), env=environment, start_new_session=True, **sides
    ) as process:
        terminal.read_until(b"\x1b[?1049h")
        terminal.read_until(b"Attempt")
        terminal.press(b"q")
        terminal.read_until(b"park")
        terminal.press(b"y")
        terminal.read_until(b"\x1b[?1049l")
        terminal.read_until(only_run(runs).name.encode())
        assert process.wait() == 6
    assert termios.tcgetattr(terminal.theirs) == terminal.before
    terminal.close()
    last = read_strict(only_run(runs) / LOG_NAME)[-1].event
    assert isinstance(last, RunParked)


def test_a_replay_ends_with_its_terminal(runs: Path, home: Path) -> None:
    """A screen whose terminal is gone, and that nobody tells of it, ends by itself."""
    assert run_child("run", "--scenario", done_at_once(home), "--quiet").code == 0
    terminal = Terminal()
    sides = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
    environment = {**os.environ, "TERM": "xterm-256color"}
    with child("replay", "last", env=environment, start_new_session=True, **sides) as process:
        terminal.read_until(b"replay")
        terminal.close()
        assert process.wait(PATIENCE_S) == 0
