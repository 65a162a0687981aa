"""`python -m tests.benchmarks.record [EVENTS]`: what a long log costs to open, to index and to append to."""

import asyncio
import gc
import json
import os
import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from duologue.record.events import TurnStarted
from duologue.record.index import open_index
from duologue.record.index_rows import INDEX_NAME
from duologue.record.log import LOG_NAME, LogWriter
from tests.benchmarks.record_log import write_log
from tests.benchmarks.table import Row, middle, shown, where

EVENTS: Final = 1_000_000
_TAIL: Final = 200
_JUMPS: Final = 200
_APPENDS: Final = 400


def rows(events: int, folder: Path) -> Iterator[Row]:
    """Each measurement beside its bare counterpart, taken on a log of that many events."""
    log = folder / LOG_NAME
    turns = write_log(log, events)
    yield from _opening(log, events)
    yield from _jumping(log, turns)
    yield _memory(log, events, folder)
    yield asyncio.run(_appending(folder))


def _opening(log: Path, events: int) -> Iterator[Row]:
    parsed = _best(lambda: _parse(log), 1)
    tail = _best(lambda: _read_tail(log), 5)
    detail = f"{parsed * 1000:,.0f} ms : {tail * 1000:.1f} ms"
    yield Row(
        "json.loads of every line to last 200 events", parsed / tail, "×", 100, least=True, detail=detail
    )
    counted = _best(lambda: _count(log), 5)
    built = _best(lambda: _build(log), 5)
    detail = f"{built * 1000:.1f} ms : {counted * 1000:.1f} ms"
    yield Row("building the index to counting the newlines", built / counted, "×", 3, detail=detail)


def _jumping(log: Path, turns: int) -> Iterator[Row]:
    chosen = random.Random(7).choices(range(1, turns), k=_JUMPS)
    with open_index(log) as index:
        index.offset_of_turn(1)
        jumps, bare = [], []
        for turn in chosen:
            start = time.perf_counter()
            offset = index.offset_of_turn(turn)
            jumps.append(time.perf_counter() - start)
            assert offset is not None
            bare.append(_pread_s(log, offset))
    over = [(jump - read) * 1000 for jump, read in zip(jumps, bare, strict=True)]
    detail = f"worst of {_JUMPS}: {max(over):.2f} ms; bare pread {middle(bare) * 1e6:.0f} µs"
    yield Row("jump to a random turn, beyond a bare pread", middle(over), "ms", 5, detail=detail)


def _pread_s(log: Path, offset: int) -> float:
    descriptor = os.open(log, os.O_RDONLY)
    try:
        start = time.perf_counter()
        os.pread(descriptor, 512, offset)
        return time.perf_counter() - start
    finally:
        os.close(descriptor)


def _memory(log: Path, events: int, folder: Path) -> Row:
    short = folder / "short" / LOG_NAME
    short.parent.mkdir()
    write_log(short, max(events // 10, 10))
    small, large = _peak(short), _peak(log)
    on_disk = log.with_name(INDEX_NAME).stat().st_size if log.with_name(INDEX_NAME).exists() else 0
    detail = (
        f"{large / 1024:,.0f} KiB : {small / 1024:,.0f} KiB; index.bin {on_disk / events:.2f} bytes an event"
    )
    return Row("memory of opening a log, to a tenth of it", large / small, "×", 1.5, detail=detail)


def _peak(log: Path) -> int:
    """The most memory at once of building, of the last events, and of a jump, in bytes."""
    gc.collect()
    tracemalloc.start()
    _build(log)
    _read_tail(log)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


async def _appending(folder: Path) -> Row:
    event = TurnStarted(turn=1, role="user", note="x" * 180)  # type: ignore[call-arg]  # any field is kept
    ours: list[float] = []
    bare: list[float] = []
    bare_file = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    with LogWriter.create(folder / "appended") as log:
        lines = [b"x" * 300]
        log.observers.append(lambda record, line: lines.append(line))
        for number in range(_APPENDS):
            # By turns the first, since whoever syncs second finds some of the work done.
            if number % 2:
                bare.append(_append_bare(bare_file, lines[-1]))
            start = time.perf_counter()
            log.append(event)
            await log.commit()
            ours.append(time.perf_counter() - start)
            if not number % 2:
                bare.append(_append_bare(bare_file, lines[-1]))
    os.close(bare_file)
    detail = f"{middle(ours) * 1e6:.0f} µs : {middle(bare) * 1e6:.0f} µs"
    return Row(
        "append and commit to write and fdatasync", middle(ours) / middle(bare), "×", 1.3, detail=detail
    )


def _append_bare(descriptor: int, line: bytes) -> float:
    start = time.perf_counter()
    os.write(descriptor, line)
    os.fdatasync(descriptor)
    return time.perf_counter() - start


def _parse(log: Path) -> None:
    with log.open("rb") as file:
        for line in file:
            json.loads(line)


def _count(log: Path) -> int:
    count = 0
    with log.open("rb") as file:
        while data := file.read(1 << 20):
            count += data.count(b"\n")
    return count


def _build(log: Path) -> None:
    log.with_name(INDEX_NAME).unlink(missing_ok=True)
    with open_index(log) as index:
        index.offset_of_turn(1)


def _read_tail(log: Path) -> None:
    with open_index(log) as index:
        index.tail(_TAIL)


def _best(work: Callable[[], Any], times: int) -> float:
    """The shortest of several times, in seconds: what else the machine does only adds."""
    taken = [time.perf_counter()]
    for _ in range(times):
        work()
        taken.append(time.perf_counter())
    return min(after - before for before, after in pairwise(taken))


def main() -> None:
    """Print the table."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    print(f"A log of {events:,} events beside the bare system calls, taken on {where()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="duologue-record-") as folder:
        for row in rows(events, Path(folder)):
            print(shown(row), flush=True)


if __name__ == "__main__":
    main()
