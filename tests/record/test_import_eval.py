"""Importing logs of Inspect AI: samples become runs, and an archive from elsewhere can do no harm."""

import json
import struct
import zipfile
import zlib
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.errors import SourceError
from duologue.record import archive, import_eval
from duologue.record import events as ev
from duologue.record.archive import Archive, BadArchive
from duologue.record.import_file import detect, import_files
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from duologue.record.story import Story, tell

HEADER = {
    "version": 2,
    "status": "success",
    "eval": {"task": "sums", "model": "mockllm/model", "eval_id": "e1"},
}
LONG = "a" * 32


def sample(id_: str, **more: Any) -> dict[str, Any]:
    """A sample as Inspect AI writes it."""
    messages = [
        {"id": "m1", "content": "Be right.", "role": "system"},
        {"id": "m2", "content": "What is 1+2?", "source": "input", "role": "user"},
        {
            "id": "m3",
            "content": [
                {"type": "reasoning", "reasoning": "easy"},
                {"type": "text", "text": f"attachment://{LONG}"},
            ],
            "role": "assistant",
            "tool_calls": [
                {"id": "c1", "function": "add", "arguments": {"x": 1, "y": 2}, "type": "function"}
            ],
            "model": "m/1",
        },
        {
            "content": "",
            "role": "tool",
            "tool_call_id": "c1",
            "function": "add",
            "error": {"message": "too slow"},
        },
        {"content": "3", "role": "assistant", "model": "m/1"},
    ]
    fields = {
        "id": id_,
        "epoch": 1,
        "input": "What is 1+2?",
        "target": "3",
        "messages": messages,
        "scores": {"includes": {"value": "C"}},
        "started_at": "2026-11-22T06:20:43.012543+00:00",
        "attachments": {LONG: "I add."},
    }
    return {**fields, **more}


def packed(folder: Path, members: dict[str, Any], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip file with these members, as JSON."""
    path = folder / "log.eval"
    with zipfile.ZipFile(path, "w", method) as file:
        for name, value in members.items():
            file.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
    return path


def stories(path: Path, folder: Path) -> list[Story]:
    """The stories of the runs that the file becomes."""
    return [tell(read_strict(run / LOG_NAME)) for run in import_files([path], folder / "runs")]


@pytest.mark.parametrize("kind", ["eval", "json"])
def test_samples_become_runs(kind: str, tmp_path: Path) -> None:
    """A sample's input, model, reasoning, calls, failures, attachments, time and score are in its run."""
    if kind == "eval":
        path = packed(tmp_path, {"samples/one_epoch_1.json": sample("one"), "header.json": HEADER})
    else:
        path = tmp_path / "log.json"
        path.write_text(json.dumps({**HEADER, "samples": [sample("one")]}))
    assert detect(path) == "eval"
    (run,) = import_files([path], tmp_path / "runs")
    records = read_strict(run / LOG_NAME)
    story = tell(records)
    assert (story.goal, story.outcome, story.models) == ("What is 1+2?", "done", ["m/1"])
    assert story.reason == f"Imported from {path.name}, sample one, epoch 1; scores: includes C."
    assert records[0].at == "2026-11-22T06:20:43.012Z"
    assert isinstance(records[0].event, ev.RunStarted)
    assert records[0].event.settings["imported"]["task"] == "sums"
    said = [one for part in story.parts if part.kind == "turn" for one in part.said]
    assert [(one.text, one.reasoning) for one in said[1:]] == [("I add.", "easy"), ("3", "")]
    (tool,) = said[1].tools
    assert (tool.name, json.loads(tool.arguments), tool.result, tool.ok) == (
        "add",
        {"x": 1, "y": 2},
        "too slow",
        False,
    )


ENDINGS: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"scores": {"a": {"value": "C"}, "b": {"value": 0.5}}}, "stopped", "scores: a C, b 0.5"),
    ({"scores": {"a": {"value": {"x": 1}}}}, "stopped", 'scores: a {"x": 1}'),
    ({"scores": None}, "stopped", "epoch 1."),
    ({"error": {"message": "It broke."}}, "failed", "it ended with the error: It broke."),
    ({"limit": {"type": "token", "limit": 5}}, "limit", "it reached its token limit; scores: includes C"),
)


@pytest.mark.parametrize(("more", "outcome", "reason"), ENDINGS)
def test_how_a_sample_ended(more: dict[str, Any], outcome: str, reason: str, tmp_path: Path) -> None:
    """Scores, an error or a limit become the outcome, and the reason tells them."""
    path = packed(tmp_path, {"samples/x.json": sample("x", **more), "_journal/start.json": HEADER})
    (story,) = stories(path, tmp_path)
    assert story.outcome == outcome
    assert reason in story.reason


def test_only_samples_are_read_and_nothing_is_unpacked(tmp_path: Path) -> None:
    """Members with paths that lead elsewhere are not samples, and no member is ever written to disk."""
    names = (
        "../samples/x.json",
        "/samples/x.json",
        "samples/../../x.json",
        "samples/a/x.json",
        "samples\\x.json",
    )
    path = packed(tmp_path, {"samples/1.json": sample("1"), **{name: sample("x") for name in names}})
    assert [story.goal for story in stories(path, tmp_path)] == ["What is 1+2?"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["log.eval", "runs"]


def refused(path: Path, folder: Path) -> str:
    """Why the file is refused; nothing is written."""
    with pytest.raises(SourceError) as raised:
        import_files([path], folder / "runs", "eval")
    assert not (folder / "runs").exists()
    return raised.value.message


def test_bombs_and_broken_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that unpacks to too much, has too many samples or is no archive is refused in a sentence."""
    assert "no samples" in refused(packed(tmp_path, {"header.json": HEADER}), tmp_path)
    assert "samples/1.json is not JSON" in refused(packed(tmp_path, {"samples/1.json": b"{"}), tmp_path)
    assert "samples/1.json: its messages" in refused(packed(tmp_path, {"samples/1.json": [1]}), tmp_path)
    (tmp_path / "log.eval").write_bytes(b"PK\x03\x04 and nothing else")
    assert "no zip file" in refused(tmp_path / "log.eval", tmp_path)
    monkeypatch.setattr(import_eval, "MOST_BYTES", 1_000_000)
    bombs = {f"samples/{n}.json": b" " * 600_000 for n in range(2)}
    assert "is not JSON" in refused(packed(tmp_path, {"samples/0.json": b" " * 600_000}), tmp_path)
    sample_with_bomb = {
        "samples/0.json": sample("0"),
        **{f"samples/{n}.json": b" " * 2_000_000 for n in (1, 2)},
    }
    assert "too large, unpacked" in refused(packed(tmp_path, sample_with_bomb), tmp_path)
    monkeypatch.setattr(import_eval, "MOST_CONVERSATIONS", 1)
    assert "more than 1 samples" in refused(packed(tmp_path, bombs), tmp_path)


def test_attachments_cannot_multiply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that is referred to again and again is put in only as long as there is room."""
    monkeypatch.setattr(import_eval, "MOST_BYTES", 10_000)
    many = [{"role": "user", "content": f"attachment://{LONG}"}] * 50
    path = packed(tmp_path, {"samples/1.json": sample("1", messages=many, attachments={LONG: "b" * 1000})})
    (story,) = stories(path, tmp_path)
    texts = [part.said[0].text for part in story.parts if part.kind == "turn"]
    assert (texts.count("b" * 1000), len(texts)) == (10, 50)


def test_members_that_cannot_be_read(tmp_path: Path) -> None:
    """A method that nothing reads, a member that lies about its place, and encryption are each refused."""
    path = packed(tmp_path, {"samples/1.json": sample("1")})
    data = path.read_bytes()
    central = data.rindex(b"PK\x01\x02")
    for offset, value, why in ((10, 97, "cannot read"), (8, 1, "encrypted"), (42, 7, "damaged")):
        changed = bytearray(data)
        changed[central + offset : central + offset + 2] = struct.pack("<H", value)
        if offset == 10:
            changed[8:10] = struct.pack("<H", value)
        path.write_bytes(bytes(changed))
        assert why in refused(path, tmp_path)


@given(st.data())
def test_any_damage_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whichever byte of an archive is changed, it is read or refused as a bad archive, and nothing else."""
    folder = tmp_path_factory.mktemp("damaged")
    path = packed(folder, {"samples/1.json": b"[1]", "header.json": HEADER})
    changed = bytearray(path.read_bytes())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(changed))
    with suppress(BadArchive), Archive(path, 10_000) as found:
        for name in found.names:
            assert len(found.read(name)) <= 10_000


def zstandard_archive(folder: Path, frame: bytes, content: bytes, extra: bytes = b"") -> Path:
    """A zip file with one sample that is packed with Zstandard."""
    path = folder / "log.eval"
    member = zipfile.ZipInfo("samples/1.json")
    member.extra = extra
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(member, frame)
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = data.index(mark) + offset
        data[place : place + 2] = struct.pack("<H", 93)
        data[place + 6 : place + 10] = struct.pack("<I", zlib.crc32(content))
    path.write_bytes(bytes(data))
    return path


def stored_frame(content: bytes) -> bytes:
    """A Zstandard frame (RFC 8878) whose blocks are stored as they are."""
    blocks = [content[start : start + 100_000] for start in range(0, len(content), 100_000)]
    headers = [
        struct.pack("<I", (len(block) << 3) | (number == len(blocks) - 1))[:3]
        for number, block in enumerate(blocks)
    ]
    frame = b"\x28\xb5\x2f\xfd" + b"\xa0" + struct.pack("<I", len(content))
    return frame + b"".join(header + block for header, block in zip(headers, blocks, strict=True))


@pytest.fixture(params=archive._READERS, ids=lambda reader: reader[0])
def _reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this one of the libraries that unpack Zstandard; skips where it is missing."""
    pytest.importorskip(request.param[0])
    monkeypatch.setattr(archive, "_READERS", (request.param,))


@pytest.mark.usefixtures("_reader")
def test_zstandard(tmp_path: Path) -> None:
    """What Inspect AI packs today is read, within the same bounds, and its sum is tested."""
    content = json.dumps(sample("1")).encode()
    (story,) = stories(zstandard_archive(tmp_path, stored_frame(content), content), tmp_path)
    assert story.goal == "What is 1+2?"
    for frame, said, room, why in (
        (stored_frame(content), b"other", 10_000, "damaged"),
        (stored_frame(content)[:-9], content, 10_000, "damaged"),
        (b"no frame", content, 10_000, "damaged"),
        (stored_frame(content), content, 50, "too large"),
        (stored_frame(content), content, len(content) - 1, "too large"),
        (stored_frame(content), b"other", len(content), "damaged"),
        (stored_frame(content) * 2, content, 2 * len(content) - 1, "too large"),
    ):
        with (
            Archive(zstandard_archive(tmp_path, frame, said), room) as found,
            pytest.raises(BadArchive, match=why),
        ):
            found.read("samples/1.json")


@pytest.mark.usefixtures("_reader")
def test_zstandard_in_several_frames(tmp_path: Path) -> None:
    """Frames in a row are one member, however many there are, behind whatever stands before its bytes."""
    content = [b"one, ", b"two, ", b"three"]
    frames = b"".join(map(stored_frame, content))
    path = zstandard_archive(tmp_path, frames, b"".join(content), extra=b"\x99\x99\x02\x00ab")
    with Archive(path, 15) as found:
        assert found.read("samples/1.json") == b"one, two, three"


def test_a_member_as_large_as_the_room(tmp_path: Path) -> None:
    """The bound holds for all members together, to the byte."""
    path = packed(tmp_path, {"a": b"x" * 600, "b": b"x" * 400})
    for room, fits in ((1000, True), (999, False)):
        with Archive(path, room) as found:
            assert len(found.read("a")) == 600
            with nullcontext() if fits else pytest.raises(BadArchive, match="too large"):
                assert len(found.read("b")) == 400


def test_an_archive_that_cannot_be_opened(tmp_path: Path) -> None:
    """The system's own reason is told."""
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "none", "No such file")):
        with pytest.raises(BadArchive, match=why):
            Archive(path, 100)


def test_a_member_that_is_not_all_there(tmp_path: Path) -> None:
    """Members that are said to begin or to go on behind the archive's end are damaged."""
    stored = packed(tmp_path, {"samples/1.json": b"x" * 100}, zipfile.ZIP_STORED).read_bytes()
    zstandard = zstandard_archive(tmp_path, b"frame", b"").read_bytes()
    for whole, offset, count in ((stored, 20, 2), (zstandard, 42, 1)):
        changed = bytearray(whole)
        place = changed.rindex(b"PK\x01\x02") + offset
        changed[place : place + 4 * count] = struct.pack("<I", len(whole)) * count
        (tmp_path / "log.eval").write_bytes(bytes(changed))
        with pytest.raises(BadArchive, match="damaged"), Archive(tmp_path / "log.eval", 10_000) as found:
            found.read("samples/1.json")


def test_without_zstandard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing here unpacks Zstandard, the hint says what does."""
    monkeypatch.setattr(archive, "_READERS", ())
    path = zstandard_archive(tmp_path, b"", b"")
    with pytest.raises(SourceError, match="Zstandard") as raised:
        import_files([path], tmp_path / "runs")
    assert "backports.zstd" in (raised.value.hint or "")
