"""`python -m tests.benchmarks.screen [EVENTS]`: what a long run costs on the screen, beside a short one."""

import asyncio
import os
import pty
import random
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from duologue.record.draft import Draft
from duologue.record.events import Record, TurnStarted
from duologue.record.follow import Poll
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_log
from duologue.tui.app import RunApp
from duologue.tui.open import screen
from duologue.tui.transcript import Transcript
from tests.benchmarks.record_log import write_log
from tests.benchmarks.table import Row, middle, shown, where

_MARK: Final = b"ready-to-be-seen"
_EMPTY: Final = f"""
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("{_MARK.decode()}")
Empty().run()
"""
_REPLAY: Final = "import sys; from duologue.cli.main import main; main()"


@dataclass(frozen=True, slots=True)
class Lengths:
    """How much is measured: events of the log for first paint and memory, turns of the two for the rest, and
    how often each is done; tokens stream for `stream_s` seconds."""

    events: int = 1_000_000
    short: int = 10
    long: int = 10_000
    launches: int = 7
    openings: int = 6
    jumps: int = 15
    appends: int = 60
    stream_s: float = 4.0

    def beside(self, what: str) -> str:
        """A row's name, where `what` is done with the longer log of the two."""
        return f"{what} {self.long:,} turns, to {self.short:,}"


def rows(lengths: Lengths, folder: Path) -> Iterator[Row]:
    """First paint and memory on the longest log; the rest with many turns beside few."""
    logs = {}
    sizes = {"short": 3 * lengths.short, "long": 3 * lengths.long, "huge": lengths.events}
    for name, size in sizes.items():
        logs[name] = folder / name / LOG_NAME
        logs[name].parent.mkdir()
        write_log(logs[name], size)
    yield from _openings(logs["huge"], lengths.events, lengths.launches)
    yield asyncio.run(_opening(logs["short"], logs["long"], lengths))
    yield asyncio.run(_jumping(logs["short"], logs["long"], lengths))
    yield asyncio.run(_appending(logs["short"], logs["long"], lengths))
    yield asyncio.run(_streaming(logs["long"], lengths.stream_s))
    yield _memory(logs["huge"], lengths.events)


def _openings(log: Path, events: int, launches: int) -> Iterator[Row]:
    """How soon it is seen whose run it is, by its goal; that the screen answers; and a turn's words."""
    replay = (sys.executable, "-c", _REPLAY, "replay", str(log.parent))
    last = (*replay, "--at", str(events // 3 - 1))
    watch = (*replay[:-2], "watch", str(log.parent))
    taken = [
        (
            _painted_s((sys.executable, "-c", _EMPTY), _MARK),
            _painted_s(replay, b"Go on for"),
            _painted_s(replay, b"starting"),
            _painted_s(last, b"The river"),
            _painted_s(watch, b"The river"),
        )
        for _ in range(launches)
    ]
    empty, *ours = (middle(list(each)) for each in zip(*taken, strict=True))
    said = (
        "replay's first frame (goal, name)",
        "replay's whole screen",
        "a turn's words in replay",
        "a turn's words in watch",
    )
    for what, took, bound in zip(said, ours, (1.5, None, None, None), strict=True):
        detail = f"{took * 1000:.0f} ms : {empty * 1000:.0f} ms; {events:,} events"
        yield Row(f"{what}, to an empty app", took / empty, "×", bound, detail=detail)


def _painted_s(command: tuple[str, ...], mark: bytes) -> float:
    """Seconds from the launch until the mark is on the terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    began = time.monotonic()
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    ) as child:
        os.close(theirs)
        seen = b""
        while mark not in seen and time.monotonic() < began + 60:
            if select.select([ours], [], [], 0.05)[0]:
                seen += os.read(ours, 1 << 16)
        taken = time.monotonic() - began
        child.kill()
    os.close(ours)
    assert mark in seen, seen[-2000:]
    return taken


async def _opening(short: Path, long: Path, lengths: Lengths) -> Row:
    taken: dict[Path, list[float]] = {short: [], long: []}
    for log in (short, long) * lengths.openings:
        began = time.process_time()
        async with screen(log).run_test(size=(100, 40)) as pilot:
            await pilot.press("end")
            taken[log].append(time.process_time() - began)
    return _ratio(lengths.beside("opening, at their end,"), taken[long][1:], taken[short][1:], 2)


async def _jumping(short: Path, long: Path, lengths: Lengths) -> Row:
    logs = {short: lengths.short, long: lengths.long}
    taken = {log: await _jumps(log, turns, lengths.jumps) for log, turns in logs.items()}
    return _ratio(lengths.beside("a jump in"), taken[long], taken[short], 2)


async def _jumps(log: Path, turns: int, count: int) -> list[float]:
    app, taken = screen(log), []
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("space")
        assert app.player is not None
        app.player.ledger.work(60)
        for turn in random.Random(3).choices(range(2, turns), k=count):
            began = time.process_time()
            await pilot.press("g", *str(turn), "enter")
            taken.append((time.process_time() - began) / (len(str(turn)) + 2))
    return taken


class _Held:
    """A run of which all but the draft is there."""

    def __init__(self, records: list[Record]) -> None:
        turn = len(records)
        begun = TurnStarted(turn=turn, role="user")
        self._records = [*records, Record(records[-1].seq + 1, "", records[-1].mono, begun, "")]
        self._turn = turn
        self.text = "It goes on."

    def poll(self) -> Poll:
        records, self._records = self._records, []
        return Poll(records, Draft(self._turn, "user", "turn", "a", self.text), [], live=True)


async def _appending(short: Path, long: Path, lengths: Lengths) -> Row:
    taken = {log: await _appends(log, lengths.appends) for log in (short, long)}
    return _ratio(lengths.beside("appending 32 tokens with"), taken[long], taken[short], 1.3)


async def _appends(log: Path, count: int) -> list[float]:
    feed = _Held(read_log(log)[0])
    app, taken = RunApp(feed, mode="watch"), []
    async with app.run_test(size=(100, 40)) as pilot:
        while "loading" in str(app.query_one("Header").render()):
            app.tick()
        await pilot.pause()
        for _ in range(count):
            feed.text += "word " * 32
            began = time.process_time()
            app.tick()
            app.query_one(Transcript).refresh()
            await pilot.pause(0)
            taken.append(time.process_time() - began)
            await asyncio.sleep(0.02)
    return taken


async def _streaming(log: Path, seconds: float) -> Row:
    feed = _Held(read_log(log)[0])
    app = RunApp(feed, mode="watch")
    async with app.run_test(size=(100, 40)):
        await asyncio.sleep(1)
        began, used = time.monotonic(), time.process_time()
        while (gone := time.monotonic() - began) < seconds:
            feed.text = "word " * int(gone * 1000)
            await asyncio.sleep(0.01)
        share = (time.process_time() - used) / (time.monotonic() - began)
    return Row("cpu while 1,000 tokens a second stream, of a core", share, "×", 1)


def _memory(log: Path, events: int) -> Row:
    program = (
        "import asyncio, pathlib, resource, sys\n"
        "from duologue.tui.open import screen\n"
        "async def main():\n"
        "    app = screen(pathlib.Path(sys.argv[1]))\n"
        "    async with app.run_test(size=(100, 40)) as pilot:\n"
        "        await pilot.press('end')\n"
        "        app.player.ledger.work(600)\n"
        "        app.tick()\n"
        "        await pilot.pause()\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(log)], check=True, capture_output=True, text=True
    )
    mebibytes = int(done.stdout) / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Row("most memory with all of it counted, MiB", mebibytes, "MiB", 150, detail=f"{events:,} events")


def _ratio(what: str, long: list[float], short: list[float], bound: float) -> Row:
    ours, bare = middle(long), middle(short)
    return Row(what, ours / bare, "×", bound, detail=f"{ours * 1000:.1f} ms : {bare * 1000:.1f} ms of cpu")


def main() -> None:
    """Print the table."""
    lengths = Lengths(events=int(sys.argv[1])) if len(sys.argv) > 1 else Lengths()
    print(f"The screen on a log of {lengths.events:,} events, taken on {where()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="duologue-screen-") as folder:
        for row in rows(lengths, Path(folder)):
            print(shown(row), flush=True)


if __name__ == "__main__":
    main()
