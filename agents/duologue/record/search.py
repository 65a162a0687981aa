"""Finding a text in the transcripts of all runs, through a full-text index beside them.

`.search.sqlite` is disposable. It is brought up to date before every search: runs whose log changed are
read again, those that are gone are forgotten. Where it is damaged, or another program's, it is made anew;
where it cannot be written, the search is made in memory.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from duologue.errors import RecordError
from duologue.record import events as ev
from duologue.record.events import Record
from duologue.record.log import LOG_NAME
from duologue.record.reader import iterate_log
from duologue.record.runs import GZ_NAME, run_folders

SEARCH_NAME: Final = ".search.sqlite"
_VERSION: Final = 1
_TABLES: Final = (
    "CREATE TABLE runs (run TEXT PRIMARY KEY, stamp TEXT NOT NULL, first INTEGER, last INTEGER)",
    "CREATE VIRTUAL TABLE texts USING fts5 "
    "(run UNINDEXED, turn UNINDEXED, who UNINDEXED, text, tokenize='unicode61')",
)
_UNUSABLE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
    }
)
"""Faults that making the index anew does not cure: it is in use, or cannot be written."""
_WORD: Final = re.compile(r"\w")
_UNSTORED: Final = re.compile("[\0\ud800-\udfff]")
_SNIPPET_WORDS: Final = 16
_WAIT_S: Final = 1.0
_MOST_TURN: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a text was found: the run's name, the turn (0 for the goal), who said it, and the words around
    it, which are as untrusted as the transcript."""

    run: str
    turn: int
    who: str
    snippet: str


def search_runs(folder: Path, text: str, *, most: int = 3) -> dict[str, list[Hit]]:
    """The runs that hold the text's words in their order, the last of which may be the beginning of one;
    letter case and accents do not count. At most `most` hits a run, best first. Raises RecordError."""
    if not _WORD.search(text):
        return {}
    try:
        return _search(folder, folder / SEARCH_NAME, text, most)
    except sqlite3.DatabaseError as exc:
        if _code(exc) in _UNUSABLE:
            return _search_in_memory(folder, text, most)
    # Whatever is wrong with it: it holds nothing that the logs do not.
    with suppress(OSError):
        (folder / SEARCH_NAME).unlink(missing_ok=True)
    return _search_in_memory(folder, text, most, path=folder / SEARCH_NAME)


def _search_in_memory(folder: Path, text: str, most: int, path: Path | None = None) -> dict[str, list[Hit]]:
    for place in (path, None) if path is not None else (None,):
        try:
            return _search(folder, place, text, most)
        except sqlite3.DatabaseError as exc:
            fault = exc
    raise RecordError(f"The runs cannot be searched: {fault}.") from fault


def _search(folder: Path, path: Path | None, text: str, most: int) -> dict[str, list[Hit]]:
    with closing(_open(path)) as database:
        _update(database, folder)
        return _find(database, text, most)


def _code(exc: sqlite3.DatabaseError) -> int:
    """The fault's primary code; extended ones hold it in their lowest byte."""
    return int(getattr(exc, "sqlite_errorcode", 0)) & 0xFF


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        if path.is_symlink():
            raise sqlite3.DatabaseError("the search index is a link")
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(":memory:" if path is None else path, timeout=_WAIT_S, isolation_level=None)
    try:
        database.execute("PRAGMA trusted_schema = OFF")
        _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    """Make the tables of a new index; raises DatabaseError where an old one is not as we make it."""
    version = database.execute("PRAGMA user_version").fetchone()[0]
    shadows = "name NOT GLOB 'texts_*' AND name NOT GLOB 'sqlite_*'"
    found = [sql for (sql,) in database.execute(f"SELECT sql FROM sqlite_master WHERE {shadows}")]
    if version == 0 and not found:
        database.execute("BEGIN IMMEDIATE")
        for table in _TABLES:
            database.execute(table)
        database.execute(f"PRAGMA user_version = {_VERSION}")
        database.execute("COMMIT")
    elif version != _VERSION or sorted(map(str, found)) != sorted(_TABLES):
        raise sqlite3.DatabaseError("the search index is another program's")


def _update(database: sqlite3.Connection, folder: Path) -> None:
    """Read the runs that are new or changed, and forget those that are gone."""
    known = dict(database.execute("SELECT run, stamp FROM runs"))
    named = (path for path in run_folders(folder) if not _UNSTORED.search(path.name))
    present = {path.name: (path, _stamp(path)) for path in named}
    stale = [name for name, stamp in known.items() if name not in present or present[name][1] != stamp]
    fresh = [name for name, (_, stamp) in present.items() if known.get(name) != stamp]
    for name in dict.fromkeys((*stale, *fresh)):
        database.execute("BEGIN IMMEDIATE")
        _forget(database, name)
        if name in present:
            _learn(database, *present[name])
        database.execute("COMMIT")


def _stamp(run: Path) -> str:
    """Tells a log from what it was before."""
    for name in (LOG_NAME, GZ_NAME):
        with suppress(OSError):
            status = (run / name).stat()
            return f"{name} {status.st_size} {status.st_mtime_ns}"
    return "gone"


def _forget(database: sqlite3.Connection, run: str) -> None:
    for first, last in database.execute("SELECT first, last FROM runs WHERE run = ?", (run,)).fetchall():
        database.execute("DELETE FROM texts WHERE rowid BETWEEN ? AND ?", (first, last))
    database.execute("DELETE FROM runs WHERE run = ?", (run,))


def _learn(database: sqlite3.Connection, run: Path, stamp: str) -> None:
    # The rows of a run stand together, so that they can be forgotten without reading all others.
    first = database.execute("SELECT coalesce(max(last), 0) + 1 FROM runs").fetchone()[0]
    last = first - 1
    for last, (turn, who, text) in enumerate(_texts(run), first):
        said = (_UNSTORED.sub("\ufffd", who), _UNSTORED.sub("\ufffd", text))
        values = (last, run.name, min(turn, _MOST_TURN), *said)
        database.execute("INSERT INTO texts (rowid, run, turn, who, text) VALUES (?, ?, ?, ?, ?)", values)
    database.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", (run.name, stamp, first, last))


def _texts(run: Path) -> Iterator[tuple[int, str, str]]:
    """What was said in a run: turn, who, text. What of a log cannot be read is not found."""
    with suppress(RecordError):
        for found in iterate_log(run / LOG_NAME):
            if not isinstance(found, Record):
                continue
            match found.event:
                case ev.RunStarted(goal=goal):
                    yield 0, "goal", goal
                case ev.CompletionReceived() as event if event.text:
                    yield event.turn, event.role, event.text
                case ev.ToolFinished() as event if event.text:
                    yield event.turn, event.name, event.text
                case ev.ControlReceived() as event if event.text:
                    yield 0, event.by, event.text
                case _:
                    pass


def _find(database: sqlite3.Connection, text: str, most: int) -> dict[str, list[Hit]]:
    quoted = _UNSTORED.sub(" ", text).replace('"', '""')
    hits: dict[str, list[Hit]] = {}
    found = database.execute(
        f"SELECT run, turn, who, snippet(texts, 3, '', '', '…', {_SNIPPET_WORDS}) "
        "FROM texts WHERE texts MATCH ? ORDER BY rank",
        (f'"{quoted}"*',),
    )
    for run, turn, who, snippet in found:
        of_run = hits.setdefault(str(run), [])
        if len(of_run) < most:
            of_run.append(Hit(str(run), turn if isinstance(turn, int) else 0, str(who), str(snippet)))
    return hits
