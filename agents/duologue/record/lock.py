"""One process a run: the lock on its log, and the pid of the process that holds it."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from duologue.errors import RecordError, RunBusy
from duologue.record.called import by_path

PID_NAME: Final = "pid"
_TRIES: Final = 5
_PAUSE_S: Final = 0.02


def lock(descriptor: int, folder: Path) -> None:
    """Take the run's exclusive lock, which the system frees with the process, and leave our pid beside it.

    Raises RunBusy with the pid of the process that holds it, RecordError where the disk has no locks; the
    descriptor is closed then.
    """
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A watcher that asks whether the run is live holds the lock for a moment.
            time.sleep(_PAUSE_S)
        except OSError as exc:
            os.close(descriptor)
            raise RecordError(f"The log in {folder} cannot be locked: {exc.strerror or exc}.") from exc
        else:
            sign(folder)
            return
    os.close(descriptor)
    raise RunBusy(
        f"Another process is writing the run {folder.name}: pid {_holder(folder)}.",
        hint=f"Watch it: duologue watch {by_path(folder)}",
    )


def sign(folder: Path) -> None:
    """Leave this process's pid beside the lock, also where the lock was taken before a fork."""
    # Only a courtesy to who is refused: a full disk shows itself when the log is written.
    with suppress(OSError):
        descriptor = os.open(folder / PID_NAME, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(str(os.getpid()))


def unsign(folder: Path) -> None:
    """Take the pid away, unless it is that of a child which goes on with the lock."""
    if _holder(folder) == str(os.getpid()):
        # A folder that may no longer be changed must not keep the log from being closed.
        with suppress(OSError):
            (folder / PID_NAME).unlink()


def _holder(folder: Path) -> str:
    try:
        return (folder / PID_NAME).read_text()[:20]
    except (OSError, ValueError):
        return "unknown"


def is_locked(path: Path) -> bool:
    """Whether a process is writing this log now; not where there is none, or the disk has no locks."""
    try:
        with path.open("rb", buffering=0) as log:
            fcntl.flock(log, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as exc:
        return isinstance(exc, BlockingIOError)
    return False
