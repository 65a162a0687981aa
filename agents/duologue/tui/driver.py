"""The terminal as Textual writes to it, which may be closed at any moment."""

import io
from contextlib import suppress
from typing import TextIO

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver


class Hearer(io.TextIOBase):
    """A terminal to write to that is gone one day: what is written then is lost, and nobody waits for it."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal

    def write(self, text: str) -> int:
        """Write, as long as there is somebody to read."""
        with suppress(OSError):
            return self._terminal.write(text)
        return len(text)

    def flush(self) -> None:
        """Likewise."""
        with suppress(OSError):
            self._terminal.flush()

    def fileno(self) -> int:
        """That of the terminal."""
        return self._terminal.fileno()

    def isatty(self) -> bool:
        """As the terminal is."""
        return self._terminal.isatty()


class TerminalDriver(LinuxDriver):
    """Textual's own, whose writing thread would die of a closed terminal, and let the app wait for it for
    ever while it closes."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if self._file is not None:
            self._file: TextIO = Hearer(self._file)  # type: ignore[assignment]
