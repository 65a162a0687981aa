"""The file of dialects: shared by processes, and never the reason why a run fails."""

import json
import os
import stat
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from duologue.endpoint.changes import (
    AnswerForm,
    Bridge,
    Change,
    Clamp,
    Drop,
    Echo,
    Put,
    Rename,
    ShortIds,
    Strip,
    SystemRole,
)
from duologue.endpoint.dialect import KEPT_DAYS, Dialect, Lesson, plain_url
from duologue.endpoint.dialects import Dialects, forget, keep_dialect, load_dialects
from duologue.targets import Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.wire import chunked, refusal, said

TODAY = datetime.now(UTC).date()
URL = "http://127.0.0.1:8080/v1"
ALL: list[Change] = [
    Rename("max_tokens", "max_completion_tokens"),
    Drop("seed"),
    Clamp("temperature", None, 1.0),
    Put("tool_choice", "auto"),
    Put("stream", False),
    AnswerForm("tool"),
    SystemRole("developer"),
    Bridge(),
    ShortIds(),
    Strip("name"),
    Echo("reasoning_content"),
]


def _dialect(*changes: Change, url: str = URL, model: str = "m", learnt: date = TODAY) -> Dialect:
    return Dialect(url, model, tuple(Lesson(change, "because", learnt) for change in changes))


def _changes(folder: Path) -> list[Change]:
    return [lesson.change for dialect in load_dialects(folder) for lesson in dialect.lessons]


def test_every_change_comes_back_as_it_was(tmp_path: Path) -> None:
    """What is written is read again, each kind of change as itself."""
    keep_dialect(tmp_path / "deep" / "cache", _dialect(*ALL))
    assert load_dialects(tmp_path / "deep" / "cache") == [_dialect(*ALL)]


def test_the_file_is_the_persons_own(tmp_path: Path) -> None:
    """Nobody else reads it, and nothing half written is left beside it."""
    keep_dialect(tmp_path, _dialect(Bridge()))
    keep_dialect(tmp_path, _dialect(ShortIds()))
    assert stat.S_IMODE((tmp_path / "dialects.json").stat().st_mode) == 0o600
    assert sorted(os.listdir(tmp_path)) == ["dialects.json", "dialects.json.lock"]


def test_what_others_wrote_stays(tmp_path: Path) -> None:
    """Lessons on the same model are joined, those on others kept."""
    keep_dialect(tmp_path, _dialect(Drop("seed")))
    keep_dialect(tmp_path, _dialect(Drop("seed"), model="n"))
    keep_dialect(tmp_path, _dialect(Drop("top_p")))
    found = {
        dialect.model: [lesson.change for lesson in dialect.lessons] for dialect in load_dialects(tmp_path)
    }
    assert found == {"m": [Drop("top_p"), Drop("seed")], "n": [Drop("seed")]}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (AnswerForm("json_object"), AnswerForm("prompt")),
        (SystemRole("developer"), SystemRole("user")),
        (Clamp("temperature", None, 2.0), Clamp("temperature", None, 1.0)),
    ],
)
def test_a_step_further_takes_the_place_of_the_one_before(
    tmp_path: Path, older: Change, newer: Change
) -> None:
    """Whoever writes last, the further step stays alone."""
    keep_dialect(tmp_path, _dialect(older))
    keep_dialect(tmp_path, _dialect(newer))
    assert _changes(tmp_path) == [newer]


def test_a_process_that_knows_less_takes_nothing_back(tmp_path: Path) -> None:
    """A rung that another process went down is not gone up again."""
    keep_dialect(tmp_path, _dialect(AnswerForm("prompt")))
    keep_dialect(tmp_path, _dialect(AnswerForm("json_object")))
    assert AnswerForm("prompt") in _changes(tmp_path)
    assert len(_changes(tmp_path)) == 1


_WRITER = """
import sys
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from duologue.endpoint.changes import Drop
from duologue.endpoint.dialect import Dialect, Lesson
from duologue.endpoint.dialects import keep_dialect

today = datetime.now(timezone.utc).date()
for number in range(20):
    lesson = Lesson(Drop(f"{sys.argv[2]}{number}"), "because", today)
    keep_dialect(Path(sys.argv[1]), Dialect("http://x/v1", "m", (lesson,)))
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """Forty lessons from two processes are forty in the file."""
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, name]) for name in ("a", "b")]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert len(_changes(tmp_path)) == 40


DAMAGED: dict[str, bytes] = {
    "empty": b"",
    "torn": b'{"dialects": [{"base_url": "http',
    "not JSON": b"\x00\xff\xfe",
    "another shape": b"[1, 2]",
    "entries of another shape": b'{"dialects": {"a": 1}}',
    "an unknown change": json.dumps(
        {"dialects": [{"base_url": URL, "model": "m", "lessons": [
            {"change": {"kind": "sing", "name": "x"}, "because": "", "learnt": str(TODAY)}]}]}
    ).encode(),
    "deep": b"[" * 200_000,
    "huge": b'{"dialects": [' + b" " * 2**21 + b"]}",
}  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
async def test_a_damaged_file_is_an_empty_one(bench: Bench, tmp_path: Path, content: bytes) -> None:
    """The run goes on as if nothing were known, and what it learns is written over the damage."""
    (tmp_path / "dialects.json").write_bytes(content)
    with capture_logs():
        await _learn(bench, tmp_path)
        assert _changes(tmp_path) == [Drop("seed")]


def test_one_bad_entry_costs_no_other(tmp_path: Path) -> None:
    """What is sound in a file is used, and diagnostics tell of the rest."""
    keep_dialect(tmp_path, _dialect(Drop("seed")))
    path = tmp_path / "dialects.json"
    value = json.loads(path.read_text())
    path.write_text(json.dumps({"dialects": [{"model": 7}, *value["dialects"]]}))
    with capture_logs() as logged:
        assert _changes(tmp_path) == [Drop("seed")]
    assert [entry["event"] for entry in logged] == ["dialects.entry_skipped"]


async def _learn(bench: Bench, folder: Path) -> None:
    target = Target(bench.wire.url, "m", sampling={"seed": 1})
    answers = [refusal(400, "seed?"), chunked(said("hi"))]
    got = await bench.ask(*answers, target=target, dialects=Dialects(folder))
    assert got.adapted == ("seed dropped",)
    assert (await bench.ask(*answers[1:], request=ASK, target=target)).text == "hi"


@pytest.mark.parametrize(
    "obstacle", ["a file in place of the folder", "a folder in place of the file", "fifo"]
)
async def test_a_folder_that_cannot_be_written(bench: Bench, tmp_path: Path, obstacle: str) -> None:
    """The run goes on, diagnostics say what is wrong, and nothing is left lying about."""
    folder = tmp_path / "cache"
    if obstacle == "a file in place of the folder":
        folder.write_text("mine")
    elif obstacle == "fifo":
        folder.mkdir()
        os.mkfifo(folder / "dialects.json")
    else:
        (folder / "dialects.json").mkdir(parents=True)
    with capture_logs() as logged:
        await _learn(bench, folder)
    if obstacle == "fifo":
        assert _changes(folder) == [Drop("seed")]
        return
    assert {entry["event"] for entry in logged} == {"dialects.unwritable"}
    assert folder.is_file() or sorted(os.listdir(folder)) == ["dialects.json", "dialects.json.lock"]


async def test_a_full_disk(bench: Bench, small_disk: Path) -> None:
    """Where nothing more can be written the run goes on, and what was known is still there."""
    keep_dialect(small_disk, _dialect(Bridge()))
    with (small_disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while filler.write(b"x" * 4096):
            pass
    with capture_logs() as logged:
        await _learn(bench, small_disk)
    assert [entry["event"] for entry in logged] == ["dialects.unwritable"]
    assert _changes(small_disk) == [Bridge()]


@pytest.mark.parametrize(
    ("days", "known"), [(0, True), (KEPT_DAYS - 1, True), (KEPT_DAYS + 1, False), (-2, False)]
)
def test_a_dialect_grows_old(tmp_path: Path, days: int, known: bool) -> None:
    """After thirty days, or with a day that is yet to come, the endpoint is asked plainly again."""
    learnt = TODAY - timedelta(days=days)
    dialect = _dialect(Drop("seed"), learnt=learnt)
    stale = Dialect(URL, "m", (*dialect.lessons, Lesson(Drop("top_p"), "because", TODAY)))
    keep_dialect(tmp_path, stale)
    assert bool(load_dialects(tmp_path)) is known


def test_a_dialect_tells_of_itself() -> None:
    """Each change in words, with the day and the reason."""
    described = _dialect(*ALL, learnt=date(2026, 11, 22)).describe()
    assert described[0] == "max_tokens -> max_completion_tokens (2026-11-22: because)"
    assert len(set(described)) == len(ALL)


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({}, []),
        ({"model": "m"}, ["n"]),
        ({"base_url": f"{URL}/"}, []),
        ({"base_url": "http://y/v1"}, ["m", "n"]),
    ],
)
def test_dialects_are_forgotten(tmp_path: Path, asked: dict[str, Any], left: list[str]) -> None:
    """By address, by model, or all; how many is told."""
    keep_dialect(tmp_path, _dialect(Bridge()))
    keep_dialect(tmp_path, _dialect(Bridge(), model="n"))
    assert forget(tmp_path, **asked) == 2 - len(left)
    assert [dialect.model for dialect in load_dialects(tmp_path)] == left


def test_nothing_is_made_where_there_is_nothing_to_forget(tmp_path: Path) -> None:
    """A folder that is not there stays so."""
    assert forget(tmp_path / "none") == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://ann:pass@Host:8080/v1/", "http://host:8080/v1"),
        ("https://h/v1?api-version=7&key=secret", "https://h/v1?api-version=7"),
        ("https://h/v1#secret", "https://h/v1"),
    ],
)
def test_a_url_is_kept_without_secrets(url: str, plain: str) -> None:
    """Of a query only the API's version stays, of the authority no credentials."""
    assert plain_url(url) == plain


def test_many_dialects_are_bounded(tmp_path: Path) -> None:
    """The file does not grow without end: those that were written first are let go."""
    known = [_dialect(Bridge(), model=str(number)) for number in range(256)]
    keep_dialect(tmp_path, known[0])
    text = json.loads((tmp_path / "dialects.json").read_text())
    entries = [{**text["dialects"][0], "model": dialect.model} for dialect in known]
    (tmp_path / "dialects.json").write_text(json.dumps({"dialects": entries}))
    keep_dialect(tmp_path, _dialect(Bridge(), model="new"))
    models = [dialect.model for dialect in load_dialects(tmp_path)]
    assert (len(models), models[0], models[-1]) == (256, "1", "new")
