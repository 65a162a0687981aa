"""Saved runs on the disk, small and many."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from duologue.record import events as ev
from duologue.record.lines import encode_line
from duologue.record.log import LOG_NAME
from duologue.record.parts import LimitsRecord, PairRecord, Parent, Spent

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def save(folder: Path, records: Sequence[ev.Record]) -> Path:
    """A log with these events, in a new folder of that name; returns the folder."""
    folder.mkdir(parents=True)
    lines, previous = [], ""
    for record in records:
        line, previous = encode_line(record.seq, record.at, record.mono, record.event, previous)
        lines.append(line)
    (folder / LOG_NAME).write_bytes(b"".join(lines))
    return folder


def run(
    runs: Path,
    name: str,
    goal: str = "Write a haiku.",
    *,
    outcome: str = "done",
    pair: str = "general",
    turns: int = 4,
    cost_usd: float | None = 0.02,
    age: int = 0,
    parent: Parent | None = None,
) -> Path:
    """A run of two events, begun `age` minutes before the newest; without an outcome it has no ending."""
    at = f"{BEGAN - timedelta(minutes=age):%Y-%m-%dT%H:%M:%S}.000Z"
    started = ev.RunStarted(
        program="0",
        run=name,
        goal=goal,
        pair=PairRecord(name=pair, title=pair, version=1, prompts={}),
        settings={},
        limits=LimitsRecord(),
        seed=1,
        parent=parent,
    )
    records = [ev.Record(1, at, 0.0, started, "")]
    if outcome:
        spent = Spent(turns=turns, calls=1, tokens=turns * 100, seconds=5, cost_usd=cost_usd)
        ended = ev.RunEnded.model_validate(
            {"outcome": outcome, "reason": "So it is.", "unmet": [], "spent": spent, "next": "…"}
        )
        records.append(ev.Record(2, at, 5.0, ended, ""))
    return save(runs / name, records)
