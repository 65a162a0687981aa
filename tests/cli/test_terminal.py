"""A run on a real terminal: the screen opens, keys reach it, and it leaves the terminal as it was."""

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from duologue.record.events import RunParked, RunStarted
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.running import child, only_run, run_child
from tests.cli.scenarios import done_at_once, endless

PATIENCE_S = 40.0


@contextmanager
def shown(terminal: "Terminal", *arguments: str | Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command on that terminal; `more` goes into its environment."""
    sides = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
    environment = {**os.environ, "TERM": "xterm-256color", **more}
    with child(*arguments, env=environment, start_new_session=True, **sides) as process:
        yield process


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

    def read_to_end(self, process: "subprocess.Popen[bytes]") -> int:
        """Read on until the process has ended; its exit code."""
        until = time.monotonic() + PATIENCE_S
        while process.poll() is None:
            assert time.monotonic() < until, f"it goes on: {self.seen[-2000:]!r}"
            if select.select([self.ours], [], [], 0.05)[0]:
                self.seen += os.read(self.ours, 65536)
        return process.returncode

    def press(self, keys: bytes) -> None:
        """Type keys."""
        os.write(self.ours, keys)

    def close(self) -> None:
        """Close both sides."""
        os.close(self.ours)
        os.close(self.theirs)


def wait_until(process: "subprocess.Popen[bytes]", status: str) -> None:
    """Until the system says this of the process."""
    until = time.monotonic() + PATIENCE_S
    while status not in Path(f"/proc/{process.pid}/status").read_text():
        assert time.monotonic() < until, status
        time.sleep(0.01)


def test_a_run_on_a_terminal_opens_the_screen_and_q_parks_it(runs: Path, home: Path) -> None:
    """`run` on a terminal draws the screen; q and then y end it, the run is parked, the terminal is itself
    again, and how to go on is printed on it."""
    terminal = Terminal()
    with shown(terminal, "run", "--scenario", endless(home)) as process:
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
    with shown(terminal, "replay", "last") as process:
        terminal.read_until(b"replay")
        terminal.close()
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's state from /proc")
def test_a_replay_is_suspended_and_gone_on_with(runs: Path, home: Path) -> None:
    """SIGTSTP gives the terminal back, SIGCONT takes it again; one that follows no suspension changes
    nothing, as the end of a terminal brings one along."""
    assert run_child("run", "--scenario", done_at_once(home), "--quiet").code == 0
    terminal = Terminal()
    with shown(terminal, "replay", "last") as process:
        terminal.read_until(b"\x1b[?1049h")
        terminal.read_until(b"help")
        before = len(terminal.seen)
        process.send_signal(signal.SIGCONT)
        wait_until(process, "ShdPnd:\t0000000000000000")  # else the next signal would take its place
        process.send_signal(signal.SIGTSTP)
        terminal.read_until(b"\x1b[?1049l")
        assert b"\x1b[?1049h" not in terminal.seen[before:]
        wait_until(process, "State:\tT")
        process.send_signal(signal.SIGCONT)
        terminal.read_until(b"\x1b[?1049h")
        terminal.press(b"q")
        assert terminal.read_to_end(process) == 0
    assert termios.tcgetattr(terminal.theirs) == terminal.before
    terminal.close()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's state from /proc")
def test_ctrl_z_leaves_the_terminal_to_the_shell(runs: Path, home: Path) -> None:
    """As in any other program: the terminal is given back, the process stopped, and goes on after SIGCONT."""
    assert run_child("run", "--scenario", done_at_once(home), "--quiet").code == 0
    terminal = Terminal()
    with shown(terminal, "replay", "last") as process:
        terminal.read_until(b"help")
        terminal.press(b"\x1a")
        terminal.read_until(b"\x1b[?1049l")
        wait_until(process, "State:\tT")
        before = len(terminal.seen)
        process.send_signal(signal.SIGCONT)
        terminal.read_until(b"\x1b[?1049h")
        terminal.press(b"?")
        terminal.read_until(b"play, pause")
        assert goal_of(runs) in terminal.seen[before:]
        terminal.press(b"qq")
        assert terminal.read_to_end(process) == 0
    assert termios.tcgetattr(terminal.theirs) == terminal.before
    terminal.close()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's state from /proc")
def test_a_screen_that_was_stopped_unasked_is_painted_again(runs: Path, home: Path) -> None:
    """Whatever had the terminal meanwhile may have written over it and set it otherwise: after SIGCONT it is
    as it was, without being taken a second time."""
    assert run_child("run", "--scenario", done_at_once(home), "--quiet").code == 0
    terminal = Terminal()
    with shown(terminal, "replay", "last") as process:
        terminal.read_until(b"\x1b[?1049h")
        terminal.read_until(b"help")
        process.send_signal(signal.SIGSTOP)
        wait_until(process, "State:\tT")
        taken = termios.tcgetattr(terminal.theirs)
        termios.tcsetattr(terminal.theirs, termios.TCSANOW, terminal.before)
        before = len(terminal.seen)
        process.send_signal(signal.SIGCONT)
        terminal.read_until(goal_of(runs))
        assert termios.tcgetattr(terminal.theirs) == taken
        terminal.press(b"?")
        terminal.read_until(b"play, pause")
        assert b"\x1b[?1049h" not in terminal.seen[before:]
        terminal.press(b"qq")
        assert terminal.read_to_end(process) == 0
    assert termios.tcgetattr(terminal.theirs) == terminal.before
    terminal.close()


@pytest.mark.parametrize("command", ["replay", "watch"])
def test_whose_run_it_is_stands_there_before_the_screen_is_loaded(
    runs: Path, home: Path, command: str
) -> None:
    """The goal is painted before Textual is imported; keys that come meanwhile reach the screen."""
    assert run_child("run", "--scenario", done_at_once(home), "--quiet").code == 0
    terminal = Terminal()
    with shown(terminal, command, "last", PYTHONPROFILEIMPORTTIME="1") as process:
        terminal.read_until(goal_of(runs))
        assert b" textual\r" not in terminal.seen
        terminal.press(b"q")
        assert terminal.read_to_end(process) == 0
    assert b" textual\r" in terminal.seen
    assert termios.tcgetattr(terminal.theirs) == terminal.before
    terminal.close()


def test_a_log_that_cannot_be_shown_is_said_below_the_prompt(runs: Path, home: Path) -> None:
    """What is wrong with a log is one sentence on the terminal itself, as if no screen had been there."""
    log = runs / "broken" / LOG_NAME
    log.parent.mkdir(parents=True)
    log.write_bytes(b"nothing\n")
    terminal = Terminal()
    with shown(terminal, "replay", "broken") as process:
        terminal.read_until(b"holds nothing that can be shown.")
        assert terminal.read_to_end(process) == 1
    assert terminal.seen.count(b"\x1b[?1049h") == terminal.seen.count(b"\x1b[?1049l") == 1
    assert terminal.seen.index(b"\x1b[?1049l") < terminal.seen.index(b"holds nothing")
    assert termios.tcgetattr(terminal.theirs) == terminal.before
    terminal.close()


def test_a_log_of_a_later_program_is_refused_before_anything_is_painted(runs: Path, home: Path) -> None:
    """A newer major version needs no screen to be refused."""
    log = runs / "later" / LOG_NAME
    log.parent.mkdir(parents=True)
    log.write_bytes(
        b'{"seq":1,"type":"run.started","at":"","mono":0,"schema":"9.0","sum":"0123456789abcdef"}\n'
    )
    terminal = Terminal()
    with shown(terminal, "replay", "later") as process:
        terminal.read_until(b"Upgrade Duologue")
        assert terminal.read_to_end(process) == 1
    assert b"\x1b[?1049h" not in terminal.seen
    terminal.close()


def goal_of(runs: Path) -> bytes:
    """The goal of the only run, as it stands in its log."""
    started = read_strict(only_run(runs) / LOG_NAME)[0].event
    assert isinstance(started, RunStarted)
    return started.goal.encode()


@pytest.mark.parametrize("hung_up", [False, True])
def test_a_run_whose_terminal_is_closed_is_parked(hung_up: bool, runs: Path, home: Path) -> None:
    """With its screen gone the run is parked as by SIGHUP, be it told by the signal or not."""
    terminal = Terminal()
    sides = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
    environment = {**os.environ, "TERM": "xterm-256color"}
    with child(
        "run", "--scenario", endless(home), env=environment, start_new_session=True, **sides
    ) as process:
        terminal.read_until(b"Attempt")
        if hung_up:
            process.send_signal(signal.SIGHUP)
        terminal.close()
        assert process.wait(PATIENCE_S) == 129
    last = read_strict(only_run(runs) / LOG_NAME)[-1].event
    assert isinstance(last, RunParked)
    assert "SIGHUP" in last.reason
