"""Keeping old runs small: `log.jsonl` becomes `log.jsonl.gz`, which is read in its place."""

import os
import zlib
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

from duologue.errors import RecordError
from duologue.record.called import by_path
from duologue.record.compressed import GzipDamage, GzipLog
from duologue.record.draft import DRAFT_NAME
from duologue.record.index_rows import INDEX_NAME
from duologue.record.lock import PID_NAME, lock
from duologue.record.log import LOG_NAME, sync_folder
from duologue.record.runs import GZ_NAME

_PIECE: Final = 1 << 20
_GZIP: Final = 16 + zlib.MAX_WBITS
_DISPOSABLE: Final = (DRAFT_NAME, INDEX_NAME, PID_NAME)


def compress_run(run: Path) -> tuple[int, int]:
    """Compress the run's log and return its size in bytes before and after.

    The original is removed only after the compressed log was synced, and read back to be the same. Raises
    RunBusy while a process writes the run, RecordError where it has no log or the folder cannot be written.
    """
    try:
        descriptor = os.open(run / LOG_NAME, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError as exc:
        if (run / GZ_NAME).is_file():
            size = (run / GZ_NAME).stat().st_size
            return size, size
        raise RecordError(f"The run {run.name} has no log.") from exc
    except OSError as exc:
        raise RecordError(f"The log of {run.name} cannot be read: {exc.strerror or exc}.") from exc
    lock(descriptor, run)
    try:
        return _replace(run, descriptor)
    except OSError as exc:
        raise RecordError(f"The run {run.name} cannot be compressed: {exc.strerror or exc}.") from exc
    finally:
        with suppress(OSError):
            (run / PID_NAME).unlink(missing_ok=True)
        os.close(descriptor)


def restore_run(run: Path) -> None:
    """Unpack a compressed run's log, so that the run can be gone on with; a run that has its log is left
    as it is. Raises RecordError where the compressed log is damaged, or the folder cannot be written."""
    if (run / LOG_NAME).exists() or not (run / GZ_NAME).exists():
        return
    part = run / f".{LOG_NAME}.{os.getpid()}"
    try:
        _unpack(run / GZ_NAME, part)
        # Unlike a rename, a link is never put over a log that another process restored and goes on with.
        with suppress(FileExistsError):
            os.link(part, run / LOG_NAME)
        sync_folder(run)
        (run / GZ_NAME).unlink(missing_ok=True)
    except OSError as exc:
        reason = exc.strerror or exc
        hint = f"Mend a copy of it: duologue repair {by_path(run)}" if isinstance(exc, GzipDamage) else None
        raise RecordError(f"The run {run.name} cannot be unpacked: {reason}.", hint=hint) from exc
    finally:
        part.unlink(missing_ok=True)


def _unpack(compressed: Path, path: Path) -> None:
    flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    with closing(GzipLog(compressed)) as packed, os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        while data := packed.read(_PIECE):
            file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _replace(run: Path, log: int) -> tuple[int, int]:
    part = run / f".{GZ_NAME}"
    try:
        before, digest = _write(log, part)
        if _digest(part) != digest:
            raise RecordError(f"The run {run.name} was not compressed: it could not be read back.")
        after = part.stat().st_size
        os.replace(part, run / GZ_NAME)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(run)
    (run / LOG_NAME).unlink()
    for name in _DISPOSABLE:
        (run / name).unlink(missing_ok=True)
    sync_folder(run)
    return before, after


def _write(log: int, path: Path) -> tuple[int, bytes]:
    """Write the compressed log, synced; returns the size and digest of what went in."""
    path.unlink(missing_ok=True)
    deflate, summed, size = zlib.compressobj(9, wbits=_GZIP), blake2b(), 0
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        while data := os.read(log, _PIECE):
            summed.update(data)
            size += len(data)
            file.write(deflate.compress(data))
        file.write(deflate.flush())
        file.flush()
        os.fsync(file.fileno())
    return size, summed.digest()


def _digest(path: Path) -> bytes:
    summed = blake2b()
    with closing(GzipLog(path)) as file:
        while data := file.read(_PIECE):
            summed.update(data)
    return summed.digest()
