"""Saving a result to a file: whole or not at all."""

import os
import tempfile
from pathlib import Path

from duologue.errors import UserError


def test_output(path: Path) -> None:
    """Before a run: raises UserError where its result could not be saved there."""
    folder = path.parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        what = "it is a folder" if path.is_dir() else f"the folder {folder} cannot be written to"
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
