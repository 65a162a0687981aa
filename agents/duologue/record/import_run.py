"""A foreign conversation written as a run: the same folder and log as one of our own.

Where the source gives no times, the talk is given the pace of quick typing, so that a replay types it out.
"""

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from duologue import __version__
from duologue.errors import RecordError, SourceError
from duologue.messages import RoleName
from duologue.record import events as ev
from duologue.record.imported import MOST_CONVERSATIONS, Conversation, Said
from duologue.record.lines import encode_line
from duologue.record.log import LOG_NAME, sync_folder
from duologue.record.parts import LimitsRecord, Pace, PairRecord, Spent, TokenCount, ToolCallRecord

PAIR_NAME: Final = "imported"
_CHARACTERS_PER_S: Final = 60
_LONGEST_S: Final = 6.0
"""Longer texts are typed faster."""
_PAUSE_S: Final = 0.4
_TICK_MS: Final = 100
_LAST_S: Final = 10_000_000.0
_IDS: Final = 0x10000


def import_ids(count: int, folder: Path) -> list[str]:
    """Names for that many new runs in the folder: new, and sorting in their order, like `new_run_id`'s.

    Raises SourceError where they are more than a second has names for.
    """
    if count > MOST_CONVERSATIONS:
        message = f"Together they hold more than {MOST_CONVERSATIONS:,} conversations."
        raise SourceError(message, hint="Import fewer files at once.")
    while True:
        stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        taken = [int(path.name[-4:], 16) for path in folder.glob(f"{stamp}-" + "[0-9a-f]" * 4)]
        # What is imported later in the same second is newer, and sorts so.
        first = max(taken) + 1 if taken else secrets.randbelow((_IDS - count) // 2)
        if first + count <= _IDS:
            return [f"{stamp}-{first + number:04x}" for number in range(count)]
        time.sleep(0.1)


def write_run(conversation: Conversation, folder: Path, called: str) -> None:
    """Write the conversation as the run of that folder (0700; its log 0600), which commands know as `called`,
    synced. Raises RecordError."""
    data = b"".join(_lines(conversation, folder.name, called))
    try:
        folder.mkdir(mode=0o700, parents=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
        with os.fdopen(os.open(folder / LOG_NAME, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
        sync_folder(folder.parent)
    except OSError as exc:
        hint = "Choose a folder that you can write to with --runs."
        raise RecordError(
            f"The run's folder {folder} cannot be written: {exc.strerror or exc}.", hint=hint
        ) from exc


def _lines(conversation: Conversation, run: str, called: str) -> Iterator[bytes]:
    began = datetime.now(UTC)
    if conversation.began_s is not None:
        began = datetime.fromtimestamp(conversation.began_s, UTC)
    total = ""
    for seq, (mono, event) in enumerate(_Telling(conversation, run, called).events(), 1):
        at = (began + timedelta(seconds=mono)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line, total = encode_line(seq, at, mono, event, total)
        yield line


@dataclass
class _Telling:
    """The conversation as events, with the clock that runs meanwhile and the turn that is open."""

    conversation: Conversation
    run: str
    called: str
    _mono: float = 0.0
    _seq: int = 0
    _turn: int = 0
    _role: RoleName | None = None
    _completions: list[int] = field(default_factory=list)
    _spoken: bool = False
    _calls: int = 0
    _tokens: int = 0
    _names: dict[str, str] = field(default_factory=dict)

    def events(self) -> Iterator[tuple[float, ev.Event]]:
        """Every event of the run's log with its time, in seconds of the run's clock."""
        for event in self._events():
            self._seq += 1
            yield self._mono, event

    def _events(self) -> Iterator[ev.Event]:
        opening = _opening(self.conversation.messages)
        yield self._started(opening)
        for said in self.conversation.messages[opening:]:
            self._wait(said)
            yield from self._message(said)
        yield from self._close()
        yield self._ended()

    def _message(self, said: Said) -> Iterator[ev.Event]:
        match said.role:
            case "user":
                yield from self._open("user")
                yield self._completion(said, "user")
                yield from self._close()
            case "assistant":
                # Views show a turn's last text, so one that comes after another begins a turn of its own.
                if self._role is None or self._spoken:
                    yield from self._open("assistant")
                yield self._completion(said, "assistant")
                # A turn goes on while the assistant waits for its tools.
                if not said.calls:
                    yield from self._close()
            case "tool":
                yield self._tool(said)
            case "system":
                yield ev.ControlReceived(command="say", by="system", text=said.text)

    def _open(self, role: RoleName) -> Iterator[ev.Event]:
        yield from self._close()
        self._turn, self._role, self._completions, self._spoken = self._turn + 1, role, [], False
        yield ev.TurnStarted(turn=self._turn, role=role)

    def _close(self) -> Iterator[ev.Event]:
        if self._role is not None:
            role, self._role = self._role, None
            yield ev.TurnCompleted(turn=self._turn, role=role, completions=self._completions)

    def _completion(self, said: Said, role: RoleName) -> ev.Event:
        pace, typing_s = _pace(said, self._gap(said))
        self._mono += typing_s
        self._calls += role == "assistant"
        self._tokens += said.prompt_tokens + said.completion_tokens
        self._completions.append(self._seq + 1)
        self._spoken = self._spoken or bool(said.text.strip())
        for call in said.calls:
            self._names[call.id] = call.name
        return ev.CompletionReceived(
            turn=self._turn,
            role=role,
            purpose="turn",
            attempt=f"imported-{self._seq + 1}",
            model=said.model or (self.conversation.model if role == "assistant" else ""),
            text=said.text,
            reasoning=said.reasoning,
            tool_calls=[ToolCallRecord(id=c.id, name=c.name, arguments=c.arguments) for c in said.calls],
            usage=TokenCount(prompt=said.prompt_tokens, completion=said.completion_tokens),
            pace=pace,
            duration_s=round(typing_s, 3),
        )

    def _tool(self, said: Said) -> ev.Event:
        name = said.name or self._names.get(said.call_id, "") or "tool"
        return ev.ToolFinished(
            turn=self._turn, role="assistant", call=said.call_id, name=name, ok=said.ok, text=said.text
        )

    def _wait(self, said: Said) -> None:
        """Move the clock on to where this message begins, whatever order the source's times are in."""
        self._mono = min(self._mono + _PAUSE_S, _LAST_S)
        due = self._due(said)
        if due is not None and due > self._mono:
            self._mono = due - _typing_s(said, due - self._mono)

    def _due(self, said: Said) -> float | None:
        """When the message was complete by its source, on the run's clock."""
        if said.at_s is None or self.conversation.began_s is None:
            return None
        return min(said.at_s - self.conversation.began_s, _LAST_S)

    def _gap(self, said: Said) -> float | None:
        due = self._due(said)
        return None if due is None or due <= self._mono else due - self._mono

    def _started(self, opening: int) -> ev.RunStarted:
        conversation = self.conversation
        system = "\n\n".join(said.text for said in conversation.messages[:opening])
        model = conversation.model or next(
            (said.model for said in conversation.messages if said.model), "unknown"
        )
        origin: dict[str, Any] = {"from": conversation.origin, "format": conversation.format}
        return ev.RunStarted(
            program=__version__,
            run=self.run,
            goal=_goal(conversation),
            pair=PairRecord(
                name=PAIR_NAME,
                title=f"Imported from {conversation.origin}",
                version=1,
                prompts={"user": "", "assistant": system, "judge": ""},
            ),
            settings={
                "roles": {"assistant": {"base_url": "", "model": model, "sampling": {}}},
                "scripted": None,
                "imported": origin | dict(conversation.facts),
            },
            limits=LimitsRecord(),
            seed=0,
        )

    def _ended(self) -> ev.RunEnded:
        conversation = self.conversation
        remark = f"; {conversation.remark}" if conversation.remark else ""
        return ev.RunEnded(
            outcome=conversation.outcome,
            reason=f"Imported from {conversation.origin}{remark}.",
            unmet=[],
            spent=Spent(
                turns=self._turn, calls=self._calls, tokens=self._tokens, seconds=round(self._mono, 3)
            ),
            next=f"duologue replay {self.called}",
        )


def _opening(messages: Sequence[Said]) -> int:
    """How many system messages stand at the beginning."""
    return next((index for index, said in enumerate(messages) if said.role != "system"), len(messages))


def _goal(conversation: Conversation) -> str:
    first = next((said.text for said in conversation.messages if said.role == "user"), "")
    return conversation.goal.strip() or first.strip() or "(an imported conversation)"


def _typing_s(said: Said, most_s: float | None) -> float:
    size = len(said.text) + len(said.reasoning)
    return min(size / _CHARACTERS_PER_S, _LONGEST_S, _LONGEST_S if most_s is None else most_s)


def _pace(said: Said, most_s: float | None) -> tuple[Pace, float]:
    """The text spread evenly over its time, in ticks of 100 ms; and that time, in seconds."""
    size = len(said.text) + len(said.reasoning)
    ticks = int(_typing_s(said, most_s) * 1000) // _TICK_MS
    if not size:
        return [], 0.0
    if not ticks:
        return [(0, size)], 0.0
    ends = [size * tick // ticks for tick in range(ticks + 1)]
    return [(_TICK_MS, end - start) for start, end in pairwise(ends)], ticks * _TICK_MS / 1000
