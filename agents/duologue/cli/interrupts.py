"""Signals: the first ends the run in order, a second interrupt ends it hard."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from duologue.conversation.interrupt import Interrupt
from duologue.conversation.run import Ending
from duologue.outcomes import EXIT_CODES

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_request(interrupt: Interrupt) -> Iterator[None]:
    """While this lasts, SIGINT, SIGTERM and SIGHUP park the run; the second SIGINT ends the process."""
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        if interrupt.by is not None and number == signal.SIGINT:
            os._exit(128 + number)
        interrupt.request(number.name)

    for number in _SIGNALS:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def exit_code(ending: Ending, interrupt: Interrupt) -> int:
    """The code that says how the run ended: by its outcome, or by the signal that parked it."""
    by = interrupt.by or ""
    if ending.outcome == "parked" and by in signal.Signals.__members__:
        return 128 + signal.Signals[by]
    return EXIT_CODES[ending.outcome]
