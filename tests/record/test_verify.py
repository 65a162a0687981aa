"""Proving a log: numbers, sums, stored texts, and a fork's chain into the run that it comes from."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest
from record_samples import EVENTS, GOLDEN, HEADER, log_lines

from duologue.errors import LogTooNew, RecordError
from duologue.record import events as ev
from duologue.record.blobs import store_blob
from duologue.record.compress import compress_run
from duologue.record.lines import parse_line
from duologue.record.parts import CheckRecord, Parent, SourceRecord
from duologue.record.verify import verify_run

BARE = HEADER.model_copy(update={"sources": []})
WORK: tuple[ev.Event, ...] = (BARE, *EVENTS[1:])


def turns_log(count: int) -> list[bytes]:
    """A header, then turns that begin."""
    return log_lines([BARE, *(ev.TurnStarted(turn=n, role="user") for n in range(1, count))])


def save(run: Path, lines: Sequence[bytes]) -> Path:
    """A run's folder with these lines as its log."""
    run.mkdir()
    (run / "log.jsonl").write_bytes(b"".join(lines))
    return run


def fork_of(parent: Sequence[bytes], name: str, seq: int, /, **changed: object) -> list[bytes]:
    """The log of a run that parts from the parent at its event of that number."""
    fields = {"run": name, "turn": 1, "seq": seq, "sum": parse_line(parent[seq - 1][:-1]).stored, **changed}
    header = BARE.model_copy(update={"parent": Parent.model_validate(fields)})
    return log_lines([header, *EVENTS[1:4]])


def problem(run: Path) -> str:
    """What is wrong with a run, or nothing."""
    return verify_run(run)[-1].problem or ""


def test_a_whole_log_has_its_events_and_its_last_sum(tmp_path: Path) -> None:
    """The sum is the one that the last line carries; the run or its log file may be named."""
    lines = log_lines(WORK)
    run = save(tmp_path / "a", lines)
    (link,) = verify_run(run)
    assert (link.run, link.events, link.problem) == ("a", len(WORK), None)
    assert lines[-1].endswith(b'"sum":"%s"}\n' % link.sum.encode())
    assert verify_run(run / "log.jsonl") == [link]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ("altered", "line 5: its sum does not match"),
        ("lost", "line 5: 1 event before it is lost"),
        ("doubled", "line 6: event 5 stands in the wrong place"),
        ("swapped", "line 5: 1 event before it is lost"),
        ("torn", "line 9: the last line is torn"),
        ("junk", "line 5: it does not end in a sum"),
    ],
)
def test_the_first_bad_line_is_named(tmp_path: Path, damage: str, expected: str) -> None:
    """Every kind of damage is found at the line where it shows."""
    lines = turns_log(9)
    match damage:
        case "altered":
            lines[4] = lines[4].replace(b'"turn":4', b'"turn":8')
        case "lost":
            del lines[4]
        case "doubled":
            lines.insert(5, lines[4])
        case "swapped":
            lines[4], lines[5] = lines[5], lines[4]
        case "torn":
            lines[8] = lines[8][:40]
        case _:
            lines.insert(4, b"\x00\xff\x1b]0;junk\n")
    assert problem(save(tmp_path / "a", lines)).startswith(expected)


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", b"\x89PNG\r\n\x1a\n" * 50, b"x" * 100_000])
def test_what_is_no_log_does_not_verify(tmp_path: Path, data: bytes) -> None:
    """Empty and foreign files are said to hold nothing, or to be damaged."""
    assert problem(save(tmp_path / "a", [data]))


def test_a_log_without_its_header_does_not_verify(tmp_path: Path) -> None:
    """A chain of sums proves little where nothing says what the run was."""
    assert "does not begin with run.started" in problem(save(tmp_path / "a", log_lines(EVENTS[1:])))


def test_a_newer_or_missing_log_is_refused(tmp_path: Path) -> None:
    """What cannot be read is not judged."""
    newer = log_lines([BARE.model_copy(update={"schema_": "2.0"})])
    with pytest.raises(LogTooNew):
        verify_run(save(tmp_path / "a", newer))
    with pytest.raises(RecordError):
        verify_run(tmp_path / "b")


def test_golden_logs_of_every_version_verify() -> None:
    """Logs that people have stay provable."""
    for path in GOLDEN.glob("1.0.jsonl"):
        # Its source's text is not kept beside it.
        assert "blob" in problem(path)


def test_stored_texts_are_proven_too(tmp_path: Path) -> None:
    """A source that is missing, or is not what its name says, is a fault of the first line."""
    run = save(tmp_path / "a", [])
    blob = store_blob(run, b"the note")
    sources = [SourceRecord(name="note.txt", size=8, blob=blob)]
    header = BARE.model_copy(update={"sources": sources, "checks": [CheckRecord(spec="max_words:9")]})
    (run / "log.jsonl").write_bytes(b"".join(log_lines([header])))
    assert problem(run) == ""
    (run / "blobs" / blob).write_bytes(b"the nose")
    assert "was altered" in problem(run)
    (run / "blobs" / blob).unlink()
    (link,) = verify_run(run)
    assert (link.events, link.sum) == (0, "")
    assert "cannot be read" in (link.problem or "")


def test_a_text_that_a_repair_found_lost_is_not_asked_for(tmp_path: Path) -> None:
    """What the repaired log says is lost is known; another that is missing is a fault still."""
    sources = [SourceRecord(name=f"{name}.txt", size=8, blob=name * 32) for name in "ab"]
    for lost, expected in ((["a" * 32], "b" * 32), (["a" * 32, "b" * 32], "")):
        header = BARE.model_copy(update={"sources": sources})
        header = ev.RunStarted.model_validate(
            {**header.model_dump(by_alias=True), "repaired_from": {"blobs_lost": lost}}
        )
        (link,) = verify_run(save(tmp_path / f"lost-{len(lost)}", log_lines([header])))
        assert expected in (link.problem or "")
        assert bool(link.problem) == bool(expected)


def test_a_forks_chain_is_followed_to_its_beginning(tmp_path: Path) -> None:
    """Grandparent and parent are checked up to where the forks part, whatever comes after in them."""
    first = log_lines(WORK)
    second = fork_of(first, "first", 6)
    save(tmp_path / "first", [*first[:6], b"damaged afterwards\n"])
    save(tmp_path / "second", second)
    third = save(tmp_path / "third", fork_of(second, "second", 2))
    links = verify_run(third)
    assert [(link.run, link.events, link.problem) for link in links] == [
        ("third", 4, None),
        ("second", 2, None),
        ("first", 6, None),
    ]
    compress_run(tmp_path / "second")
    assert [link.sum for link in verify_run(third)] == [link.sum for link in links]


def test_a_fork_without_a_sound_parent_does_not_verify(tmp_path: Path) -> None:
    """A parent that is missing, shorter, altered or another's is said, and so is a name that is a path."""
    first = log_lines(WORK)
    save(tmp_path / "first", first)
    short = save(tmp_path / "short", first[:4])
    bent = list(first)
    bent[2] = bent[2].replace(b"2026", b"2027", 1)
    save(tmp_path / "bent", bent)
    for name, seq, changed, expected in (
        ("gone", 5, {}, "is not in"),
        ("short", 5, {}, "ends at event 4"),
        ("bent", 5, {}, "line 3"),
        ("first", 5, {"sum": "0" * 16}, "does not have the sum"),
        ("first", 5, {"seq": 6}, "does not have the sum"),
        ("../first", 5, {}, "no run's name"),
        ("..", 5, {}, "no run's name"),
        ("fir\0st", 5, {}, "is not in"),
        ("x" * 300, 5, {}, "is not in"),
    ):
        run = save(tmp_path / f"fork-{len(list(tmp_path.iterdir()))}", fork_of(first, name, seq, **changed))
        links = verify_run(run)
        assert len(links) == 2
        assert expected in (links[-1].problem or ""), name
        assert links[-1].events == {"short": 4, "bent": 2, "first": changed.get("seq", seq)}.get(name, 0)
    newer = log_lines([BARE.model_copy(update={"schema_": "2.0"})])
    (short / "log.jsonl").write_bytes(newer[0])
    run = save(tmp_path / "fork", fork_of(first, "short", 5))
    assert "has schema 2.0" in problem(run)


def test_runs_that_claim_to_be_each_others_parents_end(tmp_path: Path) -> None:
    """No log can name a sum that rests on itself, so a circle is found to be broken."""
    first = log_lines(WORK)
    a = save(tmp_path / "a", fork_of(first, "b", 1))
    save(tmp_path / "b", fork_of(first, "a", 1))
    assert "does not have the sum" in problem(a)


def test_a_damaged_compressed_log_does_not_verify(tmp_path: Path) -> None:
    """Cut anywhere or with any byte changed, the compressed log is not taken for whole."""
    run = save(tmp_path / "a", turns_log(6))
    whole = gzip.compress((run / "log.jsonl").read_bytes(), mtime=0)
    (run / "log.jsonl").unlink()
    packed = run / "log.jsonl.gz"
    for cut in range(0, len(whole), 3):
        packed.write_bytes(whole[:cut])
        assert problem(run), cut
    for place in range(10, len(whole), 5):
        packed.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        assert problem(run), place
    packed.write_bytes(whole)
    assert len(verify_run(run)) == 1
