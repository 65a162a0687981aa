"""The folder of saved runs: naming a new one, finding one by what a person types, listing them all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from duologue.errors import LogTooNew, RunNotFound
from duologue.record.called import by_path
from duologue.record.compressed import GZ_SUFFIX, GzipLog
from duologue.record.events import Event, Record, RunEnded, RunParked, RunStarted
from duologue.record.lines import BadLine, parse_line
from duologue.record.lock import is_locked
from duologue.record.log import LOG_NAME
from duologue.record.reader import open_log

GZ_NAME: Final = LOG_NAME + GZ_SUFFIX
_MOST_NAMED: Final = 5
_TAIL_BYTES: Final = 1 << 16
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list. `state` is an outcome, `running`, `crashed` or `unreadable`; `turns`
    and `tokens` are None where the run has not said them, `cost_usd` also where no price was known, `parent`
    where it is no fork; `unpriced_tokens` have no known price."""

    run: str
    path: Path
    state: str
    at: str = ""
    pair: str = ""
    goal: str = ""
    turns: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    unpriced_tokens: int = 0
    seconds: float = 0.0
    parent: str | None = None


def new_run_id() -> str:
    """A name that sorts by time and does not clash: `20261122-031245-9f1c4e`, whose last part begins with
    the fraction of the second, in steps of 15 µs."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%d-%H%M%S}-{now.microsecond * 65_536 // 1_000_000:04x}{secrets.token_hex(1)}"


def list_runs(folder: Path) -> list[RunSummary]:
    """All runs in the folder, newest last."""
    return [summarise(path) for path in run_folders(folder)]


def find_run(folder: Path, name: str) -> Path:
    """The run that `name` means: a path to a run or a log file, `last`, its id, the beginning of it, or
    its last part. Raises RunNotFound where none or several answer."""
    given = Path(name)
    if os.path.isfile(given) or holds_log(given):
        return given
    runs = list(run_folders(folder))
    if name == "last":
        if runs:
            return runs[-1]
        raise RunNotFound(f"There are no saved runs in {folder}.", hint='Start one: duologue run "…"')
    found = [path for path in runs if path.name.startswith(name) or path.name.rpartition("-")[2] == name]
    found = [path for path in found if path.name == name] or found
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found[-_MOST_NAMED:])
        count = f"{len(found)} runs, of which the newest are" if len(found) > _MOST_NAMED else "several runs:"
        raise RunNotFound(f"{name!r} means {count} {names}.", hint="Type more of its name.")
    hint = f"List the saved runs: duologue ls --runs {by_path(folder)}"
    raise RunNotFound(f"There is no run {name!r} in {folder}.", hint=hint)


def holds_log(folder: Path) -> bool:
    """Whether it is a run's folder: its log is in it, compressed or not."""
    # os.path answers False where pathlib raises: for a name that is too long to be one.
    return os.path.isfile(folder / LOG_NAME) or os.path.isfile(folder / GZ_NAME)


def summarise(path: Path) -> RunSummary:
    """A run at a glance, read from its first and last lines only."""
    log = path / LOG_NAME
    try:
        first, last = _ends(log)
    except (OSError, BadLine, LogTooNew):
        return RunSummary(path.name, path, "unreadable")
    if not isinstance(first.event, RunStarted):
        return RunSummary(path.name, path, "unreadable")
    started = first.event
    common = (path.name, path, _state(last.event, log), first.at, started.pair.name, started.goal)
    parent = started.parent.run if started.parent is not None else None
    if isinstance(last.event, RunEnded | RunParked):
        spent = last.event.spent
        return RunSummary(
            *common,
            turns=spent.turns,
            tokens=spent.tokens,
            cost_usd=spent.cost_usd,
            unpriced_tokens=spent.unpriced_tokens,
            seconds=spent.seconds,
            parent=parent,
        )
    turn = getattr(last.event, "turn", None)
    turns = turn if isinstance(turn, int) else None
    return RunSummary(*common, turns=turns, seconds=last.mono, parent=parent)


def _state(last: Event, log: Path) -> str:
    match last:
        case RunEnded(outcome=outcome):
            return outcome
        case RunParked():
            return "parked"
        case _:
            return "running" if is_locked(log) else "crashed"


def _ends(log: Path) -> tuple[Record, Record]:
    with closing(open_log(log)) as file:
        first, last = _streamed_ends(file) if isinstance(file, GzipLog) else _sought_ends(file)
        return parse_line(first).record, parse_line(last).record


def _sought_ends(file: BinaryIO) -> tuple[bytes, bytes]:
    first = file.readline().rstrip(b"\n")
    size = file.seek(0, os.SEEK_END)
    # A last line longer than the tail is rare; then the window doubles until a whole line is in it.
    window = _TAIL_BYTES
    while True:
        file.seek(max(0, size - window))
        whole = file.read().rpartition(b"\n")[0]
        start = whole.rfind(b"\n") + 1
        if start or window >= size:
            return first, whole[start:]
        window *= 2


def _streamed_ends(file: GzipLog) -> tuple[bytes, bytes]:
    first, last, rest = b"", b"", b""
    while data := file.read(_PIECE):
        whole, newline, rest = (rest + data).rpartition(b"\n")
        if newline:
            first = first or whole.partition(b"\n")[0]
            last = whole[whole.rfind(b"\n") + 1 :]
    return first, last


def run_folders(folder: Path) -> Iterator[Path]:
    """The runs in the folder, oldest first."""
    if folder.is_dir():
        yield from sorted({log.parent for name in (LOG_NAME, GZ_NAME) for log in folder.glob(f"*/{name}")})
