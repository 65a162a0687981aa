"""A mended copy of a damaged run: what can be proven is kept, what cannot is said to be lost.

The copy's events keep their numbers, since events refer to each other by them: where events are lost, an
`event.lost` stands in the place of each. The sums are chained anew. The damaged run stays as it is.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from duologue.errors import LogDamaged, RecordError, RunBusy
from duologue.record.blobs import BLOBS_NAME, load_blob, store_blob
from duologue.record.called import by_path
from duologue.record.events import EventLost, Record, RunStarted
from duologue.record.lines import chained_sum, encode_json, encode_line
from duologue.record.lock import is_locked
from duologue.record.log import LOG_NAME, sync_folder
from duologue.record.reader import LineReader, Problem, iterate_log
from duologue.record.redact_key import load_key, save_key

_MOST_LOST: Final = 100_000
"""Events lost in a row; a line that claims more is no event of this run."""
_MOST_NAMED: Final = 20
_BLOB: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class Findings:
    """What a damaged run still holds: events kept, events whose number is known to be lost, lines that
    were dropped, stored texts that are gone, and the problems in the order of the log."""

    kept: int = 0
    events_lost: int = 0
    lines_dropped: int = 0
    blobs_lost: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class _Kept:
    """A record that is proven: the bytes of its line up to its sum, its line's number, and how many
    events are lost before it."""

    record: Record
    body: bytes
    line: int
    lost: int


def repair_run(run: Path, output: Path) -> Findings:
    """Write a mended copy of the run's folder to `output`, which is made. Nothing is written where the
    run is intact. Raises RunBusy while the run is going on, LogDamaged where its first line is lost,
    RecordError where the copy cannot be written."""
    log = run / LOG_NAME
    if is_locked(log):
        raise RunBusy(f"The run {run.name} is going on.", hint="Repair it when it has ended.")
    findings = _look(run, log)
    if not findings.intact:
        _copy(run, log, output, findings)
    return findings


def _intact(log: Path) -> Iterator[_Kept | Problem]:
    """What is proven, and the problems. Ends at a line whose number cannot be that of an event."""
    reader = LineReader()
    seq = 0
    for found in iterate_log(log, reader):
        if isinstance(found, Problem):
            yield found
            continue
        lost = found.seq - seq - 1
        if lost > _MOST_LOST:
            yield Problem(reader.line, f"it claims that {lost} events are lost; all from here on is dropped")
            return
        seq = found.seq
        yield _Kept(found, reader.body, reader.line, lost)


def _look(run: Path, log: Path) -> Findings:
    findings = Findings()
    header: Record | None = None
    noted = 0
    for found in _intact(log):
        if isinstance(found, Problem):
            findings.problems.append(str(found))
            findings.lines_dropped += 1
            noted = found.line
            continue
        header = header or found.record
        findings.kept += 1
        findings.events_lost += found.lost
        if noted == found.line:
            findings.lines_dropped -= 1  # the problem was not this line, but those that are missing before
    if header is None or not isinstance(header.event, RunStarted) or header.seq != 1:
        raise LogDamaged(
            f"The first line of {log} is damaged; without it nobody can say what the run was.",
            line=1,
            hint=f"Print what can be read: duologue show {by_path(run)}",
        )
    findings.blobs_lost = _lost_blobs(run, header.event)
    findings.problems += [f"the stored text {name} is missing or altered" for name in findings.blobs_lost]
    return findings


def _lost_blobs(run: Path, header: RunStarted) -> list[str]:
    named = [source.blob for source in header.sources] + [check.blob for check in header.checks if check.blob]
    return [name for name in dict.fromkeys(named) if _blob(run, name) is None]


def _blob(run: Path, name: str) -> bytes | None:
    try:
        return load_blob(run, name)
    except RecordError:
        return None


def _copy(run: Path, log: Path, output: Path, findings: Findings) -> None:
    try:
        output.mkdir(mode=0o700, parents=True)
    except OSError as exc:
        raise RecordError(
            f"The copy's folder {output} cannot be made: {exc.strerror or exc}.",
            hint="Choose another with --output.",
        ) from exc
    try:
        _write(log, output, run.name, findings)
        _copy_blobs(run, output)
        if (key := load_key(run)) is not None:
            # Gone on with, the copy has the same placeholders.
            save_key(output, key)
        for found in iterate_log(output / LOG_NAME):
            if isinstance(found, Problem):
                raise LogDamaged(f"The copy in {output} could not be mended: {found}.", line=found.line)
    except BaseException as exc:
        shutil.rmtree(output, ignore_errors=True)
        if isinstance(exc, OSError):
            raise RecordError(f"The copy cannot be written: {exc.strerror or exc}.") from exc
        raise


def _write(log: Path, output: Path, origin: str, findings: Findings) -> None:
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
    with os.fdopen(os.open(output / LOG_NAME, flags, 0o600), "wb") as file:
        total = ""
        last: Record | None = None
        for found in _intact(log):
            if isinstance(found, Problem):
                continue
            body = found.body
            if last is None:
                body = _header(body, output.name, origin, findings)
            else:
                total = _stand_in(file, last, found.lost, total)
            total = chained_sum(total, body)
            file.write(b'%s,"sum":"%s"}\n' % (body, total.encode("ascii")))
            last = found.record
        file.flush()
        os.fsync(file.fileno())
    sync_folder(output)


def _stand_in(file: BinaryIO, last: Record, lost: int, total: str) -> str:
    """Lines in the place of those that are lost; returns the sum of the last."""
    event = EventLost()
    for seq in range(last.seq + 1, last.seq + 1 + lost):
        line, total = encode_line(seq, last.at, last.mono, event, total)
        file.write(line)
    return total


def _header(body: bytes, run: str, origin: str, findings: Findings) -> bytes:
    """The first line's bytes with the copy's name, and what it is a copy of."""
    fields: dict[str, Any] = json.loads(body + b"}")
    fields["run"] = run
    fields["repaired_from"] = {
        "run": origin,
        "events_lost": findings.events_lost,
        "lines_dropped": findings.lines_dropped,
        "blobs_lost": findings.blobs_lost,
        "problems": findings.problems[:_MOST_NAMED],
    }
    return encode_json(fields)[:-1]


def _copy_blobs(run: Path, output: Path) -> None:
    folder = run / BLOBS_NAME
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        data = _blob(run, path.name) if _BLOB.fullmatch(path.name) else None
        if data is not None:
            store_blob(output, data)
