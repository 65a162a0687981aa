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
    if _is_special(path):
        wrong = None if os.access(path, os.W_OK) else "it cannot be written to"
    else:
        wrong = _obstacle(path)
    if wrong is not None:
        raise UserError(f"The result cannot be saved to {path}: {wrong}.")


def _obstacle(path: Path) -> str | None:
    # os.path answers False where pathlib raises: for a name that no file can have.
    if len(os.fsencode(path.name)) > _MOST_BYTES:
        return "the name is too long"
    if os.path.isdir(path):
        return "it is a folder"
    folder = Path(os.path.realpath(path)).parent
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        return f"the folder {folder if os.path.islink(path) else path.parent} cannot be written to"
    return None


def _is_special(path: Path) -> bool:
    """Whether it is a device or a pipe, as /dev/stdout may be: another file in its place would end it."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def save_output(path: Path, result: str) -> None:
    """Write the result beside the file and put it in its place in one step; ends with one newline. A link
    stays, and the file that it leads to is replaced; a device or a pipe is written to."""
    text = result if result.endswith("\n") else result + "\n"
    try:
        if _is_special(path):
            with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
                file.write(text)
        else:
            _replace(Path(os.path.realpath(path)), text)
    except OSError as exc:
        raise UserError(f"The result cannot be saved to {path}: {exc.strerror or exc}.") from exc


def _replace(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
