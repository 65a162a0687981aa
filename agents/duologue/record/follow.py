"""Following a run as it grows, from this process or another: the log and the draft, polled together."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from duologue.errors import RecordError
from duologue.record.compressed import GzipLog
from duologue.record.draft import Draft, DraftReader
from duologue.record.events import Record
from duologue.record.lock import is_locked
from duologue.record.log import LOG_NAME
from duologue.record.reader import LineReader, open_log
from duologue.record.view import RunView

_MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Poll:
    """What is new: records in order, the draft as it stands, what had to be skipped, and whether a
    process is writing the run. `behind` says that there is more to read at once; `base` is the run before
    the records where they do not go on from those of the last poll, as after a jump."""

    records: list[Record]
    draft: Draft | None
    problems: list[str]
    live: bool
    behind: bool = False
    base: RunView | None = None


class Follower:
    """Tails a run's log and draft. `path` is a run's folder or a log file. The log is read from `offset` on,
    where a line begins, and `before` is the end of the line that stands there before it."""

    def __init__(self, path: Path, offset: int = 0, before: bytes = b"") -> None:
        self._log = path / LOG_NAME if path.is_dir() else path
        self._draft = DraftReader(self._log.parent)
        self._reader = LineReader.after(before) if offset else LineReader()
        self._counts = not offset
        self._offset = offset
        self._compressed: GzipLog | None = None

    def poll(self) -> Poll:
        """What came since the last poll, at most a mebibyte of it. Raises RecordError, LogTooNew."""
        # Asked before reading: a run that ends in between is still read to its end by the next poll.
        live = is_locked(self._log)
        data, behind = self._read()
        records: list[Record] = []
        problems: list[str] = []
        for found in self._reader.feed(data):
            if isinstance(found, Record):
                records.append(found)
            else:
                problems.append(str(found) if self._counts else found.text)
        return Poll(records, self._draft.poll(), problems, live or behind, behind)

    def _read(self) -> tuple[bytes, bool]:
        try:
            if self._compressed is None:
                file = open_log(self._log)
                if not isinstance(file, GzipLog):
                    return self._read_grown(file)
                self._compressed = file
                # A log that was compressed since the last poll holds what was read of it until then.
                _skip(file, self._offset)
            data = self._compressed.read(_MOST_BYTES)
            if not data:
                self._compressed.close()
            return data, bool(data)
        except OSError as exc:
            raise RecordError(f"The log {self._log} cannot be read: {exc.strerror or exc}.") from exc

    def _read_grown(self, file: BinaryIO) -> tuple[bytes, bool]:
        with file:
            size = os.fstat(file.fileno()).st_size
            file.seek(self._offset)
            data = file.read(_MOST_BYTES)
        self._offset += len(data)
        return data, self._offset < size


def _skip(file: GzipLog, size: int) -> None:
    while size > 0 and (data := file.read(min(size, _MOST_BYTES))):
        size -= len(data)
