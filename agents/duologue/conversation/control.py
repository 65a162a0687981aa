"""What the person tells a run under way: taken between two calls, and made events of the log.

`stop` alone takes effect at once; everything else waits until the call in flight has been answered, so that
an agent is never said to have heard what it had not.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, assert_never

from duologue.conversation.criteria import edited, judged, numbered, with_default
from duologue.conversation.derive import answered, assumed
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
from duologue.record.events import ControlReceived, CriteriaSet, GoalSpecified
from duologue.record.log import LogWriter

_POLL_S: Final = 0.2


class Control:
    """Takes the commands to one run; while it is entered, it looks for new ones several times a second."""

    def __init__(self, state: State, log: LogWriter, folder: Path) -> None:
        self._state = state
        self._log = log
        # Where the file was taken away, a new one is read from its beginning.
        taken = state.person.taken if (folder / CONTROL_NAME).exists() else 0
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
        while self._state.person.is_awaited:
            # What a waiting run was told is on record before anything else is waited for.
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
            case Pause() | Resume():
                self._log.append(said)
            case Approve(criteria=texts):
                self._log.append(said.model_copy(update={"criteria": texts}))
                self._approve(texts)
            case Deny(text=text):
                self._log.append(said.model_copy(update={"text": text}))
                self._deny()
            case Say(text=text, to=to):
                self._log.append(said.model_copy(update={"text": text, "to": to}))
                self._answer(text)
            case RaiseLimit(limit=limit, value=value):
                self._log.append(said.model_copy(update={"limit": limit, "value": value}))
            case AddCriterion(text=text):
                self._log.append(said.model_copy(update={"text": text}))
                self._add_criterion(text)
            case Stop():
                pass  # Told when the run has ended for it.
            case _:
                assert_never(command)

    def _answer(self, text: str) -> None:
        """What the person says to a question is what they answer."""
        asked = self._state.person.asked
        if asked is not None:
            goal = answered(asked.goal, asked.question, text.strip())
            self._log.append(asked.model_copy(update={"goal": goal, "answer": text.strip()}))

    def _approve(self, texts: Sequence[str] | None) -> None:
        """The criteria hold, as proposed or as the person wants them; where nothing is proposed, they are
        changed."""
        if self._state.person.asked is not None:
            self._assume()
        elif self._state.criteria and (texts is not None or self._state.awaits == "review"):
            current = self._state.criteria
            self._log.append(CriteriaSet(criteria=current if texts is None else edited(current, texts)))

    def _deny(self) -> None:
        """The person does not say what they meant, or does without what a model has read out of the goal."""
        if self._state.person.asked is not None:
            self._assume()
        elif self._state.awaits == "review":
            kept = [c for c in self._state.criteria if c.origin != "goal"]
            self._log.append(CriteriaSet(criteria=with_default(kept)))

    def _assume(self) -> None:
        asked = self._state.person.asked
        if asked is not None:
            goal = assumed(asked.goal, asked.assumptions)
            self._log.append(GoalSpecified(goal=goal, assumptions=asked.assumptions))

    def _add_criterion(self, text: str) -> None:
        current = self._state.criteria
        criteria = numbered([*current, judged(text, "person")])
        if current and len(criteria) > len(current):
            self._log.append(CriteriaSet(criteria=criteria, proposed=self._state.awaits == "review"))
