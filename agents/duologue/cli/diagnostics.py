"""Where the program's own diagnostics go: never among what a command prints."""

import os
import sys
from pathlib import Path
from typing import Final, TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

from duologue.display import display_safe

DIAGNOSTICS_NAME: Final = "diagnostics.txt"


class _Later:
    """A file that is made with the first text written to it, and open no longer than that takes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, text: str) -> int:
        """Append the text."""
        descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8", errors="replace") as file:
            return file.write(text)

    def flush(self) -> None:
        """Nothing is held back."""


class _Stderr:
    """What stderr is whenever something is written: where the program runs inside another one, it may be
    something else by then."""

    def write(self, text: str) -> int:
        """Write the text."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Let it be seen."""
        sys.stderr.flush()


def _made_safe(_logger: WrappedLogger, _level: str, values: EventDict) -> EventDict:
    """What is told holds paths, and what servers and files say."""
    return {key: display_safe(value) if isinstance(value, str) else value for key, value in values.items()}


def _configure(stream: TextIO) -> None:
    *before, renderer = structlog.get_config()["processors"]
    kept = [each for each in before if each is not _made_safe]
    structlog.configure(
        processors=[*kept, _made_safe, renderer], logger_factory=structlog.PrintLoggerFactory(stream)
    )


def to_stderr() -> None:
    """Diagnostics beside what a command prints on stdout."""
    _configure(cast(TextIO, _Stderr()))


def to_file(path: Path) -> None:
    """Diagnostics into a file, where stderr is the screen's or nobody's; made only if there are any."""
    _configure(cast(TextIO, _Later(path)))
