"""Compressed runs: read like any other wherever logs are read, and never at the price of the original."""

import gzip
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import EVENTS, HEADER, log_lines, turns_log

from duologue.errors import RecordError, RunBusy
from duologue.record import events as ev
from duologue.record.compress import compress_run, restore_run
from duologue.record.compressed import GzipDamage, GzipLog
from duologue.record.follow import Follower
from duologue.record.log import LogWriter
from duologue.record.reader import Problem, open_log, read_log, read_strict
from duologue.record.runs import find_run, list_runs, summarise

WHOLE = b"".join(log_lines(EVENTS))


def save(run: Path, data: bytes = WHOLE) -> Path:
    """A run with these bytes as its log."""
    run.mkdir(parents=True)
    (run / "log.jsonl").write_bytes(data)
    (run / "log.jsonl").chmod(0o600)
    return run


def content(path: Path) -> bytes:
    """All of a log, read in small pieces."""
    with closing(open_log(path)) as file:
        pieces = []
        while piece := file.read(100):
            assert len(piece) <= 100
            pieces.append(piece)
    return b"".join(pieces)


def test_a_compressed_run_is_smaller_and_says_the_same(tmp_path: Path) -> None:
    """The bytes are the same under the log's old name; its sidecars are gone, the rest stays."""
    data = b"".join(turns_log(500))
    run = save(tmp_path / "a", data)
    for name in ("live.jsonl", "index.bin", "notes.txt"):
        (run / name).touch()
    before, after = compress_run(run)
    assert (before, after) == (len(data), (run / "log.jsonl.gz").stat().st_size)
    assert after * 3 < before
    assert {path.name for path in run.iterdir()} == {"log.jsonl.gz", "notes.txt"}
    assert (run / "log.jsonl.gz").stat().st_mode & 0o777 == 0o600
    assert gzip.decompress((run / "log.jsonl.gz").read_bytes()) == data
    assert content(run / "log.jsonl") == content(run / "log.jsonl.gz") == data


def test_every_reader_reads_it(tmp_path: Path) -> None:
    """Whole, strict, followed, found by name, and at a glance: as before it was compressed."""
    run = save(tmp_path / "20261122-031245-9f1c")
    records, summary = read_strict(run / "log.jsonl"), summarise(run)
    compress_run(run)
    assert read_strict(run / "log.jsonl") == read_log(run / "log.jsonl.gz")[0] == records
    assert list_runs(tmp_path) == [summary]
    for name in ("9f1c", "last", "20261122", str(run), str(run / "log.jsonl.gz")):
        assert find_run(tmp_path, name) in (run, run / "log.jsonl.gz")
    for path in (run, run / "log.jsonl", run / "log.jsonl.gz"):
        follower = Follower(path)
        poll = follower.poll()
        assert (poll.records, poll.problems, poll.live) == (records, [], True)
        assert (follower.poll().records, follower.poll().live) == ([], False)


def test_a_run_compressed_while_it_is_followed_goes_on(tmp_path: Path) -> None:
    """What was read is not read again, and what was not is."""
    run = save(tmp_path / "a")
    follower = Follower(run)
    whole = (run / "log.jsonl").read_bytes()
    (run / "log.jsonl").write_bytes(whole[:-300])
    early = Follower(run)
    before = len(early.poll().records)
    (run / "log.jsonl").write_bytes(whole)
    seen = follower.poll().records
    compress_run(run)
    assert len(seen) == len(EVENTS)
    assert follower.poll().records == []
    assert 0 < before < len(EVENTS)
    assert early.poll().records == seen[before:]
    assert early.poll().records == []


def test_a_run_compressed_while_it_is_read_in_pieces_goes_on(tmp_path: Path) -> None:
    """What was not read yet comes from the compressed log, from where the reading stood; where that is
    damaged, it is told."""
    text = ev.ToolFinished(turn=1, role="user", call="c", name="n", ok=True, text="x" * 400_000)
    run = save(tmp_path / "a", b"".join(log_lines([HEADER, *[text] * 8])))
    follower, other = Follower(run), Follower(run)
    seen = [poll.records for poll in (follower.poll(), follower.poll(), other.poll())][:2]
    compress_run(run)
    while (poll := follower.poll()).behind:
        seen.append(poll.records)
    assert [record.seq for records in seen for record in records] == list(range(1, 10))
    packed = run / "log.jsonl.gz"
    packed.write_bytes(packed.read_bytes()[:-9])
    for _ in range(3):
        other.poll()
    with pytest.raises(RecordError, match="the compressed file is damaged: it ends too early"):
        other.poll()


def test_a_long_compressed_log_is_followed_in_pieces(tmp_path: Path) -> None:
    """A poll reads at most a mebibyte, and says that there is more."""
    text = ev.ToolFinished(turn=1, role="user", call="c", name="n", ok=True, text="x" * 400_000)
    run = save(tmp_path / "a", b"".join(log_lines([HEADER, *[text] * 8])))
    compress_run(run)
    follower, polls = Follower(run), []
    while not polls or polls[-1].live:
        polls.append(follower.poll())
    assert [record.seq for poll in polls for record in poll.records] == list(range(1, 10))
    assert max(len(poll.records) for poll in polls) < 5


def test_compressing_twice_changes_nothing(tmp_path: Path) -> None:
    """The second time there is nothing to do; where both files stand, the log counts."""
    run = save(tmp_path / "a")
    _, after = compress_run(run)
    packed = (run / "log.jsonl.gz").read_bytes()
    assert compress_run(run) == (after, after)
    assert (run / "log.jsonl.gz").read_bytes() == packed
    (run / "log.jsonl").write_bytes(b"".join(turns_log(3)))
    assert len(read_strict(run / "log.jsonl")) == 3
    compress_run(run)
    assert len(read_strict(run / "log.jsonl")) == 3


def test_a_compressed_run_is_unpacked_to_be_gone_on_with(tmp_path: Path) -> None:
    """The log is what it was, private, and the compressed one is gone; a second time changes nothing."""
    run = save(tmp_path / "a")
    compress_run(run)
    for _ in range(2):
        restore_run(run)
        assert (run / "log.jsonl").read_bytes() == WHOLE
        assert (run / "log.jsonl").stat().st_mode & 0o777 == 0o600
        assert [path.name for path in run.iterdir()] == ["log.jsonl"]
    log, records = LogWriter.reopen(run)
    with log:
        assert log.append(EVENTS[2]).seq == len(records) + 1


def test_a_damaged_compressed_run_is_not_unpacked(tmp_path: Path) -> None:
    """It stays as it is; repair can mend a copy."""
    run = save(tmp_path / "a")
    compress_run(run)
    packed = run / "log.jsonl.gz"
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(RecordError, match="the compressed file is damaged"):
        restore_run(run)
    assert [path.name for path in run.iterdir()] == ["log.jsonl.gz"]


def test_a_live_run_is_refused(tmp_path: Path) -> None:
    """A process that writes it keeps its log."""
    with LogWriter.create(tmp_path / "a") as log:
        log.append(HEADER)
        with pytest.raises(RunBusy):
            compress_run(tmp_path / "a")
        log.append(EVENTS[1])
    assert len(read_strict(tmp_path / "a" / "log.jsonl")) == 2


def test_what_has_no_log_is_refused(tmp_path: Path) -> None:
    """An empty folder, a folder in the log's place, and a link to a file elsewhere."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b" / "log.jsonl").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "outside").write_bytes(WHOLE)
    (tmp_path / "c" / "log.jsonl").symlink_to(tmp_path / "outside")
    for name in "abc":
        with pytest.raises(RecordError):
            compress_run(tmp_path / name)
    assert (tmp_path / "outside").read_bytes() == WHOLE


def test_a_damaged_log_is_compressed_as_it_is(tmp_path: Path) -> None:
    """Compressing judges nothing: the same problems are found afterwards."""
    data = WHOLE[:500] + b"\x00" + WHOLE[501:] + b"torn"
    run = save(tmp_path / "a", data)
    before = read_log(run / "log.jsonl")
    compress_run(run)
    assert read_log(run / "log.jsonl") == before


_COMPRESS = """
import pathlib, resource, sys
from duologue.errors import RecordError
from duologue.record.compress import compress_run, restore_run
if sys.argv[2] != "0":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    compress_run(pathlib.Path(sys.argv[1]))
except RecordError as exc:
    print(exc)
"""


def test_without_room_the_original_stays(tmp_path: Path) -> None:
    """The file system is full: it is said, and the run is as it was."""
    run = save(tmp_path / "a", os.urandom(20_000).hex().encode() + b"\n" + WHOLE)
    command = [sys.executable, "-c", _COMPRESS, run, "9000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert "cannot be compressed" in done.stdout
    assert [path.name for path in run.iterdir()] == ["log.jsonl"]


def test_killed_at_any_moment_the_log_is_there(tmp_path: Path) -> None:
    """Whole under the one name or the other, whenever the process dies."""
    data = os.urandom(60_000).hex().encode() + b"\n" + WHOLE
    for round_ in range(3):
        run = save(tmp_path / str(round_), data)
        with subprocess.Popen([sys.executable, "-c", _COMPRESS, run, "0"]) as process:
            while process.poll() is None and len(list(run.iterdir())) == 1:
                pass
            process.send_signal(signal.SIGKILL)
        assert content(run / "log.jsonl") == data
        compress_run(run)
        assert content(run / "log.jsonl") == data


def test_cut_anywhere_it_gives_what_stands_before(tmp_path: Path) -> None:
    """A compressed log without its end gives the events before the cut, and a problem."""
    data = b"".join(turns_log(60))
    packed = gzip.compress(data, mtime=0)
    run = save(tmp_path / "a")
    (run / "log.jsonl").unlink()
    full = read_from(run, packed)[0]
    most = 0
    for cut in range(1, len(packed), 11):
        records, problems = read_from(run, packed[:cut])
        assert records == full[: len(records)]
        assert problems[-1].text.startswith("the compressed file is damaged")
        most = max(most, len(records))
    assert most > 50


def read_from(run: Path, packed: bytes) -> tuple[list[ev.Record], list[Problem]]:
    """What is read of a run whose compressed log has these bytes."""
    (run / "log.jsonl.gz").write_bytes(packed)
    return read_log(run / "log.jsonl")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_gives_no_wrong_event(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    """Of a compressed log with a flipped bit, only true events are read, and a loss is a problem."""
    run = save(tmp_path_factory.mktemp("flip") / "a")
    (run / "log.jsonl").unlink()
    packed = bytearray(gzip.compress(b"".join(turns_log(30)), mtime=0))
    true = {record.seq: record for record in read_from(run, bytes(packed))[0]}
    packed[place % len(packed)] ^= 1 << bit
    records, problems = read_from(run, bytes(packed))
    assert all(true[record.seq] == record for record in records)
    assert problems or len(records) == len(true)


@pytest.mark.parametrize(
    "packed",
    [b"", b"\x1f", b"no gzip at all", gzip.compress(b""), bytes(1000), b"\x1f\x8b\x08" + b"\xff" * 500],
    ids=["empty", "one byte", "text", "of nothing", "zeros", "broken header"],
)
def test_what_is_no_compressed_log_is_a_run_that_cannot_be_read(tmp_path: Path, packed: bytes) -> None:
    """Empty and foreign files are listed as unreadable and give no events."""
    run = save(tmp_path / "a")
    (run / "log.jsonl").unlink()
    assert read_from(run, packed)[0] == []
    assert [summary.state for summary in list_runs(tmp_path)] == ["unreadable"]


def test_a_log_of_several_members_is_read_as_one(tmp_path: Path) -> None:
    """Files that were joined, or padded with zeros, are what gzip takes them for."""
    parts = gzip.compress(WHOLE[:700]) + gzip.compress(b"") + gzip.compress(WHOLE[700:]) + bytes(70_000)
    (tmp_path / "log.jsonl.gz").write_bytes(parts)
    assert content(tmp_path / "log.jsonl") == WHOLE
    (tmp_path / "log.jsonl.gz").write_bytes(parts + b"junk")
    records, problems = read_log(tmp_path / "log.jsonl")
    assert (len(records), len(problems)) == (len(EVENTS), 1)


def test_a_bomb_is_unpacked_piece_by_piece(tmp_path: Path) -> None:
    """A file that grows a thousandfold is read in pieces no larger than asked for."""
    (tmp_path / "log.jsonl.gz").write_bytes(gzip.compress(bytes(80 << 20)))
    with closing(GzipLog(tmp_path / "log.jsonl.gz")) as file:
        sizes = []
        while piece := file.read(1 << 20):
            sizes.append(len(piece))
    assert max(sizes) <= 1 << 20
    assert sum(sizes) == 80 << 20
    assert len(read_log(tmp_path / "log.jsonl")[1]) == 1


def drain(file: GzipLog) -> None:
    """Read to the end."""
    while file.read(1 << 20):
        pass


def test_damage_is_told_after_what_can_be_read(tmp_path: Path) -> None:
    """Reading on after a damage says again that there is one."""
    (tmp_path / "log.jsonl.gz").write_bytes(gzip.compress(WHOLE)[:-9])
    with closing(GzipLog(tmp_path / "log.jsonl.gz")) as file:
        assert file.read(10) == WHOLE[:10]
        for _ in range(2):
            with pytest.raises(GzipDamage):
                drain(file)
