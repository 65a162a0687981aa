"""Commands to a run under way, from its screen or another terminal: lines of `control.jsonl` in its folder.

Whoever may write into the folder may steer the run. Each command that the run takes becomes an event of its
log, which names the line, so that none is taken twice and a resumed run goes on where it was.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from duologue.errors import RecordError, UserError
from duologue.record.called import by_path
from duologue.record.lines import encode_json
from duologue.record.lock import is_locked
from duologue.record.log import LOG_NAME

CONTROL_NAME: Final = "control.jsonl"
MOST_CHARACTERS: Final = 20_000
_MOST_BYTES: Final = 1 << 20
"""Of what is read at once; a line that is longer is passed over."""

Raisable = Literal["turns", "tokens", "minutes", "cost"]


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    by: str = "the person"


class Pause(_Command):
    """Begin nothing new until the run is told to go on; a call in flight is let finish."""

    command: Literal["pause"] = "pause"


class Resume(_Command):
    """Go on after a pause."""

    command: Literal["resume"] = "resume"


class Say(_Command):
    """A message of the person to one of the agents, heard before its next turn."""

    command: Literal["say"] = "say"
    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    to: Literal["user", "assistant"] = "user"


class AddCriterion(_Command):
    """One more condition that the result has to meet."""

    command: Literal["criterion"] = "criterion"
    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)


class RaiseLimit(_Command):
    """A limit of the budget is set anew."""

    command: Literal["limit"] = "limit"
    limit: Raisable
    value: float = Field(gt=0, allow_inf_nan=False)


class Stop(_Command):
    """End the run now, with what it has; `text` is the person's own verdict, if there is one."""

    command: Literal["stop"] = "stop"
    text: str = Field(default="", max_length=MOST_CHARACTERS)


class Approve(_Command):
    """Yes to what the run asks; `criteria` are those to use instead of the proposed ones, None for these."""

    command: Literal["approve"] = "approve"
    criteria: list[str] | None = None


class Deny(_Command):
    """No to what the run asks."""

    command: Literal["deny"] = "deny"
    text: str = Field(default="", max_length=MOST_CHARACTERS)


Command = Pause | Resume | Say | AddCriterion | RaiseLimit | Stop | Approve | Deny
_COMMAND: Final[TypeAdapter[Command]] = TypeAdapter(
    Annotated[Command, Field(discriminator="command")], config=ConfigDict(defer_build=True)
)


def send(folder: Path, command: Command) -> int:
    """Give the command to the run in this folder; returns its line, from 1, which the event names that says
    that it was taken. Raises UserError where nobody runs it, RecordError where it cannot be written."""
    if not is_locked(folder / LOG_NAME):
        raise UserError(
            f"Nobody runs {folder.name}: there is nothing to steer.",
            hint=f"Go on with it: duologue resume {by_path(folder)}",
        )
    line = encode_json(command.model_dump(exclude_none=True)) + b"\n"
    flags = os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(folder / CONTROL_NAME, flags, 0o600)
        try:
            os.write(descriptor, line)
            end = os.lseek(descriptor, 0, os.SEEK_CUR)
            return os.pread(descriptor, end, 0).count(b"\n")
        finally:
            os.close(descriptor)
    except OSError as exc:
        raise RecordError(f"The run {folder.name} cannot be told: {exc.strerror or exc}.") from exc


class ControlReader:
    """Reads what is new in a run's `control.jsonl`. `line` is the number of lines that were read, from 0."""

    def __init__(self, folder: Path, line: int = 0) -> None:
        self._path = folder / CONTROL_NAME
        self._offset = 0
        self._skip = line
        self.line = 0

    def read(self) -> Sequence[tuple[int, Command]]:
        """The new commands with their line numbers, from 1; a line that is none is passed over, and so is a
        line that was taken before."""
        found = []
        for line in self._lines():
            self.line += 1
            if self.line > self._skip and (command := _parse(line)) is not None:
                found.append((self.line, command))
        return found

    def _lines(self) -> list[bytes]:
        if not os.access(self._path, os.R_OK):
            return []
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(_MOST_BYTES)
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1] if len(data) < _MOST_BYTES or b"\n" in data else data
        self._offset += len(whole)
        return whole.splitlines()


def _parse(line: bytes) -> Command | None:
    try:
        return _COMMAND.validate_python(json.loads(line))
    except (ValueError, RecursionError, ValidationError):
        return None
