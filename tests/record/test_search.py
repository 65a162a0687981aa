"""Finding texts across runs: what was said is found, and the index is as disposable as it claims to be."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import COMPLETION, HEADER, log_lines

from duologue.record import events as ev
from duologue.record.compress import compress_run
from duologue.record.search import SEARCH_NAME, search_runs

QUERIES = ['a"b', "a AND", "NEAR(a b)", "text:a", "^a", "a* b", "-a", '""', "(", "a OR b)", "{text} : a"]
"""Texts that mean something to FTS5."""


def says(text: str, turn: int = 2) -> ev.Event:
    """A completion of this text."""
    return COMPLETION.model_copy(update={"text": text, "turn": turn})


def save(folder: Path, name: str, events: Sequence[ev.Event], goal: str = "A goal.") -> Path:
    """A run in which this was said."""
    run = folder / name
    run.mkdir(exist_ok=True)
    lines = log_lines([HEADER.model_copy(update={"goal": goal}), *events])
    (run / "log.jsonl").write_bytes(b"".join(lines))
    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs."""
    save(tmp_path, "one", [says("The river keeps no secret."), says("A stone, by the river.", 4)])
    save(tmp_path, "two", [says("Über den Fluss.")], goal="Write of a river: 川の流れ")
    return tmp_path


def names(folder: Path, text: str) -> list[str]:
    """The runs in which the text is found."""
    return sorted(search_runs(folder, text))


def test_words_are_found_where_they_were_said(folder: Path) -> None:
    """A hit has turn, speaker and the words around it; the goal is turn 0."""
    hits = search_runs(folder, "river")
    assert {(hit.turn, hit.who) for hit in hits["one"]} == {(2, "assistant"), (4, "assistant")}
    assert [(hit.turn, hit.who, hit.snippet) for hit in hits["two"]] == [
        (0, "goal", "Write of a river: 川の流れ")
    ]


def test_words_are_searched_as_a_phrase_without_regard_to_case(folder: Path) -> None:
    """They stand in their order, the last may be begun; case and accents do not count."""
    assert names(folder, "NO secret") == ["one"]
    assert names(folder, "secret no") == []
    assert names(folder, "keeps no sec") == ["one"]
    assert names(folder, "uber den") == ["two"]
    assert names(folder, "川の流れ") == ["two"]
    assert names(folder, "stone by") == ["one"]


def test_tools_and_interventions_are_found(folder: Path) -> None:
    """So is what a tool gave and what the person said."""
    tool = ev.ToolFinished(turn=3, role="assistant", call="c", name="shell", ok=True, text="exit zebra")
    said = ev.ControlReceived(command="say", by="person", text="mind the giraffe")
    save(folder, "three", [tool, said])
    assert [hit.who for hit in search_runs(folder, "zebra")["three"]] == ["shell"]
    assert [hit.who for hit in search_runs(folder, "giraffe")["three"]] == ["person"]


def test_the_index_follows_the_runs(folder: Path) -> None:
    """New, grown, replaced, compressed and removed runs are found as they are now."""
    assert names(folder, "secret") == ["one"]
    save(folder, "three", [says("another secret")])
    assert names(folder, "secret") == ["one", "three"]
    save(folder, "one", [says("nothing to see, moved on")])
    assert names(folder, "secret") == ["three"]
    assert names(folder, "moved") == ["one"]
    compress_run(folder / "three")
    assert names(folder, "secret") == ["three"]
    (folder / "three" / "log.jsonl.gz").unlink()
    assert names(folder, "secret") == []


def test_the_index_is_private_and_not_made_anew_each_time(folder: Path) -> None:
    """Mode 0600; a search that finds nothing changed leaves the file as it is."""
    names(folder, "river")
    path = folder / SEARCH_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert names(folder, "river") == ["one", "two"]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    "damage", ["junk", "empty", "cut", "flipped", "schema", "trigger", "version", "link"]
)
def test_a_damaged_index_is_made_anew(folder: Path, tmp_path: Path, damage: str) -> None:
    """Whatever stands in its place, the right runs are found, then and afterwards."""
    path = folder / SEARCH_NAME
    names(folder, "river")
    data = path.read_bytes()
    match damage:
        case "junk":
            path.write_bytes(b"\x00junk" * 5000)
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "flipped":
            path.write_bytes(data[:4096] + bytes(byte ^ 0xFF for byte in data[4096:]))
        case "link":
            path.rename(tmp_path / "elsewhere")
            path.symlink_to(tmp_path / "elsewhere")
        case _:
            statement = {
                "schema": "DROP TABLE texts",
                "trigger": "CREATE TRIGGER t AFTER DELETE ON runs BEGIN DELETE FROM runs; END",
                "version": "PRAGMA user_version = 99",
            }[damage]
            with closing(sqlite3.connect(path, isolation_level=None)) as database:
                database.execute(statement)
    for _ in range(2):
        assert names(folder, "river") == ["one", "two"]
        assert names(folder, "secret") == ["one"]
    assert not path.is_symlink()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def test_a_folder_in_its_place_does_not_stop_a_search(folder: Path) -> None:
    """What cannot be replaced is searched around."""
    (folder / SEARCH_NAME / "x").mkdir(parents=True)
    assert names(folder, "river") == ["one", "two"]


def test_a_folder_that_cannot_be_written_is_searched_in_memory(folder: Path) -> None:
    """A file that is only to be read stands for it, which even an administrator's SQLite respects."""
    (folder / SEARCH_NAME).write_bytes(b"")
    (folder / SEARCH_NAME).chmod(0o400)
    folder.chmod(0o500)
    try:
        assert names(folder, "river") == ["one", "two"]
    finally:
        folder.chmod(0o700)


def test_an_index_in_use_is_not_waited_for_for_ever(folder: Path) -> None:
    """While another process writes the index, the search is made in memory, and nothing is removed."""
    names(folder, "river")
    save(folder, "three", [says("a third river")])
    with closing(sqlite3.connect(folder / SEARCH_NAME, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        assert names(folder, "river") == ["one", "three", "two"]
        database.execute("ROLLBACK")
    assert names(folder, "river") == ["one", "three", "two"]


def test_damaged_logs_and_odd_names_do_not_stop_a_search(folder: Path) -> None:
    """What of a log cannot be read is not found; a folder whose name is no text is left out."""
    run = save(folder, "three", [says("a river"), says("an ocean", 4)])
    data = (run / "log.jsonl").read_bytes()
    (run / "log.jsonl").write_bytes(data.replace(b"an ocean", b"an Ocean"))
    (folder / "four").mkdir()
    (folder / "four" / "log.jsonl").write_bytes(os.urandom(5000))
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe"))
    odd.mkdir()
    (odd / "log.jsonl").write_bytes(data)
    newer = log_lines([HEADER.model_copy(update={"schema_": "2.0"})])
    (folder / "five").mkdir()
    (folder / "five" / "log.jsonl").write_bytes(b"".join(newer))
    assert names(folder, "river") == ["one", "three", "two"]
    assert names(folder, "ocean") == []


def test_numbers_and_characters_that_sqlite_cannot_hold_are_borne(folder: Path) -> None:
    """A turn past 64 bits, a lone surrogate and a null in a text."""
    save(folder, "three", [says("before \ud800 and \0 after", 10**30)])
    assert names(folder, "after") == ["three"]


def test_no_more_than_the_best_hits_of_a_run_are_given(folder: Path) -> None:
    """A word that is everywhere is shown a few times, in every run."""
    save(folder, "three", [says(f"river {n}", n) for n in range(1, 40)])
    hits = search_runs(folder, "river")
    assert len(hits["three"]) == 3
    assert sorted(hits) == ["one", "three", "two"]


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path) -> None:
    """An empty folder, one that is not there, and a text without words."""
    assert search_runs(tmp_path, "river") == {}
    assert search_runs(tmp_path / "none", "river") == {}
    for text in ("", "   ", "!?", "_", '"', "*", "\0"):
        assert search_runs(tmp_path, text) == {}


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=30) | st.sampled_from(QUERIES))
def test_no_text_is_a_syntax_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever is typed is searched as it stands."""
    folder = tmp_path_factory.getbasetemp() / "typed"
    if not folder.exists():
        folder.mkdir()
        save(folder, "one", [says("and near the text: a")])
    assert isinstance(search_runs(folder, text), dict)
