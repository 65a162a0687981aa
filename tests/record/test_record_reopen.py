"""Going on with a log: a torn tail is cut off, anything worse is refused, and the chain goes on."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from record_samples import HEADER, log_lines, turns_log

from duologue.errors import LogDamaged, LogTooNew, RecordError, RunBusy
from duologue.record.events import TurnStarted
from duologue.record.lock import is_locked
from duologue.record.log import LogWriter
from duologue.record.reader import read_strict

LINES = turns_log(5)
NEXT = TurnStarted(turn=9, role="user")

WRITE = """
import sys
from pathlib import Path
from duologue.record.events import ControlReceived
from duologue.record.log import LogWriter
log, _ = LogWriter.reopen(Path(sys.argv[1]))
print("open", flush=True)
for number in range(10**6):
    log.append(ControlReceived(command="say", by="me", text="x" * (number % 3000)))
"""


def save(folder: Path, data: bytes) -> Path:
    """A run's folder with a log of these bytes."""
    folder.mkdir()
    (folder / "log.jsonl").write_bytes(data)
    return folder


@pytest.mark.parametrize("tail", [b"", b"{", LINES[4][:-1], LINES[4][:-3], b"\0" * 50])
async def test_goes_on_after_a_torn_tail(tmp_path: Path, tail: bytes) -> None:
    """A torn last line is cut off and counted, and the log goes on as if it had never been."""
    run = save(tmp_path / "run", b"".join(LINES[:4]) + tail)
    log, records = LogWriter.reopen(run)
    with log:
        assert [record.seq for record in records] == [1, 2, 3, 4]
        assert log.cut == len(tail)
        assert log.mono >= records[-1].mono
        added = log.append(NEXT)
        await log.commit()
    assert added.seq == 5
    assert added.mono >= records[-1].mono
    assert read_strict(log.path) == [*records, added]


DAMAGED = {
    "altered": LINES[0] + LINES[1].replace(b"user", b"usex") + LINES[2],
    "garbage": LINES[0] + b"garbage\n" + LINES[1],
    "garbage at the end": b"".join(LINES) + b"garbage\n",
    "lost": LINES[0] + LINES[2],
    "no header": LINES[1],
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_log_is_refused(tmp_path: Path, data: bytes) -> None:
    """A log that is wrong in the middle is refused, left as it is, and let go of."""
    run = save(tmp_path / "run", data)
    with pytest.raises(LogDamaged) as caught:
        LogWriter.reopen(run)
    assert "repair" in str(caught.value.hint)
    assert (run / "log.jsonl").read_bytes() == data
    assert not is_locked(run / "log.jsonl")


def test_newer_log_is_refused(tmp_path: Path) -> None:
    """A log of a newer major version is not written to."""
    (line,) = log_lines([HEADER.model_copy(update={"schema_": "2.0"})])
    run = save(tmp_path / "run", line)
    with pytest.raises(LogTooNew):
        LogWriter.reopen(run)
    assert (run / "log.jsonl").read_bytes() == line


def test_no_log(tmp_path: Path) -> None:
    """Where no log is, there is nothing to go on with."""
    with pytest.raises(RecordError, match="cannot be opened"):
        LogWriter.reopen(tmp_path)


def test_run_that_is_going_is_refused(tmp_path: Path) -> None:
    """A run that is being written is refused with the pid of who writes it, for its own person's eyes."""
    with LogWriter.create(tmp_path / "run") as log:
        with pytest.raises(RunBusy, match=f"pid {os.getpid()}"):
            LogWriter.reopen(tmp_path / "run")
        assert (tmp_path / "run" / "pid").stat().st_mode & 0o777 == 0o600
        log.append(HEADER)
    assert len(read_strict(log.path)) == 1


@pytest.mark.parametrize("pause_ms", [1, 7, 20])
def test_killed_writer(tmp_path: Path, pause_ms: int) -> None:
    """A writer that is killed at any moment leaves a log that can be gone on with."""
    run = save(tmp_path / "run", b"".join(LINES))
    command = [sys.executable, "-c", WRITE, str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        with suppress(subprocess.TimeoutExpired):
            writer.wait(pause_ms / 1000)
        writer.kill()
    log, records = LogWriter.reopen(run)
    with log:
        log.append(NEXT)
    assert len(records) >= len(LINES)
    assert read_strict(log.path)[:-1] == records


def test_full_disk(small_disk: Path) -> None:
    """On a full disk a log still opens; the first line without room says so, and the log stays whole."""
    run = save(small_disk / "run", b"".join(LINES))
    with suppress(OSError):
        (small_disk / "filler").write_bytes(b"x" * 100_000)
    log, records = LogWriter.reopen(run)
    with log, pytest.raises(RecordError, match="cannot be written"):
        [log.append(NEXT) for _ in range(100)]
    assert read_strict(log.path)[: len(records)] == records
    (small_disk / "filler").unlink()
    log, records = LogWriter.reopen(run)
    with log:
        log.append(NEXT)
    assert len(read_strict(log.path)) == len(records) + 1
