"""The client against llama.cpp itself: many completions at once, tool calls, JSON that follows a schema."""

import asyncio
import json
from typing import Any

import jsonschema
import pytest

from duologue.endpoint.client import Client
from duologue.endpoint.completion import Completion, FailedAttempt, Listener, Request
from duologue.messages import Message
from duologue.targets import RetryPolicy, Target
from tests.servers.llamacpp import MODEL_NAME
from tests.servers.model import TOOL_TAG

pytestmark = pytest.mark.llamacpp

AT_ONCE = 32
COMPLETIONS = 500
ASK = [Message("system", "Write."), Message("user", "Write one word.")]
SAMPLING = {"temperature": 0.8, "seed": 5}
PLACES = {
    "type": "object",
    "properties": {"place": {"enum": ["here", "there"]}, "days": {"type": "integer", "maximum": 9}},
    "required": ["place", "days"],
}
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "description": "The weather at a place.", "parameters": PLACES},
}
WANTED = {"tool_choice": "required", "parallel_tool_calls": False, "logit_bias": [[TOOL_TAG, 100]]}


async def test_many_completions_at_once_and_none_is_lost(llamacpp_url: str) -> None:
    """Of 500 completions, 32 at a time over one client, each arrives; closed connections cost no attempt."""
    failed: list[FailedAttempt] = []
    room = asyncio.Semaphore(AT_ONCE)
    target = Target(llamacpp_url, MODEL_NAME, sampling=SAMPLING)
    async with Client(target, policy=RetryPolicy(attempts=1)) as client:

        async def one() -> Completion:
            async with room:
                return await client.complete(Request(ASK, max_tokens=2), Listener(on_failure=failed.append))

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one()) for _ in range(COMPLETIONS)]
    got = [task.result() for task in tasks]
    assert len({each.attempt for each in got}) == COMPLETIONS
    assert all(each.finish_reason in ("length", "stop") for each in got)
    assert all(1 <= each.usage.completion_tokens <= 2 and not each.usage.estimated for each in got)
    assert all((each.kind, each.wait_s) == ("connection", 0.0) for each in failed), failed


async def _ask(url: str, request: Request, **sampling: Any) -> Completion:
    async with Client(Target(url, MODEL_NAME, sampling={**SAMPLING, **sampling})) as client:
        return await client.complete(request)


async def test_tool_calls(llamacpp_url: str) -> None:
    """Calls that have to be made are made, one after the other, with arguments that follow the schema."""
    got = await _ask(llamacpp_url, Request(ASK, tools=[WEATHER], max_tokens=400), **WANTED)
    # The model goes on calling until it may write no more, so that its last call is cut off.
    *whole, _cut = got.tool_calls
    assert len(whole) > 2
    assert len({call.id for call in whole}) == len(whole)
    for call in whole:
        assert call.name == "weather"
        jsonschema.validate(json.loads(call.arguments), PLACES)
    assert got.adapted == ()
    assert "truncated" in got.flags


async def test_the_result_of_a_tool_is_understood(llamacpp_url: str) -> None:
    """A call and its result go back as they came, and the talk goes on."""
    called = await _ask(llamacpp_url, Request(ASK, tools=[WEATHER], max_tokens=400), **WANTED)
    call = called.tool_calls[0]
    result = Message("tool", "Rain.", tool_call_id=call.id)
    answered = [*ASK, Message("assistant", called.text, [call]), result]
    got = await _ask(llamacpp_url, Request(answered, tools=[WEATHER], max_tokens=4))
    assert got.usage.prompt_tokens > called.usage.prompt_tokens


async def test_json_that_follows_a_schema(llamacpp_url: str) -> None:
    """A schema that is asked for is followed."""
    schema = {
        "type": "object",
        "properties": {"word": {"type": "string", "maxLength": 8}, "sure": {"type": "boolean"}},
        "required": ["word", "sure"],
        "additionalProperties": False,
    }
    got = await _ask(llamacpp_url, Request(ASK, schema=schema, max_tokens=400))
    jsonschema.validate(json.loads(got.text), schema)
    assert got.adapted == ()
