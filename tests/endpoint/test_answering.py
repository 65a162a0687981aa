"""A structured answer is asked for in the first form that the endpoint takes."""

import json
from pathlib import Path
from typing import Any

import pytest

from duologue.endpoint.completion import Request
from duologue.endpoint.dialects import Dialects
from duologue.errors import EndpointError
from duologue.messages import Message
from duologue.targets import RetryPolicy, Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.wire import Answer, chunked, delta, finish, refusal, said, whole

SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
REQUEST = Request(ASK.messages, schema=SCHEMA)
OK = chunked(said('{"ok": true}'))
NO_FORMAT = refusal(400, "This response_format type is unavailable now")
NO_TOOLS = refusal(400, "registry/m does not support tools")
WORDS = ("json_object", "tool call", "prompt")


def _called(name: str = "answer", arguments: str = '{"ok": true}') -> Answer:
    call = {"index": 0, "id": "x", "function": {"name": name, "arguments": arguments}}
    return chunked(delta(tool_calls=[call]) + finish("tool_calls"))


def _learnt(rungs: int) -> tuple[str, ...]:
    return tuple(f"response_format json_schema -> {word}" for word in WORDS[:rungs])


def _bodies(bench: Bench) -> list[dict[str, Any]]:
    return [received.json for received in bench.wire.requests]


async def test_json_object_is_told_the_schema(bench: Bench) -> None:
    """It says nothing of the schema by itself: a message does, at the end, so that the beginning stays."""
    got = await bench.ask(NO_FORMAT, OK, request=REQUEST)
    first, second = _bodies(bench)
    assert (got.text, got.adapted) == ('{"ok": true}', _learnt(1))
    assert second["response_format"] == {"type": "json_object"}
    assert second["messages"][0] == first["messages"][0]
    assert second["messages"][1]["content"].startswith("Hello?\n\n")
    assert json.dumps(SCHEMA) in second["messages"][1]["content"]


async def test_a_forced_call_answers(bench: Bench) -> None:
    """The arguments of the call are the answer's text, and no tool call is left of it."""
    got = await bench.ask(NO_FORMAT, NO_FORMAT, _called(), request=REQUEST)
    sent = _bodies(bench)[-1]
    assert (got.text, got.tool_calls, got.adapted) == ('{"ok": true}', (), _learnt(2))
    assert "response_format" not in sent
    assert sent["messages"] == _bodies(bench)[0]["messages"]
    assert sent["tools"][0]["function"]["parameters"] == SCHEMA
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "answer"}}


async def test_a_call_may_be_refused_to_be_forced(bench: Bench) -> None:
    """With the choice left to it, a model that answers in plain text has answered too."""
    forced = refusal(400, "Thinking mode does not support this tool_choice")
    got = await bench.ask(NO_FORMAT, NO_FORMAT, forced, OK, request=REQUEST)
    assert got.adapted[-1] == "tool_choice -> auto"
    assert _bodies(bench)[-1]["tool_choice"] == "auto"
    assert got.text == '{"ok": true}'


@pytest.mark.parametrize(
    "refused",
    [
        NO_TOOLS,
        refusal(
            400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
        ),
        whole({"error": {"code": 500, "message": "tools param requires --jinja flag"}}, 500),
        refusal(400, "Failed to call a function. Please adjust your prompt.", code="tool_use_failed"),
    ],
)
async def test_at_last_the_prompt_asks(bench: Bench, refused: Answer) -> None:
    """Where there are no tools either, a message with the schema is all that is left."""
    answers = [NO_FORMAT, NO_FORMAT, refused, OK]
    if b"tool choice" in b"".join(part for part in refused.parts if isinstance(part, bytes)):
        answers.insert(3, refused)
    got = await bench.ask(*answers, request=REQUEST, policy=RetryPolicy(attempts=1))
    sent = _bodies(bench)[-1]
    assert got.adapted[-1] == _learnt(3)[-1]
    assert not {"response_format", "tools", "tool_choice"} & set(sent)
    assert json.dumps(SCHEMA) in sent["messages"][-1]["content"]


@pytest.mark.parametrize("rungs", [1, 2, 3])
async def test_the_form_is_remembered(bench: Bench, tmp_path: Path, rungs: int) -> None:
    """The next process asks in the right form from its first request on; only the last rung is kept."""
    answers = [NO_FORMAT, NO_FORMAT, NO_TOOLS][:rungs]
    await bench.ask(*answers, OK, request=REQUEST, dialects=Dialects(tmp_path))
    before = _bodies(bench)[-1]
    got = await bench.ask(OK, request=REQUEST, dialects=Dialects(tmp_path))
    assert got.adapted == (f"{_learnt(rungs)[-1]} (known)",)
    assert _bodies(bench)[rungs + 1 :] == [before]


async def test_a_talk_without_a_schema_is_not_concerned(bench: Bench) -> None:
    """What was learnt for answers leaves plain talk as it is."""
    dialects = Dialects()
    await bench.ask(NO_FORMAT, OK, request=REQUEST, dialects=dialects)
    await bench.ask(OK, request=ASK, dialects=dialects)
    assert _bodies(bench)[-1]["messages"][-1] == {"role": "user", "content": "Hello?"}
    assert "response_format" not in _bodies(bench)[-1]


async def test_tools_of_ones_own_stay(bench: Bench) -> None:
    """The call for the answer stands beside them and is not forced; calls of the others come through."""
    look = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    request = Request(ASK.messages, schema=SCHEMA, tools=[look])
    got = await bench.ask(NO_FORMAT, NO_FORMAT, _called("look", "{}"), request=request)
    sent = _bodies(bench)[-1]
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["look", "answer"]
    assert "tool_choice" not in sent
    assert [call.name for call in got.tool_calls] == ["look"]


async def test_the_schema_after_a_tools_result(bench: Bench) -> None:
    """The message that states it is bridged like any other where the endpoint wants that."""
    turn = _called("look", "{}")
    got = await bench.ask(turn)
    talk = [*ASK.messages, Message("assistant", "", got.tool_calls), Message("tool", "1", tool_call_id="x")]
    after = refusal(400, "Unexpected role 'user' after role 'tool'", code="3230")
    await bench.ask(NO_FORMAT, NO_FORMAT, after, OK, request=Request(talk, schema=SCHEMA))
    roles = [message["role"] for message in _bodies(bench)[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


async def test_another_field_is_named(bench: Bench) -> None:
    """A refusal of something else leaves the form of the answer alone."""
    target = Target(bench.wire.url, "m", sampling={"seed": 1})
    got = await bench.ask(refusal(400, "seed is not supported with JSON mode", param="seed"), OK,
                          request=REQUEST, target=target)  # fmt: skip
    assert got.adapted == ("seed dropped",)


async def test_an_endpoint_that_takes_no_form(bench: Bench) -> None:
    """The ladder ends: the last refusal stands."""
    bench.wire.answers[:] = [NO_FORMAT]
    client = await bench.client()
    with pytest.raises(EndpointError):
        await client.complete(REQUEST)
    assert len(bench.wire.requests) == 3
