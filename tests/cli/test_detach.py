"""Runs in the background outlive the command and the terminal that started them."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from duologue.record.lock import PID_NAME, is_locked
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.running import COMMAND, only_run, run_child
from tests.cli.scenarios import HAIKU, done_at_once, endless

_MOST_POLLS = 600


@pytest.fixture
def background(runs: Path) -> Iterator[None]:
    """Whatever a test left going in the background is ended with it."""
    yield
    for pid in runs.glob(f"*/{PID_NAME}"):
        os.kill(int(pid.read_text()), signal.SIGKILL)


def wait_for_end(run: Path) -> str:
    for _ in range(_MOST_POLLS):
        if not is_locked(run / LOG_NAME):
            return read_strict(run / LOG_NAME)[-1].event.type
        time.sleep(0.05)
    raise AssertionError("the run did not end")


def wait_for_text(path: Path) -> str:
    """What is saved there: the process does so once its run has ended and the log is closed."""
    for _ in range(_MOST_POLLS):
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"nothing was saved in {path}")


@pytest.mark.usefixtures("background")
def test_detached_run_survives_its_terminal(runs: Path, home: Path) -> None:
    """A hang-up of the session that started it does not touch a detached run, which saves its result."""
    scenario = done_at_once(home, characters_per_second=200)
    arguments = ["run", "--scenario", str(scenario), "--detach", "-o", "haiku.txt"]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        said = process.stdout.read().decode()
        assert "goes on in the background" in said
        assert process.wait() == 0
        run = only_run(runs)
        assert is_locked(run / LOG_NAME)
        background = int((run / PID_NAME).read_text())
        os.kill(background, signal.SIGHUP)
    assert wait_for_end(run) == "run.ended"
    assert wait_for_text(home / "haiku.txt") == HAIKU + "\n"


@pytest.mark.usefixtures("background")
def test_detached_run_is_parked_by_its_pid(runs: Path, home: Path) -> None:
    """The pid that the command names ends the run in order."""
    said = run_child("run", "--scenario", endless(home), "--detach").out
    pid = int(said.partition("(pid ")[2].partition(")")[0])
    os.kill(pid, signal.SIGTERM)
    assert wait_for_end(only_run(runs)) == "run.parked"


def test_what_keeps_a_run_from_beginning_is_said_at_once(runs: Path) -> None:
    """A fault before the first event comes out of the command, with the code that it always has."""
    refused = run_child("run", "hello", "--base-url", "http://127.0.0.1:9/v1", "--detach")
    assert (refused.code, "refused the connection" in refused.err) == (1, True)
    assert not runs.exists()
