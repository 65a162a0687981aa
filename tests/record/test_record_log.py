"""The writer of a log: modes, the lock, what it does when the disk, or the file, goes away."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from record_samples import EVENTS, HEADER

from duologue.errors import RecordError
from duologue.record.events import Record, TurnStarted
from duologue.record.lock import is_locked
from duologue.record.log import LogWriter
from duologue.record.reader import read_strict

TURN = TurnStarted(turn=1, role="user")

LOCK_IT = """
import os, sys
from pathlib import Path
from duologue.errors import RunBusy
from duologue.record.lock import lock
log = Path(sys.argv[1])
try:
    lock(os.open(log, os.O_WRONLY | os.O_APPEND), log.parent)
except RunBusy as exc:
    sys.exit(str(exc))
print("locked")
"""

HOLD_IT = """
import sys, time
from pathlib import Path
from duologue.record.events import TurnStarted
from duologue.record.log import LogWriter
log = LogWriter.create(Path(sys.argv[1]))
log.append(TurnStarted(turn=1, role="user"))
print("held", flush=True)
time.sleep(60)
"""

FILL_IT = """
import asyncio, resource, sys
from pathlib import Path
from duologue.errors import RecordError
from duologue.record.events import ControlReceived
from duologue.record.log import LogWriter

async def main():
    log = LogWriter.create(Path(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
    for number in range(100):
        try:
            log.append(ControlReceived(command="say", by="me", text="x" * 300))
        except RecordError as exc:
            print(exc)
            break
    try:
        log.append(ControlReceived(command="stop", by="me"))
    except RecordError:
        print("refused")
    try:
        await log.commit()
    except RecordError:
        print("not committed")
    log.close()

asyncio.run(main())
"""


def child(script: str, path: Path) -> subprocess.CompletedProcess[str]:
    """The script's whole run in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=30
    )


def mode(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


async def test_what_is_written_reads_back(tmp_path: Path) -> None:
    """Every kind of event reads back as it was appended, numbered from 1 and in order."""
    with LogWriter.create(tmp_path / "run") as log:
        written = [log.append(event) for event in EVENTS]
        await log.commit()
    assert read_strict(log.path) == written
    assert [record.seq for record in written] == list(range(1, len(EVENTS) + 1))
    assert [record.mono for record in written] == sorted(record.mono for record in written)


def test_only_the_person_may_read(tmp_path: Path) -> None:
    """A run's folder is 0700 and its log 0600, whatever the process's mask allows."""
    before = os.umask(0)
    try:
        LogWriter.create(tmp_path / "deep" / "run").close()
    finally:
        os.umask(before)
    assert mode(tmp_path / "deep" / "run") == 0o700
    assert mode(tmp_path / "deep" / "run" / "log.jsonl") == 0o600


def test_observers_see_the_bytes(tmp_path: Path) -> None:
    """An observer is given each record with the very bytes of its line."""
    seen: list[tuple[Record, bytes]] = []
    with LogWriter.create(tmp_path / "run") as log:
        log.observers.append(lambda record, line: seen.append((record, line)))
        log.append(HEADER)
        log.append(TURN)
    assert b"".join(line for _, line in seen) == log.path.read_bytes()
    assert [record for record, _ in seen] == read_strict(log.path)


def test_folder_that_exists_is_not_taken(tmp_path: Path) -> None:
    """A run never writes into a folder that is there already."""
    (tmp_path / "run").mkdir()
    with pytest.raises(RecordError, match="cannot be made") as caught:
        LogWriter.create(tmp_path / "run")
    assert caught.value.hint is not None
    assert list((tmp_path / "run").iterdir()) == []


def test_folder_that_cannot_be_made() -> None:
    """Where no folder can be made, the fault is reported before anything else happens."""
    # /proc takes no new folders from anyone, root included.
    with pytest.raises(RecordError, match="cannot be made"):
        LogWriter.create(Path("/proc/duologue/run"))


def test_second_writer_is_refused(tmp_path: Path) -> None:
    """While one process writes a run, another is refused; once it is done, the lock is free."""
    with LogWriter.create(tmp_path / "run") as log:
        refused = child(LOCK_IT, log.path)
        assert f"Another process is writing the run run: pid {os.getpid()}." in refused.stderr
        assert refused.returncode == 1
        assert is_locked(log.path)
    assert not is_locked(log.path)
    assert child(LOCK_IT, log.path).stdout == "locked\n"


def test_lock_goes_with_its_process(tmp_path: Path) -> None:
    """A writer that is killed leaves no lock behind, and its written lines stay."""
    folder = tmp_path / "run"
    command = [sys.executable, "-c", HOLD_IT, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "held\n"
        assert is_locked(folder / "log.jsonl")
        writer.kill()
        writer.wait(10)
    assert not is_locked(folder / "log.jsonl")
    assert [record.event for record in read_strict(folder / "log.jsonl")] == [TURN]


def test_no_file_is_not_locked(tmp_path: Path) -> None:
    """A log that is not there is not being written."""
    assert not is_locked(tmp_path / "log.jsonl")


def test_short_write_is_cut_back(tmp_path: Path) -> None:
    """When a line no longer fits, its part is cut off, the fault is said, and nothing more is accepted."""
    done = child(FILL_IT, tmp_path / "run")
    assert done.stdout.splitlines() == [
        "The log cannot be written: the disk is full.",
        "refused",
        "not committed",
    ], done.stderr
    assert 3000 < len(read_strict(tmp_path / "run" / "log.jsonl")) * 400 <= 4400


async def test_full_disk(small_disk: Path) -> None:
    """On a full disk the log ends with its last whole line, and says what went wrong."""
    log = LogWriter.create(small_disk / "run")
    long = TURN.model_copy(update={"note": "x" * 5000})
    written: list[Record] = []
    with pytest.raises(RecordError, match=r"disk is full|No space left"):
        written.extend(log.append(long) for _ in range(100))
    with pytest.raises(RecordError):
        await log.commit()
    log.close()
    assert 5 < len(read_strict(log.path)) < 14


@pytest.mark.parametrize("deed", ["deleted", "moved", "replaced", "folder moved"])
async def test_log_that_goes_away(tmp_path: Path, deed: str) -> None:
    """A log that is deleted, moved or replaced under the run is noticed at the next commit, for good."""
    log = LogWriter.create(tmp_path / "run")
    log.append(HEADER)
    await log.commit()
    match deed:
        case "deleted":
            log.path.unlink()
        case "moved":
            log.path.rename(tmp_path / "elsewhere")
        case "replaced":
            (tmp_path / "other").write_bytes(log.path.read_bytes())
            (tmp_path / "other").rename(log.path)
        case _:
            log.path.parent.rename(tmp_path / "elsewhere")
    log.append(TURN)
    with pytest.raises(RecordError, match="deleted or moved"):
        await log.commit()
    with pytest.raises(RecordError, match="deleted or moved"):
        log.append(TURN)
    with pytest.raises(RecordError, match="deleted or moved"):
        await log.commit()
    log.close()


async def test_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """A commit that fails is never followed by one that claims to have worked."""
    log = LogWriter.create(tmp_path / "run")
    log.append(HEADER)
    os.close(log._descriptor)  # the nearest thing to a disk that fails a sync
    for _ in range(2):
        with pytest.raises(RecordError, match=os.strerror(errno.EBADF)):
            await log.commit()


def test_closing_syncs_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was appended and not committed is synced as the log is closed; with nothing left nothing is."""
    sizes: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: sizes.append(os.fstat(descriptor).st_size))
    with LogWriter.create(tmp_path / "empty"):
        pass
    assert sizes == []
    with LogWriter.create(tmp_path / "run") as log:
        log.append(HEADER)
    assert sizes == [log.path.stat().st_size]


def test_names_and_cuts_outlast_a_power_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new log's folder and the one around it are synced, and so is a log whose torn tail was cut off."""
    synced: list[tuple[int, int]] = []

    def noting(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append((status.st_ino, status.st_size))

    monkeypatch.setattr(os, "fsync", noting)
    with LogWriter.create(tmp_path / "run") as log:
        assert [inode for inode, _ in synced] == [(tmp_path / "run").stat().st_ino, tmp_path.stat().st_ino]
        log.append(HEADER)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + b"torn")
    LogWriter.reopen(tmp_path / "run")[0].close()
    assert synced[2:] == [(log.path.stat().st_ino, len(whole))]


def test_closing_twice(tmp_path: Path) -> None:
    """Closing syncs what is left and may be done twice."""
    log = LogWriter.create(tmp_path / "run")
    log.append(HEADER)
    log.close()
    log.close()
    assert len(read_strict(log.path)) == 1
    assert not is_locked(log.path)
