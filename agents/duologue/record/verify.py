"""Proving that a log is whole: numbers in sequence, sums that chain, stored texts that fit their names.

A fork's header names the event of its parent at which they part, by number and sum, so its chain goes on
into the parent, and from there into the parent's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from duologue.errors import RecordError
from duologue.record.blobs import load_blob
from duologue.record.events import Record, RunStarted
from duologue.record.log import LOG_NAME
from duologue.record.parts import Parent
from duologue.record.reader import iterate_log
from duologue.record.runs import holds_log


@dataclass(frozen=True, slots=True)
class Link:
    """One log of the chain: how many of its events were checked, up to which `sum`; what is wrong with it
    and in which line from 1, or None."""

    run: str
    events: int
    sum: str
    problem: str | None = None


def verify_run(path: Path) -> list[Link]:
    """The run's own log, then its parent up to the fork, and so on; a link with a problem is the last.

    Raises RecordError where the run's log cannot be read, LogTooNew.
    """
    log = path / LOG_NAME if path.is_dir() else path
    links: list[Link] = []
    parent: Parent | None = None
    # It ends: no log can name a sum that rests on its own.
    while True:
        link, parent = _verify(log, parent)
        links.append(link)
        if link.problem is not None or parent is None:
            return links
        if (missing := _missing(log, parent)) is not None:
            return [*links, Link(parent.run, 0, "", missing)]
        log = log.parent.parent / parent.run / LOG_NAME


def _missing(log: Path, parent: Parent) -> str | None:
    """Why the parent cannot be looked up beside the fork, or None."""
    beside = log.absolute().parent.parent
    if Path(parent.run).name != parent.run or parent.run in ("", ".", ".."):
        return "the fork names a parent that is no run's name"
    if not holds_log(beside / parent.run):
        return f"the fork's parent is not in {beside}, so its beginning is not proven"
    return None


def _verify(log: Path, fork: Parent | None) -> tuple[Link, Parent | None]:
    """The log checked to its end, or up to the event at which a fork parts; and its own parent."""
    run, seq, total = log.absolute().parent.name, 0, ""
    parent: Parent | None = None
    try:
        for found in iterate_log(log):
            if not isinstance(found, Record):
                return Link(run, seq, total, str(found)), None
            if found.seq == 1:
                problem, parent = _header(log, found)
                if problem is not None:
                    return Link(run, 0, "", f"line 1: {problem}"), None
            seq, total = found.seq, found.sum
            if fork is not None and seq == fork.seq:
                break
    except RecordError as exc:
        if fork is None:
            raise
        return Link(run, seq, total, exc.message), None
    return Link(run, seq, total, _unlike(seq, total, fork)), parent


def _header(log: Path, first: Record) -> tuple[str | None, Parent | None]:
    if not isinstance(first.event, RunStarted):
        return "the log does not begin with run.started", None
    for name in _blobs(first.event):
        try:
            load_blob(log.parent, name)
        except RecordError as exc:
            return exc.message, None
    return None, first.event.parent


def _blobs(header: RunStarted) -> Iterator[str]:
    """The stored texts that have to be there: all but those that a repair found lost, and said so."""
    repaired = (header.model_extra or {}).get("repaired_from")
    lost = repaired.get("blobs_lost") if isinstance(repaired, dict) else None
    named = [*(source.blob for source in header.sources), *(check.blob for check in header.checks)]
    for name in named:
        if name is not None and not (isinstance(lost, list) and name in lost):
            yield name


def _unlike(seq: int, total: str, fork: Parent | None) -> str | None:
    """Why a log that reads well is not what it should be, or None."""
    if seq == 0:
        return "the log holds no event"
    if fork is not None and seq != fork.seq:
        return f"it ends at event {seq}, before event {fork.seq}, at which the fork parts"
    if fork is not None and total != fork.sum:
        return f"event {seq} does not have the sum that the fork names: one of the two was altered"
    return None
