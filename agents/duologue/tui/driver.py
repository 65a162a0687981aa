"""The terminal as Textual writes to it, which may be closed at any moment."""

import io
import os
import select
from contextlib import suppress
from typing import Final, Protocol, TextIO, runtime_checkable

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from duologue.tui.first_frame import FirstFrame
from duologue.tui.keyboard import Keyboard

_LOOK_S: Final = 0.5
_TICK_S: Final = 0.1
_PIECE: Final = 4096


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


@runtime_checkable
class Framed(Protocol):
    """An app before which a first frame may have been painted."""

    first_frame: FirstFrame | None


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
        self._is_suspended = False
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if self._file is not None:
            self._file: TextIO = Hearer(self._file)  # type: ignore[assignment]

    def start_application_mode(self) -> None:
        """Take the terminal, from the first frame where that stands there, and mind that it may go."""
        frame = self._app.first_frame if isinstance(self._app, Framed) else None
        stood = frame is not None and frame.leave()
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual has no type for it
        if stood and frame is not None:
            self.write(frame.painting)  # Textual has blanked the terminal, and paints in a while
        self._leave_if_closed()

    def suspend_application_mode(self) -> None:
        """Let go of the terminal until it is resumed."""
        self._is_suspended = True
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal again, if it was let go of. SIGCONT also comes with the end of a terminal, and
        reading it a second time would go on for ever."""
        if self._is_suspended:
            self._is_suspended = False
            super().resume_application_mode()

    def _leave_if_closed(self) -> None:
        """Of a terminal that is gone, reading never ends and never waits: it would take a whole processor."""
        if self.exit_event.is_set():
            return
        gone = select.poll()
        gone.register(self.fileno, 0)  # that it was hung up is told unasked
        if gone.poll(0):
            self._app.exit()
        else:
            self._loop.call_later(_LOOK_S, self._leave_if_closed)

    def run_input_thread(self) -> None:
        """Read keys until the screen is left."""
        keyboard = Keyboard()
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], _TICK_S)[0]:
                for message in keyboard.feed(os.read(self.fileno, _PIECE)):
                    self.process_message(message)
            for message in keyboard.tick():
                self.process_message(message)
