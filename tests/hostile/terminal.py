"""Our side of a real pseudo-terminal: what a child process makes it receive, and the keys that it gets."""

import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

termios = pytest.importorskip("termios", reason="needs a terminal")
fcntl = pytest.importorskip("fcntl", reason="needs a terminal")

PATIENCE_S: Final = 60.0
_QUIET_S: Final = 0.05
_PIECE: Final = 512
_ROOT: Final = Path(__file__).parents[2]


class Terminal:
    """`seen` is every byte that arrived; nothing on the way changes one. `closed`: the other side has."""

    def __init__(self, columns: int, lines: int) -> None:
        self._ours, self.theirs = os.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, _size(columns, lines))
        modes = termios.tcgetattr(self.theirs)
        modes[1] &= ~termios.OPOST
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(self.theirs, termios.TCSANOW, modes)
        self.seen = bytearray()
        self.closed = False

    def read(self, for_s: float) -> bool:
        """Take what arrives within that time; whether anything did."""
        if not select.select([self._ours], [], [], for_s)[0]:
            return False
        try:
            data = os.read(self._ours, 1 << 20)
        except OSError:
            data = b""
        self.closed = not data
        self.seen += data
        return bool(data)

    def rest(self) -> bytes:
        """Everything, when the other side has closed. As long as anything comes, it goes on."""
        until = time.monotonic() + PATIENCE_S
        while not self.closed:
            assert time.monotonic() < until, bytes(self.seen[-1500:])
            if self.read(_QUIET_S):
                until = time.monotonic() + PATIENCE_S
        return bytes(self.seen)

    def wait_for(self, mark: bytes, keys: bytes = b"", times: int = 1) -> bytes:
        """What arrives until these bytes are in it so many times; as long as anything comes, it goes on."""
        begun, at, until = len(self.seen), len(self.seen), time.monotonic() + PATIENCE_S
        while times:
            found = self.seen.find(mark, at)
            if found >= 0:
                times, at = times - 1, found + len(mark)
                continue
            at = max(len(self.seen) - len(mark), at)
            assert time.monotonic() < until, bytes(self.seen[-1500:])
            if self.read(_QUIET_S):
                until = time.monotonic() + PATIENCE_S
            elif keys:
                self.press(keys)
        return bytes(self.seen[begun:])

    def press(self, keys: bytes) -> None:
        """Type keys, or paste; never more at once than the terminal holds while it is read."""
        for at in range(0, len(keys), _PIECE):
            while not select.select([], [self._ours], [], 0.01)[1]:
                self.read(0)
            os.write(self._ours, keys[at : at + _PIECE])
            self.read(0)

    def close(self) -> None:
        """Close our side."""
        os.close(self._ours)


def _size(columns: int, lines: int) -> bytes:
    return struct.pack("HHHH", lines, columns, 0, 0)


@contextmanager
def on_terminal(
    arguments: Sequence[str | Path], columns: int, lines: int, **environment: str
) -> Iterator[Terminal]:
    """A Python process whose terminal this is, killed where it outlives the context."""
    terminal = Terminal(columns, lines)
    sides = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    size = {"COLUMNS": str(columns), "LINES": str(lines)}
    settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": path, **size, **environment}
    command = [sys.executable, *map(str, arguments)]
    with subprocess.Popen(
        command, env={**os.environ, **settings}, start_new_session=True, **sides
    ) as process:
        os.close(terminal.theirs)
        try:
            yield terminal
        finally:
            if process.poll() is None:
                process.kill()
            terminal.close()
