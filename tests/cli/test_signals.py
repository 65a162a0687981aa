"""Signals: each ends a run in order, leaves a whole log, and shows in the exit code."""

import fcntl
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from duologue.record.events import Record, RunParked
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.running import child, only_run, read_until, run_child
from tests.cli.scenarios import done_at_once, endless


def records_of(runs: Path) -> list[Record]:
    return read_strict(only_run(runs) / LOG_NAME)


@pytest.mark.parametrize("mode", ["--json", "--plain", "--quiet"])
def test_one_interrupt_parks_the_run(mode: str, runs: Path, home: Path) -> None:
    """The first SIGINT ends the turn in progress and parks the run, with code 130 and a whole log."""
    with child("run", "--scenario", endless(home), mode) as process:
        if mode == "--quiet":
            wait_for(runs, b'"turn.completed"')
        else:
            read_until(process, b'"turn.completed"' if mode == "--json" else b"turn 1")
        process.send_signal(signal.SIGINT)
        assert_parked(process, 130, runs)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_park_the_run_too(number: signal.Signals, runs: Path, home: Path) -> None:
    """SIGTERM and SIGHUP park the run as an interrupt does, with 128 plus their number as the code."""
    with child("run", "--scenario", endless(home), "--json") as process:
        read_until(process, b'"turn.completed"')
        process.send_signal(number)
        assert_parked(process, 128 + number, runs)


def assert_parked(process: subprocess.Popen[bytes], code: int, runs: Path) -> None:
    """The process ends with this code, without a traceback, and its log ends in `run.parked`."""
    _, complaints = process.communicate()
    assert process.returncode == code
    assert b"Traceback" not in complaints
    last = records_of(runs)[-1].event
    assert isinstance(last, RunParked)
    assert "SIG" in last.reason


def test_the_second_interrupt_ends_a_process_that_nothing_else_ends(runs: Path, home: Path) -> None:
    """A process whose output nobody takes cannot park; the second SIGINT ends it all the same, with code 130,
    and what was committed stays readable."""
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)  # less than the log's first lines
    with child("run", "--scenario", endless(home), "--json", stdout=theirs) as process:
        os.close(theirs)
        wait_for(runs, b'"run.started"')
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    os.close(ours)
    assert records_of(runs)[-1].event.type != "run.parked"


@pytest.mark.parametrize("order", ["written", "hung up"])
def test_a_terminal_that_is_closed_parks_the_run(order: str, runs: Path, home: Path) -> None:
    """A run whose terminal goes away is parked as by SIGHUP, be the signal or the failed write seen first."""
    ours, theirs = os.openpty()
    with child("run", "--scenario", endless(home), "--plain", stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        wait_for(runs, b'"turn.completed"')
        if order == "hung up":
            process.send_signal(signal.SIGHUP)
        os.close(ours)
        assert process.wait(20) == 129
    last = records_of(runs)[-1].event
    assert isinstance(last, RunParked)
    assert "SIGHUP" in last.reason


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
@pytest.mark.parametrize("command", [("ls",), ("show",), ("ls", "--json")])
def test_a_full_disk_behind_a_list_is_said(command: tuple[str, ...], runs: Path, home: Path) -> None:
    """A saved run is printed to a disk that is full: one sentence, exit code 1."""
    assert run_child("run", "--scenario", done_at_once(home), "--quiet").code == 0
    with Path("/dev/full").open("wb") as full, child(*command, stdout=full) as process:
        _, said = process.communicate()
    assert (process.returncode, said) == (
        1,
        b"duologue: The output cannot be written: No space left on device.\n",
    )


@pytest.mark.parametrize("mode", ["--plain", "--json", "--quiet"])
def test_a_log_that_cannot_be_written_is_said(mode: str, runs: Path, home: Path) -> None:
    """The last line that would have told the end is missing then: the reason is told, and how to go on."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    ran = run_child("run", "--scenario", endless(home, speed=0), mode, preexec_fn=small)
    assert ran.code == 1, ran
    assert "duologue: The log cannot be written: the disk is full.\n" in ran.err
    assert f"  Next: duologue resume {only_run(runs).name}\n" in ran.err


def test_a_full_disk_behind_the_output_parks_the_run(runs: Path, home: Path) -> None:
    """A run whose printed lines cannot be written is parked, and says why in its log."""
    with (
        Path("/dev/full").open("wb") as full,
        child("run", "--scenario", endless(home), "--json", stdout=full) as process,
    ):
        assert process.wait(20) == 6
    last = records_of(runs)[-1].event
    assert isinstance(last, RunParked)
    assert "No space left" in last.reason


def test_a_signal_before_the_first_turn_parks_an_empty_run(runs: Path, home: Path) -> None:
    """A run that is interrupted as soon as its log begins is parked with what it has."""
    with child("run", "--scenario", endless(home), "--json") as process:
        read_until(process, b'"run.started"')
        process.send_signal(signal.SIGTERM)
        assert_parked(process, 143, runs)


def wait_for(runs: Path, wanted: bytes) -> None:
    """Until a line with these bytes is in the log of a run whose output is not read."""
    for _ in range(2000):
        if any(wanted in log.read_bytes() for log in runs.glob(f"*/{LOG_NAME}")):
            return
        time.sleep(0.01)
    raise AssertionError(f"{wanted!r} never came")
