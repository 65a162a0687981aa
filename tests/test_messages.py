"""Messages as they go over the wire, and counts of tokens."""

import json

import pytest

from duologue.messages import Message, ToolCall, Usage, estimate_tokens


def test_tool_calls_go_back_as_they_came() -> None:
    """A message with tool calls carries them in the wire's form, unknown fields included."""
    call = ToolCall("t1", "shell", '{"x": "ü"}', {"index": 0})
    assert json.loads(Message("assistant", "", (call,)).encoded) == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "t1",
                "type": "function",
                "function": {"name": "shell", "arguments": '{"x": "ü"}'},
                "index": 0,
            }
        ],
    }


def test_tool_result_names_its_call() -> None:
    """A tool's result says which call it answers."""
    message = Message("tool", "no", tool_call_id="t1")
    assert json.loads(message.encoded) == {"role": "tool", "content": "no", "tool_call_id": "t1"}


def test_text_stays_readable_on_the_wire() -> None:
    """Letters of any script are sent as they are: escapes would cost tokens and bytes."""
    assert "川".encode() in Message("user", "川").encoded


@pytest.mark.parametrize(("characters", "tokens"), [(0, 0), (1, 1), (4, 1), (5, 2), (400, 100)])
def test_estimate_rounds_up(characters: int, tokens: int) -> None:
    """Four characters are taken for a token, and a part of one for a whole."""
    assert estimate_tokens(characters) == tokens


def test_usage_adds_up() -> None:
    """Cached tokens are part of the prompt's."""
    assert Usage(10, 5, 8).total_tokens == 15
