"""A run that is to be shown."""

import shlex
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from duologue.cli.fetching import Bar
from duologue.conversation.host import Host
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.run import Ending
from duologue.habits import PLAIN_HABITS, Habits
from duologue.record.events import Record
from duologue.record.log import Observer

Go = Callable[[Host], Awaitable[Ending]]


@dataclass(frozen=True, slots=True)
class Performance:
    """A run to be shown: how it is let go, where it is saved, who stands in for a model (None: nobody),
    whether the person chose the folder of saved runs for this command alone, what is in the log, and how
    the person wants the screen."""

    go: Go
    folder: Path
    transport: httpx.AsyncBaseTransport | None = None
    elsewhere: bool = False
    earlier: Sequence[Record] = ()
    habits: Habits = PLAIN_HABITS

    @property
    def called(self) -> str:
        """How commands name the run: by its id, or by its path where its id would not be found."""
        return shlex.quote(str(self.folder)) if self.elsewhere else self.folder.name

    def start(self, interrupt: Interrupt, observer: Observer) -> Awaitable[Ending]:
        """Let the run go to its end."""
        return self.go(Host(interrupt, (observer,), self.transport, self.called, Bar().show))
