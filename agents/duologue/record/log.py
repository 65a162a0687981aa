"""Writing a run's log: append-only, one write a line, one process, and a sync that means it.

A line is on disk whole or not at all: a short write is cut back. Nothing is claimed as committed that
`fdatasync` did not confirm; after the first fault the writer refuses everything else.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from duologue.errors import RecordError, RunBusy
from duologue.record.events import Event, Record
from duologue.record.lines import encode_line

LOG_NAME: Final = "log.jsonl"
Observer = Callable[[Record, bytes], None]


class LogWriter:
    """The one writer of a run's log. Use as a context manager; it holds an exclusive lock until closed."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.observers: list[Observer] = []
        self._descriptor = descriptor
        self._inode = os.fstat(descriptor).st_ino
        self._size = 0
        self._seq = 0
        self._sum = ""
        self._started = time.monotonic()
        self._dirty = False
        self._fault: RecordError | None = None

    @classmethod
    def create(cls, folder: Path) -> Self:
        """A new, empty log in a new folder (0700; files 0600); raises RecordError where that fails."""
        try:
            folder.mkdir(mode=0o700, parents=True)
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(folder / LOG_NAME, flags, 0o600)
        except OSError as exc:
            raise RecordError(
                f"The run's folder {folder} cannot be made: {exc.strerror or exc}.",
                hint="Choose a folder that you can write to with --runs.",
            ) from exc
        lock(descriptor, folder)
        sync_folder(folder)
        sync_folder(folder.parent)
        return cls(folder / LOG_NAME, descriptor)

    @property
    def mono(self) -> float:
        """Seconds on the run's monotonic clock."""
        return time.monotonic() - self._started

    def append(self, event: Event) -> Record:
        """Write one event as one line. It is committed only after the next `commit`."""
        if self._fault is not None:
            raise self._fault
        mono = self.mono
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line, total = encode_line(self._seq + 1, at, mono, event, self._sum)
        self._write(line)
        self._seq, self._sum, self._dirty = self._seq + 1, total, True
        record = Record(self._seq, at, round(mono, 3), event, total)
        for observe in self.observers:
            observe(record, line)
        return record

    def _write(self, line: bytes) -> None:
        try:
            written = os.write(self._descriptor, line)
        except OSError as exc:
            raise self._fail(f"The log cannot be written: {exc.strerror or exc}.") from exc
        if written != len(line):
            os.ftruncate(self._descriptor, self._size)
            raise self._fail("The log cannot be written: the disk is full.")
        self._size += written

    async def commit(self) -> None:
        """Sync what was appended; in a thread, so that other conversations go on meanwhile."""
        if self._fault is not None:
            raise self._fault
        if self._dirty:
            self._dirty = False
            await asyncio.to_thread(self._sync)

    def _sync(self) -> None:
        try:
            os.fdatasync(self._descriptor)
            gone = os.stat(self.path).st_ino != self._inode
        except FileNotFoundError:
            gone = True
        except OSError as exc:
            raise self._fail(f"The log cannot be synced: {exc.strerror or exc}.") from exc
        if gone:
            raise self._fail("The log was deleted or moved while the run was going.")

    def _fail(self, message: str) -> RecordError:
        self._fault = RecordError(
            message, hint="What was committed before is safe; free the cause, then go on."
        )
        return self._fault

    def close(self) -> None:
        """Sync what is left, as far as that still works, and let go of the lock."""
        if self._descriptor < 0:
            return
        try:
            if self._dirty and self._fault is None:
                self._sync()
        finally:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def lock(descriptor: int, folder: Path) -> None:
    """Take the run's exclusive lock, which the system frees with the process; raises RunBusy."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        os.close(descriptor)
        raise RunBusy(f"Another process is writing the run {folder.name}.") from exc


def is_locked(path: Path) -> bool:
    """Whether a process is writing this log now."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def sync_folder(folder: Path) -> None:
    """Make a new entry of the folder survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
