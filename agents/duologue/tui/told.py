"""What was told to the run and not taken yet, and what is to be said to the person, above the footer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from rich.text import Text
from textual.widgets import Static

from duologue.display import display_safe, one_line
from duologue.record.control import (
    AddCriterion,
    Approve,
    Command,
    Deny,
    Pause,
    RaiseLimit,
    Resume,
    Say,
    Stop,
)

_MOST: Final = 3
_ROOMY: Final = 60
"""Columns from which there is room to say it at length."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A command that was sent: the run has taken it once its log names this line."""

    line: int
    command: Command


class Told(Static):
    """A line for each command that waits, and a notice; nothing where there is neither."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Told { height: auto; max-height: 6; padding: 0 1; background: $panel; display: none; }"

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._shown: object = ()

    def show(self, pending: Sequence[Pending], notice: str) -> None:
        """Show these; nothing is drawn where that is as before."""
        width = self.app.size.width - 2
        shown = (tuple(each.line for each in pending), notice, width)
        if shown == self._shown:
            return
        self._shown = shown
        lines = [_line(each.command, width) for each in pending[-_MOST:]]
        if len(pending) > _MOST:
            lines.insert(0, f"{len(pending) - _MOST} more were told before")
        if notice:
            lines.append(display_safe(notice))
        self.display = bool(lines)
        self.update(Text("\n".join(lines)))


def _line(command: Command, width: int) -> str:
    when = f", taken {_when(command)}" if width >= _ROOMY else f", {_when(command).removeprefix('at the ')}"
    return one_line(f"told: {words(command)}", max(width - len(when), 0)) + when


def _when(command: Command) -> str:
    match command:
        case Stop():
            return "now"
        case Say():
            return "at the next turn"
        case _:
            return "at the next call"


def words(command: Command) -> str:
    """The command in words; the person's own are not made safe here."""
    match command:
        case Pause():
            return "pause"
        case Resume():
            return "go on"
        case Say(text=text, to=to):
            return f"to the {to}: {text}"
        case AddCriterion(text=text):
            return f"criterion: {text}"
        case RaiseLimit(limit=limit, value=value):
            return f"limit of {limit}: {value:g}"
        case Stop(text=text):
            return f"stop: {text}" if text else "stop"
        case Approve():
            return "yes"
        case Deny(text=text):
            return f"no: {text}" if text else "no"
        case _:
            assert_never(command)
