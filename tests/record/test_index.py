"""Jumping about in a log: the last events, any event, any turn, with an index that is never trusted."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import EVENTS, log_lines, turns_log
from tests.benchmarks.record_log import write_log

from duologue.errors import LogDamaged, LogTooNew, RecordError
from duologue.record.compress import compress_run
from duologue.record.events import Record
from duologue.record.index import open_index
from duologue.record.index_rows import BLOCK, INDEX_NAME, RowTable, read_head
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_log, read_strict

EVENTS_LONG = 2_000
"""Some ten blocks."""


@pytest.fixture(scope="module")
def long_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A valid log of several blocks."""
    path = tmp_path_factory.mktemp("long") / LOG_NAME
    write_log(path, EVENTS_LONG)
    assert len(read_strict(path)) == EVENTS_LONG
    return path.read_bytes()


@pytest.fixture
def log(tmp_path: Path, long_bytes: bytes) -> Path:
    """The same in a run's folder."""
    (tmp_path / LOG_NAME).write_bytes(long_bytes)
    return tmp_path / LOG_NAME


def starts(data: bytes) -> list[int]:
    """Where the lines begin."""
    return [0, *(place + 1 for place in range(len(data) - 1) if data[place : place + 1] == b"\n")]


def test_every_event_is_read_at_its_place(log: Path) -> None:
    """Each number leads to the same record as reading the whole log, and to the line's offset."""
    records, lines = read_strict(log), starts(log.read_bytes())
    with open_index(log) as index:
        assert len(index) == EVENTS_LONG
        for seq in (*range(1, EVENTS_LONG, 37), EVENTS_LONG):
            assert index.read(seq) == records[seq - 1]
            row = index.row(seq)
            assert (row.offset, row.seq, row.type) == (lines[seq - 1], seq, records[seq - 1].event.type)
            assert row.mono == records[seq - 1].mono
        for seq in (0, -1, EVENTS_LONG + 1, 10**17):
            with pytest.raises(IndexError):
                index.read(seq)
            with pytest.raises(IndexError):
                index.row(seq)


def test_every_turn_is_found_where_it_starts(log: Path) -> None:
    """A turn's offset is that of its first line; a turn that never was has none."""
    lines = starts(log.read_bytes())
    begun = {r.event.turn: lines[r.seq - 1] for r in read_strict(log) if r.event.type == "turn.started"}
    with open_index(log) as index:
        assert {turn: index.offset_of_turn(turn) for turn in begun} == begun
        assert [index.offset_of_turn(turn) for turn in (0, max(begun) + 1, 10**8)] == [None] * 3


@pytest.mark.parametrize("count", [0, 1, 7, 200, EVENTS_LONG, EVENTS_LONG + 5])
def test_the_tail_is_read_without_an_index(log: Path, count: int) -> None:
    """The last records are those at the end of the log, and nothing is indexed for them."""
    with open_index(log) as index:
        assert index.tail(count) == read_strict(log)[EVENTS_LONG - min(count, EVENTS_LONG) :]
    assert not log.with_name(INDEX_NAME).exists()


def test_the_index_is_small_private_and_sparse(log: Path) -> None:
    """The sidecar has a row of 32 bytes a block, a header, and mode 0600; no other file is left."""
    with open_index(log) as index:
        index.row(1)
    sidecar = log.with_name(INDEX_NAME)
    assert sidecar.stat().st_size == 56 + 32 * (log.stat().st_size // BLOCK)
    assert sidecar.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in log.parent.iterdir()} == {LOG_NAME, INDEX_NAME}


def test_rows_tell_the_line_that_begins_first_in_each_block(log: Path) -> None:
    """Each row has offset, seq, turn, type and time of a line, and the line before ends in its block."""
    lines, records = starts(log.read_bytes()), read_strict(log)
    with log.open("rb") as file:
        table = RowTable.build(file.fileno())
    assert len(table) == log.stat().st_size // BLOCK
    for block, row in enumerate(table[place] for place in range(len(table))):
        assert row.offset == min(offset for offset in lines if offset >= block * BLOCK)
        record = records[row.seq - 1]
        assert lines[row.seq - 1] == row.offset
        assert (row.type, row.mono) == (record.event.type, record.mono)
        assert row.turn == getattr(record.event, "turn", 1)


def test_a_log_that_grows_is_found_by_an_open_index_and_by_a_saved_one(log: Path, long_bytes: bytes) -> None:
    """What is appended is there at once; the saved rows of what was there before are used again."""
    lines = long_bytes.splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:900]))
    with open_index(log) as index:
        assert index.read(900).seq == 900
        before = log.with_name(INDEX_NAME).read_bytes()
        with log.open("ab") as file:
            file.write(b"".join(lines[900:]))
        assert len(index) == EVENTS_LONG
        assert index.read(EVENTS_LONG).seq == EVENTS_LONG
    after = log.with_name(INDEX_NAME).read_bytes()
    assert len(after) > len(before)
    assert after[56:].startswith(before[56:])
    with open_index(log) as index:
        assert index.read(1500).seq == 1500
    assert log.with_name(INDEX_NAME).read_bytes() == after


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "huge", "foreign", "other log", "folder"])
def test_a_sidecar_that_is_not_this_logs_is_made_anew(log: Path, damage: str, tmp_path: Path) -> None:
    """Whatever stands in index.bin, the right events are read, and a file is replaced by a right one."""
    sidecar = log.with_name(INDEX_NAME)
    with open_index(log) as index:
        index.row(1)
    right = sidecar.read_bytes()
    match damage:
        case "flip":
            sidecar.write_bytes(right[:100] + bytes([right[100] ^ 1]) + right[101:])
        case "cut":
            sidecar.write_bytes(right[:-7])
        case "empty":
            sidecar.write_bytes(b"")
        case "huge":
            with sidecar.open("r+b") as file:
                file.truncate(1 << 40)
        case "foreign":
            sidecar.write_bytes(b"\x7fELF" + bytes(4000))
        case "other log":
            write_log(tmp_path / "other.jsonl", EVENTS_LONG // 2)
            with (tmp_path / "other.jsonl").open("rb") as file:
                RowTable.build(file.fileno()).save(sidecar, file.fileno())
            (tmp_path / "other.jsonl").unlink()
        case _:
            sidecar.unlink()
            sidecar.mkdir()
    with open_index(log) as index:
        assert [index.read(seq).seq for seq in (1, 700, EVENTS_LONG)] == [1, 700, EVENTS_LONG]
    assert damage == "folder" or sidecar.read_bytes() == right
    assert {path.name for path in log.parent.iterdir()} == {LOG_NAME, INDEX_NAME}


def test_rows_that_lie_lead_to_no_wrong_event(log: Path) -> None:
    """A well-formed index with false rows costs time; every event read is still the right one."""
    with log.open("rb") as file:
        table = RowTable.build(file.fileno())
        for place in range(0, len(table.packed), 32):
            table.packed[place : place + 8] = (place * 977 % 10**7).to_bytes(8, "little")
        table.save(log.with_name(INDEX_NAME), file.fileno())
    records = read_strict(log)
    with open_index(log) as index:
        assert [index.read(seq) for seq in range(1, EVENTS_LONG, 173)] == records[::173]
        assert index.offset_of_turn(300) == starts(log.read_bytes())[898]


def test_a_folder_that_cannot_be_written_is_indexed_in_memory(log: Path) -> None:
    """Without a place for the sidecar everything is found all the same."""
    log.parent.chmod(0o500)
    try:
        with open_index(log) as index:
            assert index.read(1234).seq == 1234
    finally:
        log.parent.chmod(0o700)
    # A system's administrator may write everywhere.
    assert log.with_name(INDEX_NAME).exists() == (os.geteuid() == 0)


def test_an_altered_event_is_refused_and_its_neighbours_are_read(log: Path, long_bytes: bytes) -> None:
    """A changed word shows in the sum of its own line, and nowhere else."""
    place = long_bytes.index(b"river", 200_000)
    log.write_bytes(long_bytes[:place] + b"RIVER" + long_bytes[place + 5 :])
    seq = long_bytes.count(b"\n", 0, place) + 1
    with open_index(log) as index:
        with pytest.raises(LogDamaged, match=f"Event {seq} "):
            index.read(seq)
        assert [index.read(seq + step).seq for step in (-1, 1)] == [seq - 1, seq + 1]


def test_an_event_that_follows_a_stranger_is_refused(log: Path, long_bytes: bytes) -> None:
    """Where the line before is another one, nothing vouches for the event."""
    lines = long_bytes.splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:500] + lines[501:]))
    with open_index(log) as index:
        with pytest.raises(IndexError):
            index.read(501)
        with pytest.raises(LogDamaged):
            index.read(502)
        assert index.read(503).seq == 503


def test_the_tail_skips_what_is_damaged(log: Path, long_bytes: bytes) -> None:
    """Altered and torn lines at the end are not among the last records."""
    lines = long_bytes.splitlines(keepends=True)
    lines[-2] = lines[-2].replace(b'"role"', b'"ROLE"')
    log.write_bytes(b"".join(lines) + b'{"seq":2001,"type":"tu')
    with open_index(log) as index:
        assert [record.seq for record in index.tail(3)] == [EVENTS_LONG - 2, EVENTS_LONG]
        assert len(index) == EVENTS_LONG


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"\n" * 200_000, b"x" * 300_000, bytes(300_000), b"{}\n" * 90_000],
    ids=["empty", "newline", "newlines", "letters", "zeros", "objects"],
)
def test_a_file_that_is_no_log_has_no_events(tmp_path: Path, data: bytes) -> None:
    """Empty and foreign files are opened, and hold nothing."""
    (tmp_path / LOG_NAME).write_bytes(data)
    with open_index(tmp_path / LOG_NAME) as index:
        assert len(index) == 0
        assert index.tail(5) == []
        assert index.offset_of_turn(1) is None
        with pytest.raises(IndexError):
            index.read(1)


def test_a_missing_log_is_said_in_a_sentence(tmp_path: Path) -> None:
    """There is nothing to open."""
    with pytest.raises(RecordError, match="cannot be read"):
        open_index(tmp_path / LOG_NAME)


def test_a_newer_log_is_refused(tmp_path: Path) -> None:
    """The first line of a newer major version is refused when it is read."""
    header = EVENTS[0].model_copy(update={"schema_": "2.0"})
    (tmp_path / LOG_NAME).write_bytes(b"".join(log_lines([header])))
    with open_index(tmp_path / LOG_NAME) as index, pytest.raises(LogTooNew):
        index.tail(1)


def test_lines_longer_than_blocks_are_found(tmp_path: Path) -> None:
    """A text of many blocks leaves blocks without a row; events before, in and after it are read."""
    long = EVENTS[4].model_copy(update={"text": "long " * 100_000})
    events = [*EVENTS[:4], long, *EVENTS[5:], long, *EVENTS[2:5]]
    log = tmp_path / LOG_NAME
    log.write_bytes(b"".join(log_lines(events)))
    with open_index(log) as index:
        assert [index.read(seq) for seq in range(1, len(events) + 1)] == read_strict(log)
        assert index.tail(5) == read_strict(log)[-5:]


def test_a_compressed_log_is_jumped_about_in(log: Path) -> None:
    """The same events are found after the run was compressed, and no sidecar is left."""
    records = read_strict(log)
    compress_run(log.parent)
    with open_index(log) as index:
        assert index.read(1111) == records[1110]
        assert index.tail(3) == records[-3:]
    assert not log.with_name(INDEX_NAME).exists()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 7)), max_size=4), st.integers(0, 10**6))
def test_no_damage_makes_an_index_give_a_wrong_event(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], cut: int
) -> None:
    """After any flips and any cut, an event is the true one, or there is none."""
    data = bytearray(b"".join(turns_log(9)))
    true = {record.seq: record for record in records_of(tmp_path_factory, bytes(data))}
    for place, bit in flips:
        data[place % len(data)] ^= 1 << bit
    log = tmp_path_factory.mktemp("flipped") / LOG_NAME
    log.write_bytes(data[: cut % (len(data) + 1)] if cut % 2 else data)
    with open_index(log) as index:
        for seq in range(1, 10):
            with suppress(IndexError, LogDamaged, LogTooNew):
                assert index.read(seq) == true[seq]
        with suppress(LogTooNew):
            assert all(record == true[record.seq] for record in index.tail(4))


def records_of(factory: pytest.TempPathFactory, data: bytes) -> list[Record]:
    """The records of a log of these bytes."""
    path = factory.mktemp("true") / LOG_NAME
    path.write_bytes(data)
    return read_log(path)[0]


def test_a_line_written_with_other_spacing_is_understood() -> None:
    """What the quick look at a line's head does not know is read as JSON; what is no line is none."""
    row = read_head(b'{"type": "turn.started", "seq": 3, "mono": 1e1, "turn": 2}\n')
    assert row is not None
    assert (row.seq, row.type, row.mono, row.turn) == (3, "turn.started", 10.0, 2)
    for junk in (b"", b"[]", b'"x"', b'{"seq":true}', b'{"seq":-1,"type":"a","mono":1}', b"[" * 10_000):
        assert read_head(junk) is None
