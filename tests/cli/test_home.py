"""`duologue` alone on a real terminal: the list, a replay and back, a command in the terminal and back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Duologue
from tests.cli.running import child, run_child
from tests.cli.scenarios import done_at_once
from tests.cli.test_terminal import Terminal


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal, closed at the end."""
    made = Terminal()
    yield made
    made.close()


def test_the_list_is_left_for_a_run_and_come_back_to(
    duologue: Duologue, home: Path, runs: Path, terminal: Terminal
) -> None:
    """Enter replays a run, q comes back; r runs the command in the terminal, enter comes back, q ends it."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    sides = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
    with child(env={**os.environ, "TERM": "xterm-256color"}, start_new_session=True, **sides) as process:
        terminal.read_until(b"A haiku about rain.")
        terminal.press(b"\r")
        terminal.read_until(b"replay")
        terminal.press(b"q")
        terminal.read_until(b"1 run ")
        terminal.press(b"r")
        terminal.read_until(b"$ duologue resume")
        terminal.read_until(b"back to the runs")
        terminal.press(b"\r")
        terminal.read_until(b"1 run ")
        terminal.press(b"q")
        terminal.read_until(b"\x1b[?1049l")
        assert process.wait(20) == 0


def test_without_a_terminal_it_is_the_help() -> None:
    """In a pipe `duologue` alone prints the help, and `duologue home` says what to do instead."""
    assert run_child().out == run_child("--help").out
    ran = run_child("home")
    assert ran.code == 2
    assert "`duologue ls` prints it" in ran.err
