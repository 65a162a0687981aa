"""Writing a run's log: append-only, one write a line, one process, and a sync that means it.

A line is on disk whole or not at all: a short write is cut back. Nothing is claimed as committed that
`fdatasync` did not confirm; after the first fault the writer refuses everything else.
"""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from duologue.errors import LogDamaged, RecordError
from duologue.record.called import by_path
from duologue.record.events import Event, Record
from duologue.record.lines import encode_line
from duologue.record.lock import lock, unsign
from duologue.record.reader import LineReader, Problem
from duologue.record.redact_values import redacted_event
from duologue.record.syncing import disk_of

LOG_NAME: Final = "log.jsonl"
Observer = Callable[[Record, bytes], None]


class LogWriter:
    """The one writer of a run's log. Use as a context manager; it holds an exclusive lock until closed.
    Every text of an event goes through `redact`, which leaves it as it is unless it is set, where
    `may_hold_secrets` finds something in its line."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.observers: list[Observer] = []
        self.redact: Callable[[str], str] = str
        self.may_hold_secrets: Callable[[str], object] = bool
        self._descriptor = descriptor
        status = os.fstat(descriptor)
        self._inode = status.st_ino
        self._disk = disk_of(status.st_dev)
        self._disk.logs += 1
        self._size = 0
        self._seq = 0
        self._sum = ""
        self._started = time.monotonic()
        self._dirty = False
        self._fault: RecordError | None = None
        self.cut = 0

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
        try:
            sync_folder(folder)
            sync_folder(folder.parent)
        except OSError as exc:
            os.close(descriptor)
            raise RecordError(f"The run's folder {folder} cannot be synced: {exc.strerror or exc}.") from exc
        return cls(folder / LOG_NAME, descriptor)

    @classmethod
    def reopen(cls, folder: Path) -> tuple[Self, list[Record]]:
        """The log of a run to go on with, and its records. A torn last line is cut off and counted in
        `cut`; the run's clock goes on from the last record.

        Raises RunBusy where another process writes it, LogDamaged where more than its tail is wrong.
        """
        path = folder / LOG_NAME
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError as exc:
            raise RecordError(f"The log {path} cannot be opened: {exc.strerror or exc}.") from exc
        lock(descriptor, folder)
        log = cls(path, descriptor)
        try:
            return log, log._recall(_read_all(descriptor))
        except BaseException:
            log.close()
            raise

    def _recall(self, data: bytes) -> list[Record]:
        whole = data[: data.rfind(b"\n") + 1]
        records = []
        for found in LineReader().feed(whole):
            if isinstance(found, Problem):
                raise LogDamaged(
                    f"The log {self.path} is damaged at {found}.",
                    line=found.line,
                    hint=f"Mend a copy of it: duologue repair {by_path(self.path.parent)}",
                )
            records.append(found)
        self.cut = len(data) - len(whole)
        if self.cut:
            os.ftruncate(self._descriptor, len(whole))
            os.fsync(self._descriptor)
        self._size = len(whole)
        if records:
            last = records[-1]
            self._seq, self._sum = last.seq, last.sum
            self._started = time.monotonic() - last.mono
        return records

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
        # Most events hold no secret, and their line tells it sooner than their fields do.
        if self.redact is not str and self.may_hold_secrets(line.decode("utf-8", "replace")):
            event = redacted_event(event, self.redact)
            line, total = encode_line(self._seq + 1, at, mono, event, self._sum)
        return self._written(line, Record(self._seq + 1, at, round(mono, 3), event, total))

    def copy(self, record: Record) -> Record:
        """Write another run's event as it was then, in this log's own sequence."""
        if self._fault is not None:
            raise self._fault
        line, total = encode_line(self._seq + 1, record.at, record.mono, record.event, self._sum)
        self._started = time.monotonic() - record.mono
        return self._written(line, replace(record, seq=self._seq + 1, sum=total))

    def _written(self, line: bytes, record: Record) -> Record:
        self._write(line)
        self._seq, self._sum, self._dirty = record.seq, record.sum, True
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
        """Sync what was appended."""
        if self._fault is not None:
            raise self._fault
        if not self._dirty:
            return
        self._dirty = False
        self._test_place()
        try:
            await self._disk.wait_for(self._sync)
        except asyncio.CancelledError:
            # Nobody waited for the sync to be confirmed: the next commit syncs again.
            self._dirty = True
            raise

    def _test_place(self) -> None:
        try:
            gone = os.stat(self.path).st_ino != self._inode
        except OSError:
            gone = True
        if gone:
            raise self._fail("The log was deleted or moved while the run was going.")

    def _sync(self) -> None:
        try:
            os.fdatasync(self._descriptor)
        except OSError as exc:
            raise self._fail(f"The log cannot be synced: {exc.strerror or exc}.") from exc

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
            self._disk.logs -= 1
            unsign(self.path.parent)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        return file.read()


def sync_folder(folder: Path) -> None:
    """Make a new entry of the folder survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
