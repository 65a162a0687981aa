"""What stands on the terminal while the screen is loaded: whose run it is, and that it is being opened.

Textual and the widgets take longer to load than a person waits without wondering. So this module loads
neither: it writes what the header will say, as plain escape sequences, until the screen takes over.
"""

import shutil
import sys
import termios
from contextlib import suppress
from typing import Any, Final, Self, TextIO

from duologue.display import one_line

_ENTER: Final = "\x1b[?1049h\x1b[?25l"
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"
_PLAIN, _BOLD, _FAINT = "\x1b[0m", "\x1b[1m", "\x1b[2m"
_NARROW: Final = 60
"""Columns below which the header has no room for the title."""


class FirstFrame:
    """The header's two lines on a terminal of its own; use as a context manager. Where no screen takes over,
    it goes by itself, so that what went wrong is said where the person can read it.

    What is typed meanwhile is not echoed, and reaches the screen.
    """

    def __init__(self, goal: str, title: str, pair: str, terminal: TextIO | None = None) -> None:
        self._terminal = terminal or sys.__stderr__  # where Textual writes too
        self._goal, self._title, self._pair = goal, title, pair
        self._before: list[Any] | None = None
        self._stands = False

    @property
    def painting(self) -> str:
        """The whole frame, for a terminal as wide as ours; foreign words are made safe."""
        width = max(shutil.get_terminal_size().columns - 2, 1)
        title = one_line(self._title, width // 3) if width >= _NARROW else ""
        goal = one_line(self._goal, max(width - len(title) - 2, 0))
        pair = f" · {one_line(self._pair, width)}" if self._pair else ""
        return (
            f"\x1b[H\x1b[2J\x1b[1;2H{_BOLD}{goal}{_PLAIN}"
            f"\x1b[1;{width - len(title) + 2}H{_FAINT}{title}{_PLAIN}"
            f"\x1b[2;2H{_BOLD}opening{_PLAIN}{_FAINT}{pair}{_PLAIN}"
        )

    def __enter__(self) -> Self:
        """Paint it, where there is a terminal to be painted on."""
        terminal = self._terminal
        if terminal is None or not terminal.isatty():
            return self
        self._stands = True
        with suppress(OSError, termios.error):
            self._before = termios.tcgetattr(terminal)
            quiet = list(self._before)
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(terminal, termios.TCSANOW, quiet)
        self._write(_ENTER + self.painting)
        return self

    def leave(self) -> bool:
        """Give the terminal back as it was; says whether the frame stood there until now."""
        if not self._stands:
            return False
        self._stands = False
        self._write(_LEAVE)
        if self._before is not None and self._terminal is not None:
            with suppress(OSError, termios.error):
                termios.tcsetattr(self._terminal, termios.TCSANOW, self._before)
        return True

    def __exit__(self, *_: object) -> None:
        self.leave()

    def _write(self, text: str) -> None:
        if self._terminal is not None:
            with suppress(OSError):  # a terminal that has gone: the screen will find that out
                self._terminal.write(text)
                self._terminal.flush()
