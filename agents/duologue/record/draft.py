"""The completion in progress, drafted to `live.jsonl` so that other processes can watch it arrive.

The draft is disposable. It is cut to nothing when the turn's text is in the log.
"""

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, get_args

from duologue.errors import RecordError
from duologue.messages import ROLE_NAMES, RoleName
from duologue.record.lines import encode_json
from duologue.record.parts import Purpose

DRAFT_NAME: Final = "live.jsonl"
FLUSH_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Draft:
    """A completion in progress: all of its text and reasoning so far."""

    turn: int
    role: RoleName
    purpose: Purpose
    attempt: str
    text: str = ""
    reasoning: str = ""


class DraftWriter:
    """Writes pieces of text as they come, in lines of at least 50 ms. Use as a context manager: the draft is
    dropped at its end."""

    def __init__(self, folder: Path) -> None:
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_TRUNC | os.O_CLOEXEC
        try:
            self._descriptor = os.open(folder / DRAFT_NAME, flags, 0o600)
        except OSError as exc:
            raise RecordError(f"The draft in {folder} cannot be made: {exc.strerror or exc}.") from exc
        self._head: dict[str, Any] = {}
        self._written = 0
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._flushed = 0.0
        self._attempt = ""

    def begin(self, turn: int, role: RoleName, purpose: Purpose) -> None:
        """Start a completion; what was drafted before is dropped."""
        self.clear()
        self._head = {"turn": turn, "role": role, "purpose": purpose}
        self._attempt = ""

    def add(self, attempt: str, text: str, reasoning: str) -> None:
        """A piece of the attempt's text or reasoning; a new attempt starts the draft anew."""
        if self._attempt != attempt:
            self.clear()
            self._head["attempt"] = self._attempt = attempt
            # What arrives within the first moment is drafted after it, or not at all.
            self._flushed = time.monotonic()
        if text:
            self._text.append(text)
        if reasoning:
            self._reasoning.append(reasoning)
        now = time.monotonic()
        if now - self._flushed >= FLUSH_S:
            self._flushed = now
            self._flush()

    def _flush(self) -> None:
        text, reasoning = "".join(self._text), "".join(self._reasoning)
        line = {**self._head, "at": self._written, "text": text, "reasoning": reasoning}
        # A draft is disposable: a full disk stops the run when it meets the log, and not in mid-reply.
        with suppress(OSError):
            os.write(self._descriptor, encode_json(line) + b"\n")
        self._written += len(text) + len(reasoning)
        self._text.clear()
        self._reasoning.clear()

    def clear(self) -> None:
        """Drop the draft: its text is in the log now, or will never be."""
        if self._written:
            os.ftruncate(self._descriptor, 0)
        self._written = 0
        self._text.clear()
        self._reasoning.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()
        os.close(self._descriptor)


class DraftReader:
    """Follows a draft that another process, or this one, is writing."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / DRAFT_NAME
        self._offset = 0
        self._draft: Draft | None = None

    def poll(self) -> Draft | None:
        """The draft as it stands, or None where nothing is being written."""
        # A file that was cut and grew past our place between two polls is read from its start.
        for _ in range(2):
            if self._read():
                return self._draft
            self._offset, self._draft = 0, None
        return None

    def _read(self) -> bool:
        """Take in what is new; False where it does not go on from what was read before."""
        try:
            with self._path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size < self._offset:
                    self._offset, self._draft = 0, None
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return False
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return all(self._take(raw) for raw in whole.splitlines())

    def _take(self, raw: bytes) -> bool:
        try:
            line = json.loads(raw)
            fresh = _head(line)
            known = self._draft
            if known is None or known.attempt != fresh.attempt:
                known = fresh
            if line["at"] != len(known.text) + len(known.reasoning):
                return False
            text, reasoning = known.text + line["text"], known.reasoning + line["reasoning"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        self._draft = replace(known, text=text, reasoning=reasoning)
        return True


def _head(line: Any) -> Draft:
    """The draft that the line belongs to, with no text yet; raises ValueError where it is none."""
    turn, role, purpose, attempt = line["turn"], line["role"], line["purpose"], line["attempt"]
    if type(turn) is not int or role not in ROLE_NAMES or purpose not in get_args(Purpose):
        raise ValueError("not a draft")
    return Draft(turn, role, purpose, str(attempt))
