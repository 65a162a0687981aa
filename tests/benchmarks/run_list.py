"""What the list of saved runs costs, which `duologue ls` prints and the home screen shows."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from duologue.record.events import Event, RunEnded, RunStarted, TurnCompleted, TurnStarted
from duologue.record.lines import encode_line
from duologue.record.log import LOG_NAME
from duologue.record.parts import LimitsRecord, PairRecord, Spent
from duologue.record.runs import list_runs
from duologue.record.shelf import Shelf
from duologue.roles import load_pair
from tests.benchmarks.table import Row, Sizes, middle

_AT: Final = "2026-11-22T03:12:45.120Z"
_TAIL: Final = 1 << 16
_TURNS: Final = 6


def rows(sizes: Sizes, runs: Path) -> Iterator[Row]:
    """A look at all of them, beside a walk that reads and decodes each one's first and last line and does
    nothing with them; and a second look, beside asking when each was last written."""
    _save(runs, sizes.saved)
    many = f"{sizes.saved:,} runs"
    shelf = Shelf(runs)
    listed, walked, looked, asked = _in_turns(
        sizes.repeats,
        lambda: list_runs(runs),
        lambda: list(_walk(runs)),
        lambda: list(shelf.look()),
        lambda: [os.stat(folder / LOG_NAME) for folder in runs.iterdir()],
    )
    yield _row(f"cpu of listing {many}, to a bare walk of them", listed, walked, 1.5)
    yield _row(f"cpu of looking at {many} again, to a stat of each", looked, asked, 2)


def _row(what: str, ours: float, bare: float, bound: float) -> Row:
    return Row(what, ours / bare, "×", bound, detail=f"{ours * 1000:.0f} ms : {bare * 1000:.0f} ms")


def _in_turns(times: int, *each: Callable[[], object]) -> list[float]:
    """Seconds of CPU that each takes. All are done once before that."""
    for one in each:
        one()
    taken = [[_cpu_s(one) for one in each] for _ in range(times)]
    return [middle(column) for column in zip(*taken, strict=True)]


def _cpu_s(one: Callable[[], object]) -> float:
    began = time.thread_time()
    one()
    return time.thread_time() - began


def _walk(runs: Path) -> Iterator[tuple[Any, Any]]:
    for name in sorted(os.listdir(runs)):
        with (runs / name / LOG_NAME).open("rb") as file:
            first = file.readline()
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            last = file.read().splitlines()[-1]
        yield json.loads(first), json.loads(last)


def _save(runs: Path, count: int) -> None:
    pair = load_pair("general")
    recorded = PairRecord(name=pair.name, title=pair.title, version=pair.version, prompts=dict(pair.prompts))
    for number in range(count):
        folder = runs / f"20261122-031245-{number:06x}"
        folder.mkdir()
        header = RunStarted(
            program="benchmark",
            run=folder.name,
            goal=f"Describe item {number} of the list.",
            pair=recorded,
            settings={},
            limits=LimitsRecord(),
            seed=number,
        )
        (folder / LOG_NAME).write_bytes(b"".join(_lines(header)))


def _lines(header: RunStarted) -> Iterator[bytes]:
    events: list[Event] = [header]
    for turn in range(1, _TURNS + 1):
        events += [
            TurnStarted(turn=turn, role="user"),
            TurnCompleted(turn=turn, role="user", completions=[]),
        ]
    spent = Spent(turns=_TURNS, calls=_TURNS, tokens=4_000, seconds=12.0)
    events.append(RunEnded(outcome="limit", reason="It is enough.", unmet=[], spent=spent, next=""))
    total = ""
    for seq, event in enumerate(events, 1):
        line, total = encode_line(seq, _AT, float(seq), event, total)
        yield line
