"""What is kept of an evaluation while it goes on, so that one that was broken off can be gone on with."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from duologue.batch.trial import Finding, Trial
from duologue.errors import RecordError
from duologue.record.log import LOG_NAME

JOURNAL_NAME: Final = "trials.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """The run in which the trial of this digest was begun, and how it went; None while it goes on."""

    digest: str
    run: str | None
    finding: Finding | None


_ENTRIES: Final = TypeAdapter(Entry)


def digest_of(trial: Trial) -> str:
    """What tells the trial from all others: who pursues what, with which prompts and sources, for which time.
    What is held out is no part of it: that may be mended while the runs stay as they are."""
    assignment = trial.assignment
    parts = [
        trial.goal.model_dump(mode="json", exclude={"held_out", "expect"}),
        trial.variant,
        trial.number,
        dict(assignment.pair.prompts),
        [(source.name, source.text) for source in assignment.sources],
        sorted((seat, target.model) for seat, target in assignment.settings.targets.items()),
    ]
    return blake2b(json.dumps(parts, sort_keys=True).encode("utf-8", "replace"), digest_size=16).hexdigest()


def broken_off(trial: Trial, before: Entry | None) -> str | None:
    """The run of the trial that can be gone on with, None where there is none. A scenario is begun anew: it
    costs nothing."""
    if before is None or before.run is None or trial.transport is not None:
        return None
    open_ = before.finding is None or before.finding.outcome == "parked"
    return before.run if open_ and (trial.runs / before.run / LOG_NAME).is_file() else None


class Journal:
    """The lines of one evaluation, each written when it is known."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, entry: Entry) -> None:
        """Add a line. Raises RecordError."""
        line = json.dumps(asdict(entry)).encode() + b"\n"
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise RecordError(f"{self._path} cannot be written: {exc.strerror or exc}.") from exc

    def read(self) -> Mapping[str, Entry]:
        """The last line of each trial, by its digest; a line that was cut off counts as none. Raises
        RecordError."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return {}
        except OSError as exc:
            raise RecordError(f"{self._path} cannot be read: {exc.strerror or exc}.") from exc
        found = {}
        for line in lines:
            try:
                entry = _ENTRIES.validate_json(line)
            except ValidationError:
                continue
            found[entry.digest] = entry
        return found
