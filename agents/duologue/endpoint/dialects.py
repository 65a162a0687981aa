"""The dialects that were learnt, kept in one small file, so that the next process does not pay for the same
refusals again.

The file may be lost, damaged or foreign at any time, and other processes write it too: whatever cannot be
used counts as not there, and no fault in it reaches a run.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import structlog
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from duologue.endpoint.dialect import Dialect, plain_url
from duologue.endpoint.interpreter import Interpreter

NAME: Final = "dialects.json"

_MOST_BYTES: Final = 2**20
_MOST: Final = 256
"""Dialects that the file holds; beyond, those that were learnt first are let go."""

_TRIES: Final = 50
_PAUSE_S: Final = 0.01

_DIALECT: Final = TypeAdapter(Dialect)
_DIALECTS: Final = TypeAdapter(list[Dialect])
_log: Final = structlog.get_logger()


class Dialects:
    """The interpreters of this run, one for each endpoint and model. `folder` holds the file; None keeps
    nothing beyond the run, as where something stands in for the network."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], Dialect] | None = None
        self._interpreters: dict[tuple[str, str], Interpreter] = {}

    def interpreter(self, base_url: str, model: str) -> Interpreter:
        """The interpreter for a model at a base URL, with what is known from earlier."""
        key = (plain_url(base_url), model)
        if self._known is None:
            self._known = {} if self._folder is None else _by_place(load_dialects(self._folder))
        if key not in self._interpreters:
            dialect = self._known.get(key, Dialect(*key))
            self._interpreters[key] = Interpreter(dialect, self._keep)
        return self._interpreters[key]

    def _keep(self, dialect: Dialect) -> None:
        if self._folder is not None:
            keep_dialect(self._folder, dialect)


def load_dialects(folder: Path) -> list[Dialect]:
    """The dialects in the folder that are still to be relied on; what cannot be read is left out."""
    today = _today()
    return [dialect for dialect in _read(folder) if dialect.lessons and not dialect.is_stale(today)]


def keep_dialect(folder: Path, dialect: Dialect) -> None:
    """Add a dialect to those in the folder, among them what other processes wrote meanwhile."""

    def joined(known: list[Dialect]) -> list[Dialect]:
        place = (dialect.base_url, dialect.model)
        others = [each for each in known if (each.base_url, each.model) != place]
        same = next((each for each in known if (each.base_url, each.model) == place), None)
        return [*others, dialect if same is None else dialect.joined(same)][-_MOST:]

    _rewrite(folder, joined)


def forget(folder: Path, base_url: str | None = None, model: str | None = None) -> int:
    """Forget what is known of a base URL, a model or both, or everything; returns how many dialects."""
    url = None if base_url is None else plain_url(base_url)
    dropped = 0

    def rest(known: list[Dialect]) -> list[Dialect]:
        nonlocal dropped
        kept = [each for each in known if url not in (None, each.base_url) or model not in (None, each.model)]
        dropped = len(known) - len(kept)
        return kept

    if (folder / NAME).exists():
        _rewrite(folder, rest)
    return dropped


def _by_place(dialects: Iterable[Dialect]) -> dict[tuple[str, str], Dialect]:
    return {(dialect.base_url, dialect.model): dialect for dialect in dialects}


def _read(folder: Path) -> list[Dialect]:
    path = folder / NAME
    try:
        if not path.is_file():
            return []
        with path.open("rb") as file:
            value = from_json(file.read(_MOST_BYTES + 1))
    except (OSError, ValueError) as exc:
        _log.warning("dialects.unreadable", folder=str(folder), error=str(exc))
        return []
    entries = value.get("dialects") if isinstance(value, dict) else None
    return list(_valid(entries if isinstance(entries, list) else []))


def _valid(entries: list[Any]) -> Iterator[Dialect]:
    for entry in entries:
        try:
            yield _DIALECT.validate_python(entry)
        except ValidationError as exc:
            _log.warning("dialects.entry_skipped", error=exc.errors()[0]["msg"])


def _rewrite(folder: Path, change: Callable[[list[Dialect]], list[Dialect]]) -> None:
    """Replace the file by what becomes of its content; a fault is told to diagnostics and to nobody else."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(folder):
            dialects = change(load_dialects(folder))
            content = b'{"dialects":' + _DIALECTS.dump_json(dialects, indent=1) + b"}\n"
            _replace(folder / NAME, content)
    except OSError as exc:
        _log.warning("dialects.unwritable", folder=str(folder), error=str(exc))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process rewrites meanwhile. Where there is no lock to be had, what was learnt at the same
    moment may be lost, which costs one more refusal."""
    descriptor = os.open(folder / f"{NAME}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Not waited for long: who holds it may have been halted."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        except OSError:
            return
        else:
            return


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _today() -> date:
    return datetime.now(UTC).date()
