"""The person's interrupt of many runs at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from duologue.conversation.interrupt import Interrupt


class Interrupts:
    """Lets one request end every run that is going on, in order, and keep further ones from beginning."""

    def __init__(self) -> None:
        self._by: str | None = None
        self._going: set[Interrupt] = set()

    @property
    def by(self) -> str | None:
        """Who asked for the end; None while nobody has."""
        return self._by

    def request(self, by: str) -> None:
        """End all runs; `by` says who asked, as in "Interrupted by …"."""
        self._by = self._by or by
        for interrupt in self._going:
            interrupt.request(by)

    @contextmanager
    def one(self) -> Iterator[Interrupt]:
        """An interrupt of one run, while it lasts."""
        interrupt = Interrupt()
        if self._by is not None:
            interrupt.request(self._by)
        self._going.add(interrupt)
        try:
            yield interrupt
        finally:
            self._going.discard(interrupt)
