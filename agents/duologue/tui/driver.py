"""The terminal as Textual writes to it, which may be closed at any moment."""

import io
import os
import select
import termios
from contextlib import suppress
from typing import Any, Final, Protocol, TextIO, runtime_checkable

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from duologue.tui.first_frame import FirstFrame
from duologue.tui.keyboard import Keyboard

_LOOK_S: Final = 0.5
_TICK_S: Final = 0.1
_PIECE: Final = 4096
_HIDDEN_CURSOR: Final = "\x1b[?25l"
_FOCUS_TOLD: Final = "\x1b[?1004h"


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
        self._taken: list[Any] = []
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if self._file is not None:
            self._file: TextIO = Hearer(self._file)  # type: ignore[assignment]

    def start_application_mode(self) -> None:
        """Take the terminal, from the first frame where that stands there, and mind that it may go."""
        frame = self._app.first_frame if isinstance(self._app, Framed) else None
        stood = frame is not None and frame.leave()
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual has no type for it
        with suppress(termios.error):
            self._taken = termios.tcgetattr(self.fileno)
        if stood and frame is not None:
            self.write(frame.painting)  # Textual has blanked the terminal, and paints in a while
        self._leave_if_closed()

    def suspend_application_mode(self) -> None:
        """Let go of the terminal until it is resumed."""
        self._is_suspended = True
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal again, if it was let go of, and paint it. SIGCONT also comes after a stop that
        nobody heard of, and with the end of a terminal: reading it twice would go on for ever."""
        if self._is_suspended:
            self._is_suspended = False
            super().resume_application_mode()
        self._loop.call_soon_threadsafe(self._paint_again)

    def _paint_again(self) -> None:
        """A shell that had the terminal meanwhile wrote over it, and set it for itself."""
        if self._writer_thread is None or self.exit_event.is_set() or not self._is_in_front():
            return
        with suppress(termios.error):
            termios.tcsetattr(self.fileno, termios.TCSANOW, self._taken)
        self.write(_HIDDEN_CURSOR + _FOCUS_TOLD)
        self._enable_bracketed_paste()
        self._enable_mouse_support()
        self._app.refresh()

    def _is_in_front(self) -> bool:
        """Whether the terminal is ours: whoever changes it from the background is stopped. One that controls
        no processes, or is gone, has no background."""
        with suppress(OSError):
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        return True

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
