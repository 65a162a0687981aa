"""What the person tells a run under way: taken between two calls, and made events of the log.

`stop` alone takes effect at once; everything else waits until the call in flight has been answered, so that
an agent is never said to have heard what it had not.
"""

import asyncio
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Final, Self, assert_never

from duologue.conversation.criteria import numbered
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.state import State
from duologue.record.control import (
    CONTROL_NAME,
    AddCriterion,
    Approve,
    Command,
    ControlReader,
    Deny,
    Pause,
    RaiseLimit,
    Resume,
    Say,
    Stop,
)
from duologue.record.events import ControlReceived, CriteriaSet
from duologue.record.log import LogWriter
from duologue.record.parts import Criterion

_POLL_S: Final = 0.2


class Control:
    """Takes the commands to one run; while it is entered, it looks for new ones several times a second."""

    def __init__(self, state: State, log: LogWriter, folder: Path) -> None:
        self._state = state
        self._log = log
        # Where the file was taken away, a new one is read from its beginning.
        taken = state.controlled if (folder / CONTROL_NAME).exists() else 0
        self._reader = ControlReader(folder, taken)
        self._waiting: deque[tuple[int, Command]] = deque()
        self._news = asyncio.Event()
        self._interrupt: Interrupt | None = None
        self._next: asyncio.TimerHandle | None = None
        self._stop: tuple[int, Stop] | None = None
        # What was meant for the process before this one is not done to it, unless it is worth keeping.
        kept = (Say, AddCriterion, RaiseLimit)
        self._waiting.extend(each for each in self._reader.read() if isinstance(each[1], kept))

    def attach(self, interrupt: Interrupt) -> Self:
        """The interrupt with which `stop` ends the run."""
        self._interrupt = interrupt
        return self

    def __enter__(self) -> Self:
        self._poll()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._next is not None:
            self._next.cancel()

    async def take(self) -> None:
        """Do what was told since the last call; returns once the run may go on."""
        self._read()
        self._take_all()
        while self._state.paused:
            # What a paused run was told is on record before anything else is waited for.
            await self._log.commit()
            self._news.clear()
            await self._news.wait()
            self._take_all()
        # A stop that has just been read takes effect before anything else is begun.
        await asyncio.sleep(0)

    @property
    def stopped(self) -> ControlReceived | None:
        """The command with which the person has stopped the run, None where they have not."""
        if self._stop is None:
            return None
        line, stop = self._stop
        return ControlReceived(command="stop", by=stop.by, text=stop.text, line=line)

    def _poll(self) -> None:
        self._read()
        self._next = asyncio.get_running_loop().call_later(_POLL_S, self._poll)

    def _read(self) -> None:
        for line, command in self._reader.read():
            self._waiting.append((line, command))
            self._news.set()
            if isinstance(command, Stop) and self._interrupt is not None:
                self._stop = line, command
                self._interrupt.request(command.by)

    def _take_all(self) -> None:
        while self._waiting:
            self._take(*self._waiting.popleft())

    def _take(self, line: int, command: Command) -> None:
        said = ControlReceived(command=command.command, by=command.by, line=line)
        match command:
            case Pause() | Resume() | Approve():
                self._log.append(said)
            case Deny(text=text):
                self._log.append(said.model_copy(update={"text": text}))
            case Say(text=text, to=to):
                self._log.append(said.model_copy(update={"text": text, "to": to}))
            case RaiseLimit(limit=limit, value=value):
                self._log.append(said.model_copy(update={"limit": limit, "value": value}))
            case AddCriterion(text=text):
                self._log.append(said.model_copy(update={"text": text}))
                self._add_criterion(text)
            case Stop():
                pass  # Told when the run has ended for it.
            case _:
                assert_never(command)

    def _add_criterion(self, text: str) -> None:
        added = Criterion(id="", text=text.strip(), kind="judged", origin="person")
        criteria = numbered([*self._state.criteria, added])
        if self._state.criteria and len(criteria) > len(self._state.criteria):
            self._log.append(CriteriaSet(criteria=criteria))
