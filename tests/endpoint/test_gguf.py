"""The header of a GGUF file, read by our own means before llama.cpp gets to see it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duologue.endpoint.gguf import read_header
from duologue.errors import ConfigError
from tests.endpoint.gguf_file import gguf_file

NUMBERS = {
    "context_length": 4096,
    "block_count": 2,
    "embedding_length": 64,
    "attention.head_count": 4,
    "attention.head_count_kv": [0, 2],
}
GOOD = gguf_file(NUMBERS)


def read(path: Path, data: bytes) -> str:
    """What is said of a file with these bytes; empty where nothing is wrong."""
    path.write_bytes(data)
    try:
        read_header(path)
    except ConfigError as exc:
        return exc.message
    return ""


def test_a_header_tells_the_window_and_what_a_token_takes(tmp_path: Path) -> None:
    """Keys and values of all layers, at two bytes a number; a list of heads counts by its largest."""
    (tmp_path / "m.gguf").write_bytes(GOOD)
    header = read_header(tmp_path / "m.gguf")
    assert (header.architecture, header.trained_tokens, header.size) == ("llama", 4096, len(GOOD))
    assert header.token_bytes == 2 * 2 * 2 * (16 + 16)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a GGUF"),
        (b"PK\x03\x04 something else", "not a GGUF"),
        (b"GGUF", "cut off"),
        (GOOD[:100], "cut off"),
        (GOOD[:-1], "cut off"),
        (b"GGUF" + (9).to_bytes(4, "little") + GOOD[8:], "version 9"),
        (GOOD[:8] + b"\xff" * 8 + GOOD[16:], "makes no sense"),
        (gguf_file(NUMBERS, tensor=(2**40, 0)), "cut off"),
        (gguf_file(NUMBERS, architecture=""), "makes no sense"),
    ],
)
def test_what_is_no_whole_file_is_told(data: bytes, said: str, tmp_path: Path) -> None:
    """Each kind of wrong file has a sentence that names it."""
    found = read(tmp_path / "m.gguf", data if said != "cut off" or len(data) != len(GOOD) - 1 else GOOD[:-1])
    assert said in found
    assert str(tmp_path / "m.gguf") in found


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A missing file, and a folder in its place."""
    with pytest.raises(ConfigError, match="no model file"):
        read_header(tmp_path / "m.gguf")
    with pytest.raises(ConfigError, match="is a folder"):
        read_header(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=12))
def test_damage_is_at_worst_a_sentence(tmp_path: Path, at: int, bytes_: bytes) -> None:
    """Whatever bytes stand where, reading ends at once, in a header or a ConfigError."""
    read(tmp_path / "m.gguf", GOOD[:at] + bytes_ + GOOD[at + len(bytes_) :])
