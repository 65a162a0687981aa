"""Signals: the first ends the run in order, a second interrupt ends it hard."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from duologue.conversation.interrupt import Interrupt, Interruptible
from duologue.conversation.run import Ending
from duologue.outcomes import EXIT_CODES

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_request(interrupt: Interruptible, *, hangup: bool = True) -> Iterator[None]:
    """While this lasts, SIGINT, SIGTERM and, with `hangup`, SIGHUP park the run; the second SIGINT ends the
    process.

    The handlers are the interpreter's and not the loop's: a loop that waits for a reader of its output, who
    has stopped reading, would never come to the second interrupt.
    """
    loop = asyncio.get_running_loop()
    asked = False

    def on_signal(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if number == signal.SIGINT and (asked or interrupt.by is not None):
            os._exit(128 + number)
        asked = True
        loop.call_soon_threadsafe(interrupt.request, signal.Signals(number).name)

    parking = _SIGNALS if hangup else _SIGNALS[:2]
    before = {number: signal.signal(number, on_signal) for number in parking}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(ending: Ending, interrupt: Interrupt) -> int:
    """The code that says how the run ended: by its outcome, or by the signal that parked it."""
    by = interrupt.by or ""
    if ending.outcome == "parked" and by in signal.Signals.__members__:
        return 128 + signal.Signals[by]
    return EXIT_CODES[ending.outcome]
