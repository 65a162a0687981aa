"""SHA-256 of large files: told once for as long as a file stays as it is."""

import asyncio
import hashlib
import os
from pathlib import Path

from pydantic import BaseModel, ValidationError

_PIECE_BYTES = 2**23


class _Told(BaseModel):
    """A digest, and what the file was like when it was told."""

    size: int
    mtime_ns: int
    sha256: str


async def digest(path: Path) -> str:
    """The SHA-256 of the file, in hex; cancelling ends it between two pieces."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while data := await asyncio.to_thread(file.read, _PIECE_BYTES):
            await asyncio.to_thread(found.update, data)
    return found.hexdigest()


async def kept_digest(path: Path, folder: Path) -> str:
    """The same, kept in the folder: gigabytes are not read anew while their size and time stay."""
    kept = folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.json"
    size, mtime_ns = _look(path)
    told = _read(kept)
    if told is None or (told.size, told.mtime_ns) != (size, mtime_ns):
        told = _Told(size=size, mtime_ns=mtime_ns, sha256=await digest(path))
        _keep(kept, told.model_dump_json())
    return told.sha256


def _look(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _read(path: Path) -> _Told | None:
    try:
        return _Told.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _keep(path: Path, text: str) -> None:
    """Only a saving of time: a disk that is full or read-only costs nothing else."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
    except OSError:
        pass
