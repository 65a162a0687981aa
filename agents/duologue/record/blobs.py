"""Large texts stored beside the log under the name of their content, so that each is kept once."""

import os
from hashlib import blake2b
from pathlib import Path
from typing import Final

from duologue.errors import RecordError
from duologue.record.log import sync_folder

BLOBS_NAME: Final = "blobs"


def store_blob(run: Path, data: bytes) -> str:
    """Write the bytes, synced, and return their name: 32 hex digits of their BLAKE2b."""
    name = blake2b(data, digest_size=16).hexdigest()
    folder = run / BLOBS_NAME
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o700)
            sync_folder(run)
        descriptor = os.open(folder / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
    except OSError as exc:
        raise RecordError(f"The run's blob cannot be written: {exc.strerror or exc}.") from exc
    return name


def load_blob(run: Path, name: str) -> bytes:
    """The bytes of that name; raises RecordError where they are missing or are not what the name says."""
    try:
        data = (run / BLOBS_NAME / Path(name).name).read_bytes()
    except OSError as exc:
        raise RecordError(f"The run's blob {name} cannot be read: {exc.strerror or exc}.") from exc
    if blake2b(data, digest_size=16).hexdigest() != name:
        raise RecordError(f"The run's blob {name} was altered.")
    return data
