"""A run of this process on the screen: the loop and the screen side by side, joined by the log alone."""

import asyncio
import signal
import sys
from collections.abc import Callable
from typing import Final

from duologue.cli.interrupts import signals_request
from duologue.cli.performance import Performance
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.run import Ending
from duologue.errors import DuologueError
from duologue.tui.app import RunApp
from duologue.tui.watched import Watched

_HANGUP: Final = signal.SIGHUP.name
"""The terminal has gone; that may be seen before the signal which comes with it."""


async def on_screen(performance: Performance, interrupt: Interrupt) -> Ending:
    """Let the run go while the screen shows it; leaving the screen before its end parks it.

    What goes wrong before the run begins is raised, and the screen is not opened.
    """
    begun = asyncio.Event()
    endings: list[Ending] = []

    async def run() -> None:
        try:
            endings.append(await performance.start(interrupt, lambda _record, _line: begun.set()))
        finally:
            begun.set()

    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(run())
            await begun.wait()
            if not task.done():
                folder = performance.folder
                app = RunApp(
                    Watched(folder),
                    mode="live",
                    title=folder.name,
                    habits=performance.habits,
                    folder=folder,
                    called=performance.called,
                )
                with signals_request(_Both(interrupt, app.exit)):
                    await app.run_async()
            if not task.done():
                interrupt.request("the person at the screen" if sys.stdout.isatty() else _HANGUP)
    except* DuologueError as group_exc:
        raise group_exc.exceptions[0] from None
    return endings[0]


class _Both(Interrupt):
    """An interrupt that closes the screen too."""

    def __init__(self, run: Interrupt, close: Callable[[], None]) -> None:
        super().__init__()
        self._run = run
        self._close = close

    def request(self, by: str) -> None:
        """Park the run and leave the screen."""
        self.by = by
        self._run.request(by)
        self._close()
