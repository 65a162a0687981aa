"""A mended copy: never a wrong event, everything that can be proven, and what was lost is said."""

import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import EVENTS, HEADER, NEWER, log_lines

from duologue.errors import DuologueError, LogDamaged, LogTooNew, RecordError, RunBusy
from duologue.record import events as ev
from duologue.record.blobs import store_blob
from duologue.record.compress import compress_run
from duologue.record.lines import encode_line, parse_line
from duologue.record.log import LogWriter
from duologue.record.parts import SourceRecord
from duologue.record.reader import read_strict
from duologue.record.redact_key import KEY_BYTES, KEY_NAME, load_key, save_key
from duologue.record.repair import repair_run
from duologue.record.verify import verify_run

SOAK: Final = bool(os.environ.get("DUOLOGUE_SOAK"))
BARE = HEADER.model_copy(update={"sources": []})
LINES: Final = log_lines([BARE, *EVENTS[1:]])
WHOLE: Final = b"".join(LINES)
FIELDS: Final = {seq: json.loads(line) for seq, line in enumerate(LINES, 1)}
_NUMBERS = count()
_REPAIR: Final = """
import pathlib, sys
from duologue.errors import RecordError
from duologue.record.repair import repair_run
try:
    repair_run(*map(pathlib.Path, sys.argv[1:]))
except RecordError as exc:
    print(exc)
"""


def save(folder: Path, data: bytes) -> Path:
    """A run with these bytes as its log."""
    run = folder / f"run-{next(_NUMBERS)}"
    run.mkdir()
    (run / "log.jsonl").write_bytes(data)
    return run


def fields(run: Path) -> list[dict[str, Any]]:
    """The lines of a log as JSON."""
    return [json.loads(line) for line in (run / "log.jsonl").read_bytes().splitlines()]


def told(line: dict[str, Any]) -> dict[str, Any]:
    """What a line says, apart from what a copy changes in it."""
    return {key: value for key, value in line.items() if key not in ("sum", "run", "repaired_from")}


def assert_mended(run: Path, data: bytes) -> None:
    """The copy is whole, has only true events under their numbers, and its gaps are named; the run itself
    is as it was. A run that cannot be mended says so, and leaves nothing."""
    copy = run.with_name(f"{run.name}-mended")
    try:
        findings = repair_run(run, copy)
    except DuologueError:
        assert not copy.exists()
        return
    assert (run / "log.jsonl").read_bytes() == data
    if findings.intact:
        assert WHOLE.startswith(data)
        assert not copy.exists()
        return
    assert [link.problem for link in verify_run(copy)] == [None]
    lines = fields(copy)
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    lost = [line for line in lines if line["type"] == "event.lost"]
    assert len(lost) == findings.events_lost
    assert len(lines) - len(lost) == findings.kept
    for line in lines:
        assert line in lost or told(line) == told(FIELDS[line["seq"]])
    noted = lines[0]["repaired_from"]
    assert (noted["run"], noted["events_lost"]) == (run.name, findings.events_lost)
    assert noted["problems"] == findings.problems[:20] != []


def test_cut_at_every_byte_nothing_wrong_is_kept(tmp_path: Path) -> None:
    """However much of the log is there, its whole lines are kept, and the torn one is said to be lost."""
    for cut in range(0, len(WHOLE), 1 if SOAK else 41):
        assert_mended(save(tmp_path, WHOLE[:cut]), WHOLE[:cut])


def test_flipped_bits_are_never_taken_for_true(tmp_path: Path) -> None:
    """After a random flip of a bit, what is kept is true and what is lost is named."""
    chance = random.Random(20261122)
    for _ in range(10_000 if SOAK else 150):
        place, bit = chance.randrange(len(WHOLE)), chance.randrange(8)
        data = WHOLE[:place] + bytes([WHOLE[place] ^ 1 << bit]) + WHOLE[place + 1 :]
        assert_mended(save(tmp_path, data), data)


@settings(max_examples=1_000 if SOAK else 50, deadline=None)
@given(st.data())
def test_no_damage_is_taken_for_true(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Lines lost, doubled, moved, torn and filled with junk, in any mixture."""
    order = data.draw(st.lists(st.integers(0, len(LINES) - 1), max_size=20))
    lines = list(LINES) if data.draw(st.booleans()) else [LINES[0], *(LINES[place] for place in order)]
    for place in data.draw(st.lists(st.integers(0, len(lines) - 1), max_size=3)):
        lines[place] = data.draw(st.binary(max_size=40)) + lines[place][data.draw(st.integers(0, 30)) :]
    bytes_ = b"".join(lines)
    assert_mended(save(tmp_path_factory.mktemp("any"), bytes_), bytes_)


@pytest.mark.parametrize(
    ("damage", "kept", "lost", "dropped"),
    [
        ("altered", len(LINES) - 1, 1, 1),
        ("doubled", len(LINES), 0, 1),
        ("junk", len(LINES), 0, 1),
        ("torn", len(LINES) - 1, 0, 1),
        ("lost", len(LINES) - 2, 2, 1),
    ],
)
def test_as_much_as_can_be_proven_is_kept(
    tmp_path: Path, damage: str, kept: int, lost: int, dropped: int
) -> None:
    """One bad line costs one event; a line that is gone costs the next one too, which nothing vouches for."""
    lines = list(LINES)
    match damage:
        case "altered":
            lines[5] = lines[5].replace(b"2026", b"2027", 1)
        case "doubled":
            lines.insert(6, lines[5])
        case "junk":
            lines.insert(6, b"\x00\xff\x1b]0;junk\x07\n")
        case "torn":
            lines[-1] = lines[-1][:30]
        case _:
            del lines[5]
    run = save(tmp_path, b"".join(lines))
    findings = repair_run(run, tmp_path / "copy")
    assert (findings.kept, findings.events_lost, findings.lines_dropped) == (kept, lost, dropped)
    assert len(read_strict(tmp_path / "copy" / "log.jsonl")) == kept + lost


def test_events_keep_the_numbers_by_which_others_name_them(tmp_path: Path) -> None:
    """What refers to a completion by its number still does, as the lost event's place is filled."""
    lines = list(LINES)
    lines[2] = lines[2].replace(b"2026", b"2027", 1)
    repair_run(save(tmp_path, b"".join(lines)), tmp_path / "copy")
    events = {record.seq: record.event for record in read_strict(tmp_path / "copy" / "log.jsonl")}
    assert events[3].type == "event.lost"
    assert {seq: event.type for seq, event in events.items() if seq != 3} == {
        seq: line["type"] for seq, line in FIELDS.items() if seq != 3
    }


def test_what_a_newer_version_wrote_is_kept(tmp_path: Path) -> None:
    """Unknown fields and events, nulls in them included, are in the copy as they were."""
    lines = log_lines([NEWER[0].model_copy(update={"sources": []}), *NEWER[1:]])
    run = save(tmp_path, b"".join(lines) + b"torn")
    repair_run(run, tmp_path / "copy")
    assert [told(line) for line in fields(tmp_path / "copy")] == [told(json.loads(line)) for line in lines]


def test_the_copy_is_private_and_named_after_its_folder(tmp_path: Path) -> None:
    """Folder 0700, files 0600; the header has the copy's name and that of the run it was made from."""
    run = save(tmp_path, WHOLE + b"torn")
    repair_run(run, tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "copy" / "log.jsonl").stat().st_mode & 0o777 == 0o600
    header = fields(tmp_path / "copy")[0]
    assert (header["run"], header["repaired_from"]["run"]) == ("copy", run.name)


def test_the_key_of_placeholders_goes_along(tmp_path: Path) -> None:
    """A mended run goes on with the placeholders that stand in it; the key is its owner's alone."""
    run = save(tmp_path, WHOLE[:-4] + b"????")
    save_key(run, b"k" * KEY_BYTES)
    repair_run(run, tmp_path / "mended")
    assert load_key(tmp_path / "mended") == b"k" * KEY_BYTES
    assert (tmp_path / "mended" / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_stored_texts_are_copied_and_lost_ones_named(tmp_path: Path) -> None:
    """A source that is whole is in the copy; one that was altered is not, and the copy says so."""
    run = save(tmp_path, b"")
    good, bad = store_blob(run, b"good"), store_blob(run, b"bad")
    sources = [SourceRecord(name="a", size=4, blob=good), SourceRecord(name="b", size=3, blob=bad)]
    lines = log_lines([BARE.model_copy(update={"sources": sources}), *EVENTS[1:3]])
    (run / "log.jsonl").write_bytes(b"".join(lines))
    (run / "blobs" / bad).write_bytes(b"BAD")
    (run / "blobs" / "notes").symlink_to("/etc/passwd")
    findings = repair_run(run, tmp_path / "copy")
    assert findings.blobs_lost == [bad]
    assert [path.name for path in (tmp_path / "copy" / "blobs").iterdir()] == [good]
    assert [link.problem for link in verify_run(tmp_path / "copy")] == [None]


def test_an_intact_run_is_not_copied(tmp_path: Path) -> None:
    """There is nothing to mend."""
    assert repair_run(save(tmp_path, WHOLE), tmp_path / "copy").intact
    assert not (tmp_path / "copy").exists()


def test_a_mended_copy_can_be_damaged_and_mended_again(tmp_path: Path) -> None:
    """The second copy names the first as what it was made from."""
    repair_run(save(tmp_path, WHOLE + b"torn"), tmp_path / "first")
    with (tmp_path / "first" / "log.jsonl").open("ab") as file:
        file.write(b"torn again")
    repair_run(tmp_path / "first", tmp_path / "second")
    assert fields(tmp_path / "second")[0]["repaired_from"]["run"] == "first"
    assert [link.problem for link in verify_run(tmp_path / "second")] == [None]


def noise() -> str:
    """A text that does not compress well."""
    return os.urandom(50).hex()


def refusals(tmp_path: Path) -> Iterator[tuple[bytes, type[RecordError]]]:
    """Logs of which no copy is made, and why."""
    yield b"", LogDamaged
    yield b"x" * 100_000, LogDamaged
    yield b"".join(LINES[1:]), LogDamaged
    yield WHOLE.replace(b"haiku", b"haikU", 1), LogDamaged
    newer = log_lines([BARE.model_copy(update={"schema_": "2.0"})])
    yield b"".join(newer), LogTooNew


def test_without_its_first_line_a_run_cannot_be_mended(tmp_path: Path) -> None:
    """Empty and foreign files, a lost or altered header and a newer log are refused; nothing is written."""
    for data, error in refusals(tmp_path):
        with pytest.raises(error):
            repair_run(save(tmp_path, data), tmp_path / "copy")
        assert not (tmp_path / "copy").exists()


def test_a_line_that_claims_a_huge_number_fills_no_disk(tmp_path: Path) -> None:
    """A chained line with an absurd number ends what is kept."""
    total = parse_line(LINES[3][:-1]).stored
    line, total = encode_line(10**12, "2026-11-22T03:12:45.120Z", 1.0, EVENTS[2], total)
    after, _ = encode_line(10**12 + 1, "2026-11-22T03:12:45.120Z", 1.0, EVENTS[2], total)
    findings = repair_run(save(tmp_path, b"".join([*LINES[:4], line, after])), tmp_path / "copy")
    assert (findings.kept, findings.events_lost) == (4, 0)
    assert "all from here on is dropped" in findings.problems[-1]


def test_numbers_that_jump_are_gaps_and_cost_no_line(tmp_path: Path) -> None:
    """A line that the chain vouches for is kept where it is; the numbers before it are named as lost."""
    total = parse_line(LINES[3][:-1]).stored
    line, _ = encode_line(8, "2026-11-22T03:12:45.120Z", 9.0, EVENTS[2], total)
    findings = repair_run(save(tmp_path, b"".join([*LINES[:4], line])), tmp_path / "copy")
    assert (findings.kept, findings.events_lost, findings.lines_dropped) == (5, 3, 0)
    assert [record.event.type for record in read_strict(tmp_path / "copy" / "log.jsonl")][4:7] == [
        "event.lost"
    ] * 3


def test_a_run_that_is_going_on_is_left_alone(tmp_path: Path) -> None:
    """Its torn line may be one that is being written."""
    with LogWriter.create(tmp_path / "run") as log:
        log.append(BARE)
        with pytest.raises(RunBusy):
            repair_run(tmp_path / "run", tmp_path / "copy")


def test_a_copy_is_not_written_over_anything(tmp_path: Path) -> None:
    """A folder that exists is refused as it is, and so is one that cannot be made."""
    run = save(tmp_path, WHOLE + b"torn")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine").touch()
    (tmp_path / "file").touch()
    for place in (tmp_path / "copy", tmp_path / "file" / "copy"):
        with pytest.raises(RecordError, match="cannot be made"):
            repair_run(run, place)
    assert (tmp_path / "copy" / "mine").exists()


def test_a_full_disk_leaves_no_half_copy(tmp_path: Path) -> None:
    """The file system has room for less than the copy: it is said, and nothing is left of it."""
    run = save(tmp_path, WHOLE + b"torn")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    command = [sys.executable, "-c", _REPAIR, run, tmp_path / "copy"]
    done = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, timeout=30)
    assert done.stdout.startswith("The copy cannot be written")
    assert not (tmp_path / "copy").exists()


def test_a_damaged_compressed_run_is_mended(tmp_path: Path) -> None:
    """What stands before the damage is kept, up to the last whole line, in a copy that is not compressed."""
    turns = [
        ev.ToolFinished(turn=n, role="user", call="", name="", ok=True, text=noise()) for n in range(400)
    ]
    run = save(tmp_path, b"".join(log_lines([BARE, *turns])))
    compress_run(run)
    packed = run / "log.jsonl.gz"
    packed.write_bytes(packed.read_bytes()[:-5000])
    findings = repair_run(run, tmp_path / "copy")
    assert 200 < findings.kept < 400
    assert len(read_strict(tmp_path / "copy" / "log.jsonl")) == findings.kept
    assert any("compressed file is damaged" in problem for problem in findings.problems)
