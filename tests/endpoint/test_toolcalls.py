"""Tool calls put together from whatever a server sends."""

import json
from typing import Any

import pytest

from duologue.endpoint.toolcalls import ToolCallAssembly
from duologue.messages import Message


def _assembled(*deltas: dict[str, Any]) -> list[tuple[str, str, Any]]:
    calls = ToolCallAssembly()
    for delta in deltas:
        calls.add(delta)
    return [(call.id, call.name, json.loads(call.arguments)) for call in calls.finished()]


def _f(name: str | None = None, arguments: Any = None) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    "deltas",
    [
        [
            {"index": 0, "id": "a", **_f("f", "")},
            {"index": 0, **_f(None, '{"x"')},
            {"index": 0, **_f("", ":1}")},
        ],
        [{"index": 0, "id": "a", **_f("f", '{"x"')}, {"index": 0, "id": "a", **_f("f", ":1}")}],
        [{"id": "a", **_f("f", '{"x"')}, {"id": "a", **_f("f", ":1}")}],
        [{"id": "a", **_f("f", '{"x"')}, _f(None, ":1}")],
        [{"id": "a", **_f("f", {"x": 1})}],
        [{"index": 3, "id": "a", **_f("f")}, {"index": 3, "id": None, **_f(None, '{"x":1}')}],
    ],
)
def test_one_call_in_many_forms(deltas: list[dict[str, Any]]) -> None:
    """Missing indexes, repeated ids and names, and arguments as an object come to the same call."""
    assert _assembled(*deltas) == [("a", "f", {"x": 1})]


@pytest.mark.parametrize(
    "deltas",
    [
        [{"index": 0, "id": "a", **_f("f")}, {"index": 1, "id": "b", **_f("g")}],
        [{"index": 0, "id": "a", **_f("f")}, {"index": 0, "id": "b", **_f("g")}],
        [{"id": "a", **_f("f")}, {"id": "b", **_f("g")}],
    ],
)
def test_two_calls_are_told_apart(deltas: list[dict[str, Any]]) -> None:
    """By index, by id where the index is always 0, by id alone."""
    assert _assembled(*deltas) == [("a", "f", {}), ("b", "g", {})]


def test_interleaved_deltas() -> None:
    """Deltas find their call by index even when two calls arrive at once."""
    first, second = {"index": 0, "id": "a", **_f("f", "[1")}, {"index": 1, "id": "b", **_f("g", "[2")}
    more = [{"index": 0, **_f(None, "]")}, {"index": 1, **_f(None, "]")}]
    assert _assembled(first, second, *more) == [("a", "f", [1]), ("b", "g", [2])]


@pytest.mark.parametrize("ids", [("x", "x"), (None, None), ("", "")])
def test_missing_and_repeated_ids(ids: tuple[str | None, str | None]) -> None:
    """Each call gets an id that no other has, in the form that the strictest server takes back."""
    got = _assembled(*({"index": n, "id": given, **_f("f")} for n, given in enumerate(ids)))
    assert len({call[0] for call in got}) == 2
    assert all(len(call[0]) == 9 and call[0].isalnum() for call in got if call[0] != "x")


def test_unknown_fields_go_back_as_they_came() -> None:
    """What a server adds to a call is kept and sent back with it."""
    calls = ToolCallAssembly()
    calls.add({"id": "a", "type": "function", "extra_content": {"google": {"sig": "s"}}, **_f("f")})
    [call] = calls.finished()
    wire = json.loads(Message("assistant", "", tool_calls=[call]).encoded)
    assert wire["tool_calls"][0]["extra_content"] == {"google": {"sig": "s"}}


@pytest.mark.parametrize(
    ("delta", "whole"),
    [
        (_f("f", '{"a": 1}'), True),
        (_f("f", '{"a":'), False),
        (_f(None, "{}"), False),
        (_f("f", "[" * 10**5), False),
    ],
)
def test_a_whole_call(delta: dict[str, Any], whole: bool) -> None:
    """A call is whole once it has a name and arguments that parse."""
    calls = ToolCallAssembly()
    calls.add(delta)
    assert calls.whole() is whole
