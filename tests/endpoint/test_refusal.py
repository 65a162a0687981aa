"""Which one change a refusal asks for: what it says, and of which request, and what nearly says so."""

from collections.abc import Sequence
from typing import Any

import pytest

from duologue.endpoint.body import Draft
from duologue.endpoint.changes import (
    AnswerForm,
    Bridge,
    Change,
    Clamp,
    Drop,
    Echo,
    Put,
    Rename,
    ShortIds,
    Strip,
    SystemRole,
)
from duologue.endpoint.refusal import change_for
from duologue.errors import EndpointError, EndpointFault
from duologue.messages import Message, ToolCall

SYSTEM, USER = Message("system", "Be brief."), Message("user", "Look.")
DEVELOPER = Message("developer", "Be brief.")
CALL, RESULT = Message("assistant", "", [ToolCall("1", "look", "{}")]), Message("tool", "1", tool_call_id="1")
SIGNED = Message("assistant", "", [ToolCall("1", "look", "{}", {"sign": 1, "mark": 1})])
PLAIN, CALLED = [SYSTEM, USER], [SYSTEM, USER, CALL, RESULT]
SCHEMA: dict[str, Any] = {"type": "object"}
FORCED = {"type": "function", "function": {"name": "look"}}


def asked(
    said: str,
    *,
    messages: Sequence[Message] = PLAIN,
    known: tuple[Change, ...] = (),
    parameter: str | None = None,
    status: int = 400,
    kind: EndpointFault = "bad_request",
    body: str = "",
    schema: dict[str, Any] | None = None,
    **fields: Any,
) -> Change | None:
    """The change that this refusal of a request with these fields asks for."""
    error = EndpointError(
        f"http://json_schema.example/v1 refused the request (HTTP {status}): {said}",
        kind=kind,
        status=status,
        body=body,
        parameter=parameter,
    )
    return change_for(error, Draft(fields, messages, schema), known)


@pytest.mark.parametrize(
    ("change", "said", "more"),
    [
        (None, "it is unsupported", {"schema": SCHEMA}),
        (Drop("tools"), "Tools Are Not Supported", {"tools": []}),
        (Drop("tools"), "tools require --jinja", {"tools": [], "status": 500, "kind": "server"}),
        (Drop("tools"), "tools are unsupported", {"tools": [], "status": 501, "kind": "server"}),
        (None, "tools are unsupported", {"tools": [], "status": 502, "kind": "server"}),
        (None, "tools are not supported", {}),
        (None, "it failed to build the grammar", {"schema": SCHEMA, "status": 500, "kind": "server"}),
        (
            AnswerForm("json_object"),
            "a json_schema with tools is not supported",
            {"schema": SCHEMA, "tools": [], "response_format": {}, "parameter": "response_format"},
        ),
        (AnswerForm("json_object"), "no", {"schema": SCHEMA, "tool_choice": 1, "parameter": "tool_choice"}),
        (AnswerForm("json_object"), "json mode is off", {"schema": SCHEMA}),
        (Drop("seed"), "no 'seed' with a json_schema", {"schema": SCHEMA, "seed": 1}),
        (AnswerForm("prompt"), "no function calls", {"schema": SCHEMA, "known": (AnswerForm("tool"),)}),
        (None, "no json_schema", {"schema": SCHEMA, "known": (AnswerForm("tool"),)}),
        (None, "no json_schema", {"schema": SCHEMA, "known": (AnswerForm("prompt"),)}),
    ],
)
def test_tools_and_answers(change: Change | None, said: str, more: dict[str, Any]) -> None:
    """Tools go where none are taken, an answer's form changes where that is refused; nothing that only the
    endpoint's address says counts."""
    assert asked(said, **more) == change


@pytest.mark.parametrize(
    ("change", "said", "more"),
    [
        (ShortIds(), "tool call id must have a length of 9", {"messages": CALLED}),
        (None, "tool call id must have a length of 9", {"messages": CALLED, "known": (ShortIds(),)}),
        (None, "tool call id must have a length of 9", {}),
        (Bridge(), "no user after a tool", {"messages": [*CALLED, USER]}),
        (Bridge(), "no", {"messages": [*CALLED, USER], "body": "code 3230"}),
        (None, "no", {"messages": [*CALLED, USER], "body": "code 3231"}),
        (None, "no user after a tool", {"messages": CALLED}),
        (Echo("reasoning_content"), "reasoning_content must be passed back", {"messages": CALLED}),
        (None, "reasoning_content is odd", {"messages": CALLED}),
        (Strip("mark"), "sign and mark are unknown", {"messages": [USER, SIGNED, RESULT]}),
        (SystemRole("user"), "unexpected role system", {}),
        (SystemRole("developer"), "unexpected role: developer is", {}),
        (SystemRole("user"), "unexpected role developer", {"messages": [DEVELOPER, USER]}),
        (None, "unexpected role system", {"messages": [USER]}),
        (Drop("seed"), "with role system no 'seed' is taken", {"seed": 1}),
    ],
)
def test_messages(change: Change | None, said: str, more: dict[str, Any]) -> None:
    """What is refused of messages is changed only where there are such messages."""
    assert asked(said, **more) == change


@pytest.mark.parametrize(
    ("change", "said", "more"),
    [
        (Put("stream", False), "streaming is not supported", {"stream": True}),
        (Put("stream", False), "no", {"stream": True, "parameter": "stream"}),
        (None, "no", {"stream": False, "parameter": "stream"}),
        (None, "the stream is odd", {"stream": True}),
        (Drop("seed"), "it requires streaming", {"stream": True, "seed": 1, "parameter": "seed"}),
        (
            Drop("stream_options"),
            "stream is not supported with 'stream_options'",
            {"stream": True, "stream_options": {}},
        ),
        (Put("tool_choice", "auto"), "no", {"tool_choice": FORCED, "parameter": "tool_choice"}),
        (Put("tool_choice", "auto"), "no such tool_choice", {"tool_choice": "required"}),
        (Put("tool_choice", "required"), "tool choice may be required", {"tool_choice": FORCED}),
    ],
)
def test_streams_and_choices(change: Change | None, said: str, more: dict[str, Any]) -> None:
    """A stream is gone without where it is what is refused; a choice is asked for more softly."""
    assert asked(said, **more) == change


@pytest.mark.parametrize(
    ("change", "said", "more"),
    [
        (Clamp("temperature", None, 1.0), "temperature must be at most 1", {"temperature": 2}),
        (Drop("temperature"), "temperature must be at most 1", {"temperature": 1}),
        (Clamp("temperature", 0.5, None), "temperature must be at least 0.5", {"temperature": 0.1}),
        (Drop("temperature"), "temperature must be at least 0.5", {"temperature": 0.5}),
        (Drop("logprobs"), "logprobs must be at most 0", {"logprobs": True}),
        (Drop("reasoning_effort"), "reasoning_effort must be at most 1", {"reasoning_effort": "high"}),
        (Drop("my_own"), "my_own is unknown", {"my_own": 1}),
        (Rename("max_tokens", "max_completion_tokens"), "no 'max_tokens'", {"max_tokens": 5}),
    ],
)
def test_fields(change: Change, said: str, more: dict[str, Any]) -> None:
    """Numbers are kept within stated bounds that they exceed, whatever else was changed before; all else is
    renamed or dropped."""
    assert asked(said, **more, known=(SystemRole("user"), Clamp("top_p", 0.0, 1.0))) == change


def test_bounds_are_tried_once() -> None:
    """A number that is refused within its bounds too is left out."""
    again = (Clamp("temperature", None, 1.0), Clamp("top_p", 0.0, 1.0))
    assert asked("temperature must be at most 1", temperature=2, known=again) == Drop("temperature")
