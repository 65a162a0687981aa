"""Events out of bytes: line ends, fields, and any way of cutting the bytes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.endpoint.sse import EventStream


def _read(*chunks: bytes) -> list[str]:
    events = EventStream()
    payloads = [payload for chunk in chunks for payload in events.feed(chunk)]
    return payloads + events.flush()


@pytest.mark.parametrize(
    ("raw", "payloads"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data: a\r\n\r\ndata: b\r\r", ["a", "b"]),
        (b"data:a\n\n", ["a"]),
        (b"data:  a\n\n", [" a"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data: a\rdata: b\n\ndata: c\n\n", ["a\nb", "c"]),
        (b"data: a\r\ndata: b\r\n\r\n", ["a\nb"]),
        (b"data: a\ndata\ndata: b\n\n", ["a\n\nb"]),
        (b": comment\n\ndata: a\n\n: more\n", ["a"]),
        (b"event: x\nid: 1\nretry: 5\ndata: a\n\n", ["a"]),
        (b"dataset: a\ndatum\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", ["a"]),
        (b"\n\n\ndata: a\n\n\n\n", ["a"]),
        (b"data: a", ["a"]),
        (b"data: a\n", ["a"]),
        (b"data: a\n\ndata: b\r", ["a", "b"]),
        ("data: a\u2028b\u0085c\x0bd\x0ce\n\n".encode(), ["a\u2028b\u0085c\x0bd\x0ce"]),
        (b"", []),
    ],
)
def test_events(raw: bytes, payloads: list[str]) -> None:
    """Lines end at CR, LF and CRLF only; data lines are joined; all else is skipped."""
    assert _read(raw) == payloads
    assert _read(*(raw[at : at + 1] for at in range(len(raw)))) == payloads


@pytest.mark.parametrize(
    ("chunks", "payloads"),
    [
        ([b"data: a\n", b"data: b\n\n"], ["a\nb"]),
        ([b"dat", b"data: b\n\n", b"data: c\n\n"], ["c"]),
        ([b"data: a\r", b"\ndata: b\n\n"], ["a\nb"]),
        ([b"data: a\r", b"", b"\ndata: b\n\n"], ["a\nb"]),
        ([b"data: a\n\n\r", b"data: b\n\n", b"\ndata: c\n\n"], ["a", "b", "c"]),
        ([b"data: a\n\n", b"\xef\xbb\xbfdata: b\n\n", b"data: c\n\n"], ["a", "c"]),
        ([b"data: a\n\n", b"data: b\rdata: c\n\n"], ["a", "b\nc"]),
    ],
)
def test_a_chunk_that_looks_like_a_whole_event(chunks: list[bytes], payloads: list[str]) -> None:
    """It is read as what it is behind what came before it."""
    assert _read(*chunks) == payloads


def test_invalid_utf8_is_replaced_and_noted() -> None:
    """A byte that is no UTF-8 becomes U+FFFD, in a line of its own or among whole ones."""
    events = EventStream()
    assert events.feed(b"data: caf\xc3\xa9\n\n") == ["café"]
    assert not events.replaced
    assert events.feed(b"data: a\xffb\xc3\n\n") == ["a\ufffdb\ufffd"]
    assert events.replaced


LINES = st.sampled_from(
    [b"data: x", b"data: \xe2\x80\xa8\xc3\xa9\xf0\x9f\x98\x80", b"data", b": c", b"", b"id: 7"]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
STREAMS = st.lists(st.tuples(LINES, ENDS), max_size=12).map(lambda lines: b"".join(a + b for a, b in lines))


@given(STREAMS, st.lists(st.integers(0, 200), max_size=8))
def test_cutting_changes_nothing(raw: bytes, cuts: list[int]) -> None:
    """However the bytes are cut, the same payloads come out."""
    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    pieces = [raw[a:b] for a, b in pairwise(places)]
    assert _read(*pieces) == _read(raw)


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_no_bytes_crash_it(chunks: list[bytes]) -> None:
    """Whatever comes, the payloads are text without line ends that the stream did not have."""
    assert all("\r" not in payload for payload in _read(*chunks))


def test_a_long_line_in_small_pieces_takes_linear_time() -> None:
    """A megabyte without a line end, byte by byte, is joined once."""
    events = EventStream()
    assert not any(events.feed(b"x") for _ in range(2**20))
    assert events.flush() == []
