"""Saving a result to a file: whole or not at all."""

import os
import tempfile
from pathlib import Path
from typing import Final

from duologue.errors import UserError

_MOST_BYTES: Final = 240
"""Of a name: a file system takes 255, and some are for the file that is written beside it."""


def test_output(path: Path) -> None:
    """Before a run: raises UserError where its result could not be saved there."""
    folder = path.parent
    # os.path answers False where pathlib raises: for a name that no file can have.
    is_folder, named = os.path.isdir(path), len(os.fsencode(path.name)) <= _MOST_BYTES
    if is_folder or not named or not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        what = "it is a folder" if is_folder else f"the folder {folder} cannot be written to"
        what = what if named else "the name is too long"
        raise UserError(f"The result cannot be saved to {path}: {what}.")


def save_output(path: Path, result: str) -> None:
    """Write the result beside the file and put it in its place in one step; ends with one newline."""
    text = result if result.endswith("\n") else result + "\n"
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except OSError as exc:
        raise UserError(f"The result cannot be saved to {path}: {exc.strerror or exc}.") from exc
