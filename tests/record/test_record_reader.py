"""Reading a damaged log: nothing wrong is shown, as much as is sound is, and strict reading refuses."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import EVENTS, GOLDEN, LATER, log_lines, turns_log

from duologue.errors import LogDamaged, LogTooNew, RecordError
from duologue.record.events import Record
from duologue.record.reader import LineReader, Problem, iterate_log, read_log, read_strict

LINES = turns_log(7)
WHOLE = b"".join(LINES)


def read(data: bytes) -> tuple[list[Record], list[Problem]]:
    """What a reader makes of these bytes, with a torn tail reported as the file's reader does."""
    reader = LineReader()
    found = list(reader.feed(data))
    torn = [Problem(0, "torn")] if reader.pending else []
    records = [one for one in found if isinstance(one, Record)]
    return records, [one for one in found if isinstance(one, Problem)] + torn


TRUE = {record.seq: record for record in read(WHOLE)[0]}


def assert_true(data: bytes) -> list[int]:
    """Every record that is read from the bytes is the original of its number, in order; returns these."""
    records, problems = read(data)
    seqs = [record.seq for record in records]
    assert all(record == TRUE[record.seq] for record in records)
    assert seqs == sorted(set(seqs))
    assert problems or seqs == [*TRUE][: len(seqs)]
    return seqs


def test_sound_log() -> None:
    """A sound log reads without a problem, however its bytes are cut into pieces."""
    reader = LineReader()
    found = [one for byte in WHOLE for one in reader.feed(bytes([byte]))]
    assert found == list(TRUE.values())
    assert len(TRUE) == len(LINES)


@pytest.mark.parametrize("mask", [0x01, 0x10, 0x80])
def test_every_flipped_bit_shows(mask: int) -> None:
    """Whichever byte is altered, it is reported, the altered line is not shown, and the others are."""
    for place in range(len(WHOLE)):
        data = bytearray(WHOLE)
        data[place] ^= mask
        try:
            seqs = assert_true(bytes(data))
        except LogTooNew:
            # The header's version itself was hit: such a log is refused whole.
            assert place < len(LINES[0])
            continue
        at = WHOLE.count(b"\n", 0, place) + 1
        assert read(bytes(data))[1], f"the flip at {place} is silent"
        lost = set(TRUE) - set(seqs)
        # A newline that is gone takes the line behind it along.
        assert lost <= {at, at + 1}, f"the flip at {place} in line {at} costs {lost}"


def test_every_cut() -> None:
    """Cut anywhere, the log shows all of its whole lines, and says so if a part of one is left."""
    for place in range(len(WHOLE)):
        seqs = assert_true(WHOLE[:place])
        assert seqs == [*TRUE][: WHOLE.count(b"\n", 0, place)]


DAMAGED = {
    "lost": ([0, 1, 3, 4, 5, 6], {3, 4}, "1 event before it is lost"),
    "two lost": ([0, 1, 4, 5, 6], {3, 4, 5}, "2 events before it are lost"),
    "header lost": ([1, 2, 3, 4, 5, 6], {1, 2}, "1 event before it is lost"),
    "last line lost": ([0, 1, 2, 3, 4, 5], {7}, None),
    "swapped": ([0, 1, 3, 2, 4, 5, 6], {4, 5}, "lost, or it was altered"),
    "doubled": ([0, 1, 2, 2, 3, 4, 5, 6], set(), "event 3 stands in the wrong place"),
    "moved to the end": ([0, 2, 3, 4, 5, 6, 1], {2, 3}, "event 2 stands in the wrong place"),
    "all doubled": ([*range(7), *range(7)], set(), "event 1 stands in the wrong place"),
}


@pytest.mark.parametrize(("order", "gone", "why"), DAMAGED.values(), ids=DAMAGED.keys())
def test_lines_out_of_place(order: list[int], gone: set[int], why: str | None) -> None:
    """Lost, swapped and doubled lines are named, and cost no more than what nothing vouches for."""
    data = b"".join(LINES[index] for index in order)
    assert set(TRUE) - set(assert_true(data)) == gone
    texts = [problem.text for problem in read(data)[1]]
    assert why is None or any(why in text for text in texts)


def test_altered_number_is_not_shown() -> None:
    """A line whose `seq` was changed to a later one is not taken for the event of that number."""
    data = WHOLE.replace(b'{"seq":3,', b'{"seq":6,')
    assert assert_true(data) == [1, 2, 4, 5, 6, 7]


def test_edited_past_shows() -> None:
    """A line that was edited and given a sum of its own no longer leads to the next."""
    edited = log_lines([*(TRUE[n].event for n in (1, 2)), EVENTS[8]])[2]
    data = b"".join([*LINES[:2], edited, *LINES[3:]])
    records, problems = read(data)
    assert [record.seq for record in records] == [1, 2, 3, 5, 6, 7]
    assert [str(problem) for problem in problems] == ["line 4: its sum does not match: it was altered"]


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(1, 255)), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_many_flips(flips: list[tuple[int, int]]) -> None:
    """However many bytes are altered, no record is wrong."""
    data = bytearray(WHOLE)
    for place, mask in flips:
        data[place] ^= mask
    try:
        assert_true(bytes(data))
    except LogTooNew:
        assert bytes(data[: len(LINES[0])]) != LINES[0]


@given(st.integers(0, len(WHOLE)), st.binary(min_size=1, max_size=80))
@settings(max_examples=100, deadline=None)
def test_foreign_bytes(place: int, foreign: bytes) -> None:
    """Bytes written into the middle by something else never become a record."""
    assert_true(WHOLE[:place] + foreign + WHOLE[place:])


def test_after_a_line_no_log_begins_anew() -> None:
    """What is read on from a line vouches for its follower alone, and for no first line of a log."""
    reader = LineReader.after(LINES[3])
    found = list(reader.feed(LINES[0] + LINES[4]))
    assert [type(each) for each in found] == [Problem, Record]


def test_a_line_without_end_is_given_up() -> None:
    """A line that is too long to be an event is counted and not kept; what comes after it is read."""
    reader = LineReader()
    lines = log_lines(EVENTS[:2])
    piece = b"x" * (1 << 23)
    found = list(reader.feed(lines[0]))
    for _ in range(9):
        assert list(reader.feed(piece)) == []
    assert reader.pending == 9 * len(piece)
    found += reader.feed(b"\n" + lines[1])
    assert [str(each) for each in found if isinstance(each, Problem)] == [
        "line 2: it is too long to be an event"
    ]
    assert [each.seq for each in found if isinstance(each, Record)] == [1, 2]
    assert reader.pending == 0


def test_reading_a_file(tmp_path: Path) -> None:
    """A file's torn last line is reported with its number and its size."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(WHOLE[:-5])
    records, problems = read_log(path)
    assert len(records) == len(LINES) - 1
    assert [str(one) for one in problems] == [f"line 7: the last line is torn: {len(LINES[-1]) - 5} bytes"]
    assert [type(one) for one in iterate_log(path)][-1] is Problem


@pytest.mark.parametrize(
    ("data", "line"), [(WHOLE[:-1], 7), (WHOLE.replace(b"user", b"user2", 1), 1), (LINES[1], 1), (b"\n", 1)]
)
def test_strict_refuses(tmp_path: Path, data: bytes, line: int) -> None:
    """Strict reading ends at the first fault and says in which line it is."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(data)
    with pytest.raises(LogDamaged) as caught:
        read_strict(path)
    assert caught.value.line == line
    assert f"line {line}" in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    """A log that is not there is an error of the record, not of Python."""
    with pytest.raises(RecordError, match="cannot be read"):
        read_log(tmp_path / "log.jsonl")
    with pytest.raises(RecordError, match="cannot be read"):
        read_strict(tmp_path)


def test_golden_log_is_sound() -> None:
    """The lenient reader finds nothing wrong with the golden log."""
    records, problems = read_log(GOLDEN / "1.0.jsonl")
    assert len(records) == len(EVENTS) + len(LATER)
    assert problems == []
