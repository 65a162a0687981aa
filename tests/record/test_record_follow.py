"""Following a run as it grows, and the blobs that lie beside its log."""

import os
import shutil
import stat
import time
from pathlib import Path

import pytest
from record_samples import EVENTS, HEADER, log_lines, turns_log

from duologue.errors import LogTooNew, RecordError
from duologue.record.blobs import load_blob, store_blob
from duologue.record.draft import FLUSH_S, DraftWriter
from duologue.record.follow import Follower
from duologue.record.log import LogWriter
from duologue.record.reader import read_log

LINES = turns_log(5)


def test_each_record_comes_once(tmp_path: Path) -> None:
    """Every poll brings what came since the one before; a line that is half written waits."""
    log = tmp_path / "log.jsonl"
    log.write_bytes(LINES[0] + LINES[1][:20])
    follower = Follower(tmp_path)
    seen = [[record.seq for record in follower.poll().records]]
    for data in (LINES[1][20:], b"", LINES[2] + LINES[3]):
        with log.open("ab") as file:
            file.write(data)
        seen.append([record.seq for record in follower.poll().records])
    assert seen == [[1], [2], [], [3, 4]]


def test_live_while_it_is_written(tmp_path: Path) -> None:
    """A run is live as long as its writer holds the lock; the poll after its end still brings the rest."""
    log = LogWriter.create(tmp_path / "run")
    log.append(HEADER)
    follower = Follower(tmp_path / "run")
    assert follower.poll().live
    log.append(EVENTS[-1])
    log.close()
    last = follower.poll()
    assert not last.live
    assert [record.event for record in last.records] == [EVENTS[-1]]


def test_draft_comes_along(tmp_path: Path) -> None:
    """The completion in progress comes with each poll."""
    with LogWriter.create(tmp_path / "run") as log, DraftWriter(log.path.parent) as draft:
        follower = Follower(log.path)
        assert follower.poll().draft is None
        draft.begin(1, "user", "turn")
        draft.add("a", "so ", "")
        time.sleep(2 * FLUSH_S)
        draft.add("a", "far", "")
        found = follower.poll().draft
    assert found is not None
    assert found.text == "so far"


def test_long_log_comes_in_pieces(tmp_path: Path) -> None:
    """A long log is brought over several polls, and each but the last says that there is more."""
    events = [HEADER, *(EVENTS[5].model_copy(update={"text": "x" * 300_000}) for _ in range(8))]
    (tmp_path / "log.jsonl").write_bytes(b"".join(log_lines(events)))
    follower, seqs, behind = Follower(tmp_path), [], []
    while not behind or behind[-1]:
        poll = follower.poll()
        assert poll.live == poll.behind
        seqs += [record.seq for record in poll.records]
        behind.append(poll.behind)
    assert seqs == list(range(1, 10))
    assert len(behind) > 2


def test_problems_are_told(tmp_path: Path) -> None:
    """A line that had to be skipped is told in words, with its number."""
    (tmp_path / "log.jsonl").write_bytes(LINES[0] + b"garbage\n" + LINES[1])
    poll = Follower(tmp_path).poll()
    assert poll.problems == ["line 2: it does not end in a sum"]
    assert [record.seq for record in poll.records] == [1, 2]


def test_nothing_to_follow(tmp_path: Path) -> None:
    """A log that is not there, goes away or is too new is an error of the record."""
    with pytest.raises(RecordError, match="cannot be read: No such file"):
        Follower(tmp_path).poll()
    newer = HEADER.model_copy(update={"schema_": "2.0"})
    (tmp_path / "log.jsonl").write_bytes(log_lines([newer])[0])
    with pytest.raises(LogTooNew):
        Follower(tmp_path).poll()


def test_follows_what_a_writer_writes(tmp_path: Path) -> None:
    """Polled after each event, a follower sees the same records as a reader of the finished log."""
    with LogWriter.create(tmp_path / "run") as log:
        follower = Follower(tmp_path / "run")
        found = []
        for event in EVENTS:
            log.append(event)
            found += follower.poll().records
    assert found == read_log(log.path)[0]


def test_blob_round_trip(tmp_path: Path) -> None:
    """A blob is found under the name of its content, is kept once, and only its owner may read it."""
    name = store_blob(tmp_path, b"content")
    assert store_blob(tmp_path, b"content") == name
    assert store_blob(tmp_path, b"other") != name
    assert load_blob(tmp_path, name) == b"content"
    assert len(list((tmp_path / "blobs").iterdir())) == 2
    assert (tmp_path / "blobs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "blobs" / name).stat().st_mode & 0o777 == 0o600


def test_blobs_outlast_a_power_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob is synced whole, then its name in the folder; the folder's own name is, as it is made."""
    synced: list[tuple[int, int]] = []

    def noting(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append((status.st_ino, status.st_size if stat.S_ISREG(status.st_mode) else 0))

    monkeypatch.setattr(os, "fsync", noting)
    blobs = tmp_path / "blobs"
    files = [blobs / store_blob(tmp_path, data) for data in (b"content", b"other content")]
    run, folder = ((path.stat().st_ino, 0) for path in (tmp_path, blobs))
    first, second = ((path.stat().st_ino, path.stat().st_size) for path in files)
    assert synced == [run, first, folder, second, folder]


def test_altered_blob_is_refused(tmp_path: Path) -> None:
    """A blob whose bytes are not those of its name is refused, and so is one that is missing."""
    name = store_blob(tmp_path, b"content")
    (tmp_path / "blobs" / name).write_bytes(b"c0ntent")
    with pytest.raises(RecordError, match="altered"):
        load_blob(tmp_path, name)
    shutil.rmtree(tmp_path / "blobs")
    with pytest.raises(RecordError, match="cannot be read"):
        load_blob(tmp_path, name)


def test_blob_name_leads_nowhere_else(tmp_path: Path) -> None:
    """A name from a foreign log reaches no file outside the run's blobs."""
    (tmp_path / "secret").write_bytes(b"secret")
    with pytest.raises(RecordError, match="cannot be read"):
        load_blob(tmp_path, "../secret")


def test_blob_on_a_full_disk(small_disk: Path) -> None:
    """A blob that finds no room is an error of the record."""
    with pytest.raises(RecordError, match="cannot be written"):
        store_blob(small_disk, b"x" * 200_000)
