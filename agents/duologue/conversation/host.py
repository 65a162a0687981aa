"""What a run needs of the program around it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from duologue.conversation.interrupt import Interrupt
from duologue.endpoint.fetch import Progress
from duologue.record.log import Observer


@dataclass(frozen=True, slots=True)
class Host:
    """Who may interrupt the run, who is shown its events, what stands in for the network (None: nothing
    does), how the person names the run in commands (None: by its folder's name), and who is told while a
    model is fetched and loaded."""

    interrupt: Interrupt = field(default_factory=Interrupt)
    observers: Sequence[Observer] = ()
    transport: httpx.AsyncBaseTransport | None = None
    called: str | None = None
    progress: Progress = lambda what, done, total: None
