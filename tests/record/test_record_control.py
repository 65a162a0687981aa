"""Commands to a run: written where somebody runs it, read once, and never fatal."""

import json
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from duologue.errors import UserError
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
    send,
)
from duologue.record.log import LogWriter

EVERY: list[Command] = [
    Pause(),
    Resume(),
    Say(text="Näher am Ziel, bitte.\nUnd kürzer.", to="assistant"),
    AddCriterion(text="The sum is named."),
    RaiseLimit(limit="cost", value=1.5),
    Stop(text="good enough"),
    Approve(criteria=["One."]),
    Deny(text="no"),
]


def test_every_command_arrives_once(tmp_path: Path) -> None:
    """What is sent is read, in order, with its line; a reader that goes on later skips what was taken."""
    folder = tmp_path / "run"
    with LogWriter.create(folder):
        reader = ControlReader(folder)
        assert reader.read() == []
        assert [send(folder, command) for command in EVERY] == list(range(1, len(EVERY) + 1))
    assert list(reader.read()) == list(enumerate(EVERY, 1))
    assert reader.read() == []
    assert list(ControlReader(folder, 6).read()) == [(7, EVERY[6]), (8, EVERY[7])]
    assert os.stat(folder / CONTROL_NAME).st_mode & 0o777 == 0o600


def test_nobody_runs_it(tmp_path: Path) -> None:
    """A run that nobody runs cannot be told anything, and nothing is left behind for it."""
    folder = tmp_path / "run"
    with LogWriter.create(folder):
        pass
    with pytest.raises(UserError, match="Nobody runs run"):
        send(folder, Stop())
    assert not (folder / CONTROL_NAME).exists()


LINES: tuple[bytes, ...] = (
    *(b"", b"{", b"null", b"[]", b'"stop"', b"\xff\xfe", b"[" * 100_000),
    *(b'{"command":"rm"}', b'{"command":"say"}', b'{"command":"say","text":""}', b'{"command":"stop","x":1}'),
    *(b'{"command":"say","text":"x","to":"judge"}', b'{"command":"say","text":"' + b"x" * 30_000 + b'"}'),
    *(b'{"command":"limit","limit":"turns","value":' + value + b"}" for value in (b"-1", b"NaN", b'"x"')),
    b'{"command":"limit","limit":"luck","value":1}',
)


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_a_line_that_is_no_command_is_passed_over(line: bytes, tmp_path: Path) -> None:
    """Whatever stands in the file, what stands after it is read."""
    (tmp_path / CONTROL_NAME).write_bytes(line + b'\n{"command":"pause"}\n')
    assert list(ControlReader(tmp_path).read()) == [(2, Pause())]


def test_half_a_line_is_waited_for(tmp_path: Path) -> None:
    """A line is read when it is whole, and a line without end does not hold up the reader for ever."""
    path, reader = tmp_path / CONTROL_NAME, ControlReader(tmp_path)
    whole = json.dumps({"command": "say", "text": "Ü"}, ensure_ascii=False).encode() + b"\n"
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        assert reader.read() == []
    path.write_bytes(whole)
    assert list(reader.read()) == [(1, Say(text="Ü"))]
    path.write_bytes(whole + b"x" * (2 << 20) + b"\n" + whole)
    read = [command for _ in range(4) for command in reader.read()]
    assert [command for _, command in read] == [Say(text="Ü")]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A run's commands are not written through a link that somebody has put there."""
    folder = tmp_path / "run"
    with LogWriter.create(folder):
        (folder / CONTROL_NAME).symlink_to(tmp_path / "elsewhere")
        with pytest.raises(Exception, match="cannot be told"):
            send(folder, Pause())
    assert not (tmp_path / "elsewhere").exists()


def test_commands_are_bounded() -> None:
    """A text is neither empty nor endless, and a limit is a number above 0."""
    for bad in ({"text": ""}, {"text": "x" * 20_001}):
        with pytest.raises(ValidationError):
            Say(**bad)
    for value in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            RaiseLimit(limit="turns", value=value)
