"""The person's interrupt, told from any other cancellation."""

import asyncio
from typing import Protocol


class Interruptible(Protocol):
    """What a signal or a screen may end in order: one run, or several."""

    @property
    def by(self) -> str | None:
        """Who asked for the end; None while nobody has."""

    def request(self, by: str) -> None:
        """End it; `by` says who asked."""


class Interrupt:
    """Lets a signal or a screen end a run in order: `request` cancels the run's task, which parks itself.

    A cancellation that nobody requested here comes from outside, and is passed on.
    """

    def __init__(self) -> None:
        self.by: str | None = None
        self._task: asyncio.Task[object] | None = None

    def attach(self) -> None:
        """Make the current task the one that a request cancels."""
        self._task = asyncio.current_task()
        if self.by is not None and self._task is not None:
            self._task.cancel()

    def detach(self) -> None:
        """The run has ended: a further request does nothing."""
        self._task = None

    def request(self, by: str) -> None:
        """End the run; `by` says who asked, as in "Interrupted by …"."""
        if self.by is None:
            self.by = by
            if self._task is not None:
                self._task.cancel()

    def answers_for(self, task: asyncio.Task[object] | None) -> bool:
        """Whether the cancellation that just arrived was requested here; if so, it is taken back."""
        if self.by is None or task is None:
            return False
        task.uncancel()
        return True
