"""A run's own random key, by which a secret has the same placeholder all through the run.

It stays in the run's folder: no export and no log holds it, and without it a placeholder tells nothing.
"""

import os
from pathlib import Path
from typing import Final

from duologue.errors import RecordError

KEY_NAME: Final = "redact.key"
KEY_BYTES: Final = 32


def load_key(folder: Path) -> bytes | None:
    """The run's key; None where it has none that can be used."""
    try:
        key = (folder / KEY_NAME).read_bytes()
    except OSError:
        return None
    return key if len(key) == KEY_BYTES else None


def save_key(folder: Path, key: bytes) -> None:
    """Keep the key with the run, readable for its owner alone. Raises RecordError."""
    try:
        descriptor = os.open(folder / KEY_NAME, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
    except OSError as exc:
        raise RecordError(f"The file {folder / KEY_NAME} cannot be written: {exc.strerror or exc}.") from exc
