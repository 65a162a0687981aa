"""Faults of the system around the log: a sync that fails, and a clock that jumps."""

import os
from pathlib import Path

import pytest
from record_samples import EVENTS, HEADER

from duologue.errors import RecordError
from duologue.record.events import Record, TurnCompleted, TurnStarted
from duologue.record.items import TurnItem
from duologue.record.lines import encode_line
from duologue.record.log import LogWriter
from duologue.record.reader import read_strict
from duologue.record.view import RunView

TURN = EVENTS[3]


async def test_sync_that_fails_is_never_taken_for_a_commit(tmp_path: Path) -> None:
    """Where the system refuses to sync, as it does for a pipe, the commit fails and nothing follows it."""
    path = tmp_path / "log.jsonl"
    os.mkfifo(path)
    log = LogWriter(path, os.open(path, os.O_RDWR))
    log.append(HEADER)
    with pytest.raises(RecordError, match="cannot be synced"):
        await log.commit()
    with pytest.raises(RecordError, match="cannot be synced"):
        log.append(TURN)
    with pytest.raises(RecordError, match="cannot be synced"):
        log.copy(Record(2, "2026-11-22T03:12:45.120Z", 1.0, TURN, ""))
    with pytest.raises(RecordError, match="cannot be synced"):
        await log.commit()
    log.close()


def test_jumps_of_the_wall_clock_change_nothing(tmp_path: Path) -> None:
    """A log whose wall clock jumped a day back, a year ahead, and stood still reads strictly, in its order,
    with the durations of its own clock."""
    days = ("2026-11-22", "2026-11-21", "2027-11-22", "2027-11-22")
    events = (
        HEADER,
        TurnStarted(turn=1, role="user"),
        TurnCompleted(turn=1, role="user", completions=[]),
        TurnStarted(turn=2, role="assistant"),
    )
    total, lines = "", b""
    for seq, (day, event) in enumerate(zip(days, events, strict=True), 1):
        line, total = encode_line(seq, f"{day}T03:12:45.120Z", seq * 1.5, event, total)
        lines += line
    (tmp_path / "log.jsonl").write_bytes(lines)
    view = RunView()
    for record in read_strict(tmp_path / "log.jsonl"):
        view.apply(record)
    first = view.items[0]
    assert isinstance(first, TurnItem)
    assert (first.started, first.ended, view.mono) == (3.0, 4.5, 6.0)
