"""The lock on a run's log, and the pid beside it."""

import errno
import fcntl
import os
import time
from pathlib import Path

import pytest

from duologue.errors import RecordError, RunBusy
from duologue.record.lock import PID_NAME, is_locked, lock, unsign


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """An empty log in a run's folder."""
    path = tmp_path / "run" / "log.jsonl"
    path.parent.mkdir()
    path.touch()
    return path


def test_a_watcher_that_asks_for_a_moment_is_waited_for(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks whether the run is live does not keep it from being written."""
    with log.open("rb") as watcher, log.open("ab") as writer:
        fcntl.flock(watcher, fcntl.LOCK_SH)
        monkeypatch.setattr(time, "sleep", lambda _: fcntl.flock(watcher, fcntl.LOCK_UN))
        lock(writer.fileno(), log.parent)
        assert is_locked(log)


@pytest.mark.parametrize(
    ("pid", "told"), [(b"123", "123"), (b"\xff", "unknown"), (b"9" * 30, "9" * 20), (None, "unknown")]
)
def test_who_is_refused_is_told_of_the_writer(log: Path, pid: bytes | None, told: str) -> None:
    """As far as the file beside the log tells; the refused one's descriptor is closed."""
    if pid is not None:
        (log.parent / PID_NAME).write_bytes(pid)
    with log.open("rb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        refused = os.open(log, os.O_WRONLY)
        with pytest.raises(RunBusy) as raised:
            lock(refused, log.parent)
    assert raised.value.message.endswith(f"pid {told}.")
    assert str(raised.value.hint).startswith("Watch it: duologue watch ")
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(refused)


def test_a_disk_without_locks(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept where nothing can be locked is not written, and no run there is going."""

    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", none)
    refused = os.open(log, os.O_WRONLY)
    with pytest.raises(RecordError, match="cannot be locked: No locks"):
        lock(refused, log.parent)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(refused)
    assert not is_locked(log)


def test_a_pid_is_taken_away_by_its_own_process_alone(log: Path) -> None:
    """One that a child has left, which goes on with the lock, stays."""
    with log.open("ab") as writer:
        lock(writer.fileno(), log.parent)
    pid = log.parent / PID_NAME
    assert pid.read_text() == str(os.getpid())
    unsign(log.parent)
    assert not pid.exists()
    pid.write_text("1")
    unsign(log.parent)
    assert pid.read_text() == "1"
