"""Bytes split anywhere: the same completion."""

import json
import os
import random
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.endpoint.causes import Place
from duologue.endpoint.completion import Delta
from duologue.endpoint.reception import Reception
from duologue.endpoint.watch import Watch
from duologue.targets import Clocks
from tests.endpoint.servers import rows
from tests.endpoint.wire import DONE, USAGE, delta, event, finish, said

SOAK = bool(os.environ.get("DUOLOGUE_SOAK"))

CALLS = [
    {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
    {"index": 0, "function": {"arguments": '{"x":'}},
    {"index": 0, "function": {"arguments": " 1}"}},
    {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
]

STREAMS = {
    "plain": said("Hel", "lo ", "wörld 😀\u2028"),
    "crlf": said("a", "b").replace(b"\n", b"\r\n"),
    "cr": said("a", "b").replace(b"\n", b"\r"),
    "several lines": b'data: {"choices":\ndata: [{"delta":{"content":"x"},\ndata: "finish_reason":'
    b'"stop"}]}\n\n',
    "keep-alives": b": hi\n\n\n\n" + delta(content="a") + b": hi\n\nevent: ping\n\n" + finish() + DONE,
    "thinking": b"".join(delta(content=word) for word in ("<thi", "nk>h", "m</", "think>", "\n\nYes < no"))
    + finish(),
    "reasoning": delta(reasoning="h")
    + delta(reasoning_content="m")
    + delta(content="Yes")
    + finish()
    + USAGE
    + DONE,
    "calls": b"".join(delta(tool_calls=[call]) for call in CALLS) + finish("tool_calls") + USAGE + DONE,
    "broken bytes": delta(content="a?b").replace(b"?", b"\xf0\x9f") + finish(),
    "unended": (delta(content="a") + finish())[:-2],
    "whole body": b" \n"
    + json.dumps({"choices": [{"message": {"content": "hé"}, "finish_reason": "stop"}]}).encode(),
    "byte order mark": b"\xef\xbb\xbf" + said("a"),
    "escaped surrogates": event('{"choices":[{"delta":{"content":"\\ud83d\\ude00"}}]}') + finish(),
}


ROWS = {f"{row}, {name}": each.raw for row, its in rows.ROWS.items() for name, each in its.streams.items()}
ALL = STREAMS | ROWS


async def _receive(chunks: Iterable[bytes]) -> Any:
    heard: list[Delta] = []
    reception = Reception(Place("x"), Watch(Clocks()), 10**6, "a", heard.append)
    for chunk in chunks:
        reception.feed(chunk)
    reception.finish()
    text, reasoning, calls = reception.assembly.result()
    assert "".join(delta.text for delta in heard) == text
    assert "".join(delta.reasoning for delta in heard) == reasoning
    # An id that was missing or came twice is made up.
    called = [(call.name, call.arguments, call.extra) for call in calls]
    extra = (reception.assembly.usage, reception.assembly.finish_reason, reception.flags)
    return text, reasoning, called, *extra


@pytest.mark.parametrize("name", ALL)
async def test_a_cut_at_every_byte(name: str) -> None:
    """Each stream in two pieces, cut at each of its bytes, and in single bytes, is one and the same."""
    raw = ALL[name]
    expected = await _receive([raw])
    assert expected[0] or expected[2]
    for at in range(1, len(raw)):
        assert await _receive([raw[:at], raw[at:]]) == expected
    assert await _receive([raw[at : at + 1] for at in range(len(raw))]) == expected


@pytest.mark.parametrize("name", ALL)
async def test_two_cuts_at_once(name: str) -> None:
    """Three pieces, cut at random pairs of places, are the same again."""
    raw, rng = ALL[name], random.Random(name)
    expected = await _receive([raw])
    for _ in range(10_000 if SOAK else 30):
        one, other = sorted(rng.choices(range(len(raw)), k=2))
        assert await _receive([raw[:one], raw[one:other], raw[other:]]) == expected


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(ALL)), st.lists(st.integers(1, 2000), max_size=12))
async def test_cuts_anywhere(name: str, cuts: list[int]) -> None:
    """Any number of cuts at any places changes nothing."""
    raw = ALL[name]
    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    pieces = [raw[a:b] for a, b in pairwise(places)]
    assert await _receive(pieces) == await _receive([raw])
