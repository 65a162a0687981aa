"""Commands as lines on standard input, while a run is shown as plain lines."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from duologue.cli.commands import obey
from duologue.record.control import CONTROL_NAME
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.running import child, only_run, read_until
from tests.cli.scenarios import endless
from tests.cli.test_terminal import Terminal


def commands(runs: Path) -> list[tuple[str, str]]:
    """What the run's log says that it was told."""
    events = [record.event for record in read_strict(only_run(runs) / LOG_NAME)]
    return [(event.command, event.text) for event in events if event.type == "control.received"]


def test_a_run_is_steered_by_lines_of_a_pipe(home: Path, runs: Path) -> None:
    """With --commands, what stands on standard input is done, in order; what is no command is one sentence;
    the end of the input ends nothing by itself."""
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with child("run", "--scenario", endless(home), "--plain", "--commands", **pipes) as process:
        assert process.stdin is not None
        read_until(process, b"turn 2")
        process.stdin.write(b"help\n\ndance now\nlimit turns x\nsay Name the sea.\n")
        process.stdin.flush()
        seen = read_until(process, b"Told the run: say.")
        log = only_run(runs) / LOG_NAME
        while b"Name the sea." not in log.read_bytes():
            assert process.poll() is None
            time.sleep(0.05)
        process.stdin.write(b"stop Enough of it.")
        process.stdin.close()
        assert process.stdout is not None
        process.stdout.read()
        process.wait()
    assert b"criterion TEXT" in seen
    assert b"There is no command 'dance'. They are: pause, resume" in seen
    assert b"'x' is no number of turns. As in: limit turns 60" in seen
    assert commands(runs) == [("say", "Name the sea."), ("stop", "Enough of it.")]


def test_without_the_option_a_pipe_is_not_read(home: Path, runs: Path) -> None:
    """What stands on a pipe by chance is no command."""
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with child("run", "--scenario", endless(home, exchanges=2), "--plain", **pipes) as process:
        out, _ = process.communicate(b"stop Now.\n")
    assert b"Told" not in out
    assert commands(runs) == []


def test_a_watcher_steers_too(home: Path, runs: Path) -> None:
    """`watch --plain` on a terminal takes commands, and follows the run to its end."""
    terminal = Terminal()
    try:
        with child("run", "--scenario", endless(home), "--json") as process:
            read_until(process, b'"turn.completed"')
            sides = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
            environment = {**os.environ, "TERM": "xterm-256color"}
            command = [*process.args][:3]  # type: ignore[misc]
            with subprocess.Popen(
                ["setsid", "--ctty", *command, "watch", "--plain"], env=environment, **sides
            ) as watcher:
                terminal.read_until(b"Type a command")
                terminal.press(b"stop From there.\r")
                terminal.read_until(b"Told the run: stop.")
                assert watcher.wait(40) == 0
            process.communicate()
    finally:
        terminal.close()
    assert commands(runs) == [("stop", "From there.")]


@pytest.mark.parametrize("line", ["", "   ", "\n"])
def test_an_empty_line_is_nothing(tmp_path: Path, line: str) -> None:
    """Enter alone says and does nothing."""
    said: list[str] = []
    obey(line, tmp_path, said.append)
    assert said == []
    assert not (tmp_path / CONTROL_NAME).exists()


def test_a_hostile_line_is_told_safely(tmp_path: Path) -> None:
    """What is typed comes back without what could act on the terminal; who is not there is not steered."""
    said: list[str] = []
    obey("\x1b]0;x\x07 text", tmp_path, said.append)
    obey("pause", tmp_path, said.append)
    assert "\x1b" not in said[0]
    assert "Nobody runs" in said[1]
