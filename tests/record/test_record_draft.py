"""The draft: what a watcher in another process sees of a completion as it arrives."""

import errno
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from duologue.errors import RecordError
from duologue.record.draft import DRAFT_NAME, FLUSH_S, Draft, DraftReader, DraftWriter
from duologue.record.lines import encode_json

BIDI = "\u202e and \x9b"


def pause() -> None:
    """Long enough for the next piece to be written at once."""
    time.sleep(FLUSH_S * 1.2)


def line(at: int, said: str, **other: object) -> bytes:
    """A line of a draft, as a writer makes it."""
    head = {"turn": 1, "role": "user", "purpose": "turn", "attempt": "a"}
    return encode_json({**head, "at": at, "text": said, "reasoning": "", **other}) + b"\n"


def opened(writer: DraftWriter, attempt: str) -> None:
    """Let the attempt's first moment pass, in which nothing is drafted."""
    writer.add(attempt, "", "")
    pause()


def test_a_quick_reply_is_never_drafted(tmp_path: Path) -> None:
    """What arrives whole within a moment is left to the log."""
    with DraftWriter(tmp_path) as writer:
        writer.begin(1, "user", "turn")
        writer.add("a", "all of it", "")
        assert (tmp_path / DRAFT_NAME).read_bytes() == b""


def test_round_trip(tmp_path: Path) -> None:
    """Text and reasoning come over piece by piece, in the order in which they were written."""
    with DraftWriter(tmp_path) as writer:
        reader = DraftReader(tmp_path)
        assert reader.poll() is None
        writer.begin(3, "judge", "verdict")
        opened(writer, "a")
        writer.add("a", "", f"thinking{BIDI}")
        assert reader.poll() == Draft(3, "judge", "verdict", "a", "", f"thinking{BIDI}")
        pause()
        writer.add("a", "\ud800 said\n", "")
        assert reader.poll() == Draft(3, "judge", "verdict", "a", "\ud800 said\n", f"thinking{BIDI}")
        assert reader.poll() == Draft(3, "judge", "verdict", "a", "\ud800 said\n", f"thinking{BIDI}")
        pause()
        writer.add("a", "and more", "")
        assert reader.poll() == Draft(3, "judge", "verdict", "a", "\ud800 said\nand more", f"thinking{BIDI}")


def test_pieces_are_gathered(tmp_path: Path) -> None:
    """Pieces that come faster than anyone can see are written together."""
    with DraftWriter(tmp_path) as writer:
        writer.begin(1, "user", "turn")
        for _ in range(50):
            writer.add("a", "x", "")
        lines = (tmp_path / DRAFT_NAME).read_bytes().count(b"\n")
        assert lines < 50
        pause()
        writer.add("a", "y", "")
        draft = DraftReader(tmp_path).poll()
        for _ in range(50):
            writer.add("a", "z", "")
        assert (tmp_path / DRAFT_NAME).read_bytes().count(b"\n") < 50
    assert draft is not None
    assert draft.text == "x" * 50 + "y"


def test_new_attempt_starts_anew(tmp_path: Path) -> None:
    """A further attempt at the same completion drops what the first had said, and so does a completion."""
    with DraftWriter(tmp_path) as writer:
        reader = DraftReader(tmp_path)
        writer.begin(1, "user", "turn")
        opened(writer, "a")
        writer.add("a", "first", "")
        assert reader.poll() is not None
        writer.add("a", "unread", "unread")
        opened(writer, "b")
        writer.add("b", "second", "")
        assert reader.poll() == Draft(1, "user", "turn", "b", "second")
        writer.begin(2, "assistant", "turn")
        assert reader.poll() is None


def test_cleared_draft_is_gone(tmp_path: Path) -> None:
    """Once its text is in the log, the draft is gone; the file is the person's own, and empty at the end."""
    with DraftWriter(tmp_path) as writer:
        reader = DraftReader(tmp_path)
        writer.begin(1, "user", "turn")
        opened(writer, "a")
        writer.add("a", "first", "")
        assert reader.poll() is not None
        writer.clear()
        assert reader.poll() is None
    assert (tmp_path / DRAFT_NAME).read_bytes() == b""
    assert (tmp_path / DRAFT_NAME).stat().st_mode & 0o777 == 0o600


def test_draft_ends_with_its_writer(tmp_path: Path) -> None:
    """What was being written when the writer is left is dropped, and the file is let go of."""
    with DraftWriter(tmp_path) as writer:
        writer.begin(1, "user", "turn")
        opened(writer, "a")
        writer.add("a", "first", "")
        assert (tmp_path / DRAFT_NAME).read_bytes()
    assert (tmp_path / DRAFT_NAME).read_bytes() == b""
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(writer._descriptor)


def test_another_draft_of_the_same_length(tmp_path: Path) -> None:
    """A draft that took the place of one as long, and went on, is read as itself."""
    path, reader = tmp_path / DRAFT_NAME, DraftReader(tmp_path)
    path.write_bytes(line(0, "one"))
    assert reader.poll() is not None
    path.write_bytes(line(0, "two", attempt="b") + line(3, " more", attempt="b"))
    draft = reader.poll()
    assert draft is not None
    assert (draft.attempt, draft.text) == ("b", "two more")


def test_cut_and_regrown_between_two_polls(tmp_path: Path) -> None:
    """A file that was cut and has grown past the reader's place is read from its start."""
    path, reader = tmp_path / DRAFT_NAME, DraftReader(tmp_path)
    path.write_bytes(line(0, "first"))
    assert reader.poll() is not None
    path.write_bytes(line(0, "a longer second", attempt="b") + line(15, " text", attempt="b"))
    draft = reader.poll()
    assert draft is not None
    assert draft.text == "a longer second text"


def test_half_a_line_waits(tmp_path: Path) -> None:
    """A line that is still being written is read when it is whole."""
    path, reader = tmp_path / DRAFT_NAME, DraftReader(tmp_path)
    whole = line(0, "one") + line(3, " two")
    path.write_bytes(whole[:-4])
    first = reader.poll()
    path.write_bytes(whole)
    second = reader.poll()
    assert first is not None
    assert second is not None
    assert (first.text, second.text) == ("one", "one two")


GARBAGE = {
    "not json": b"garbage\n",
    "a list": b"[]\n",
    "deep nesting": b"[" * 100_000 + b"\n",
    "a gap": line(7, "x"),
    "no text": line(0, "x").replace(b'"text"', b'"test"'),
    "text is a number": line(0, "x", text=5),
    "turn is a table": line(0, "x", turn={}),
    "role unknown": line(0, "x", role="cat"),
    "role is a list": line(0, "x", role=[]),
    "purpose unknown": line(0, "x", purpose="fun"),
    "invalid utf-8": line(0, "x").replace(b"x", b"\xff"),
    "empty line": b"\n",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_foreign_garbage_shows_nothing(tmp_path: Path, garbage: bytes) -> None:
    """What is no draft is shown as none, and does not end the watching."""
    path, reader = tmp_path / DRAFT_NAME, DraftReader(tmp_path)
    path.write_bytes(garbage)
    assert reader.poll() is None
    assert reader.poll() is None
    path.write_bytes(line(0, "sound"))
    draft = reader.poll()
    assert draft is not None
    assert draft.text == "sound"


def test_no_draft(tmp_path: Path) -> None:
    """Where no file is, nothing is being written."""
    reader = DraftReader(tmp_path)
    assert reader.poll() is None
    (tmp_path / DRAFT_NAME).write_bytes(line(0, "one"))
    assert reader.poll() is not None
    (tmp_path / DRAFT_NAME).unlink()
    assert reader.poll() is None


def test_folder_that_is_gone(tmp_path: Path) -> None:
    """A draft that cannot be made is an error of the record."""
    with pytest.raises(RecordError, match="cannot be made"):
        DraftWriter(tmp_path / "nowhere")


def test_full_disk_does_not_end_the_reply(small_disk: Path) -> None:
    """A draft is disposable: one that cannot be written is left out, and the reply goes on."""
    with DraftWriter(small_disk) as writer:
        with suppress(OSError):
            (small_disk / "filler").write_bytes(b"x" * 100_000)
        writer.begin(1, "user", "turn")
        writer.add("a", "first", "")
        pause()
        writer.add("a", "second", "")
    assert (small_disk / DRAFT_NAME).read_bytes() == b""
