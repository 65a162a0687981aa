"""The stand-in endpoint: the real protocol, answered from a scenario."""

import asyncio
from typing import Any

import httpx
import pytest

from duologue.endpoint.client import Client
from duologue.endpoint.completion import Request
from duologue.endpoint.scenario import Scenario
from duologue.endpoint.scripted import SCRIPTED_URL, ScriptedTransport
from duologue.errors import EndpointError
from duologue.targets import RetryPolicy, Target
from tests.endpoint.conftest import ASK, Ear


def _scripted(*replies: dict[str, Any], **fields: Any) -> ScriptedTransport:
    given = [{"model": "assistant", **reply} for reply in replies]
    return ScriptedTransport(Scenario.model_validate({"reply": given, **fields}))


async def _ask(
    transport: ScriptedTransport, ear: Ear, model: str = "assistant", request: Request = ASK
) -> Any:
    target = Target(SCRIPTED_URL, model)
    async with Client(target, transport=transport, policy=RetryPolicy(attempts=3), sleep=ear.sleep) as client:
        return await client.complete(request, ear.listener)


async def test_replies_come_in_order_and_by_model() -> None:
    """Each model has its own replies; several clients share the transport."""
    transport = _scripted({"text": "one"}, {"model": "user", "text": "hello"}, {"text": "two"})
    models = ["assistant", "user", "assistant"]
    assert [(await _ask(transport, Ear(), model)).text for model in models] == ["one", "hello", "two"]
    assert [body["model"] for body in transport.seen] == models
    assert transport.seen[0]["messages"][1] == {"role": "user", "content": "Hello?"}


async def test_a_reply_is_streamed_with_reasoning_calls_and_usage() -> None:
    """Words come one by one; what a server counts is counted."""
    calls = [{"name": "f", "arguments": {"a": 1}}, {"name": "g", "arguments": "{}"}]
    ear = Ear()
    got = await _ask(_scripted({"text": "a b c", "reasoning": "hm hm", "tool_calls": calls}), ear)
    assert (got.text, got.reasoning, got.finish_reason, got.flags) == ("a b c", "hm hm", "tool_calls", ())
    assert [(c.id, c.name, c.arguments) for c in got.tool_calls] == [
        ("call_0", "f", '{"a": 1}'),
        ("call_1", "g", "{}"),
    ]
    assert len(ear.deltas) == 5
    assert got.usage.prompt_tokens > 0
    assert not got.usage.estimated


async def test_replies_are_used_up() -> None:
    """The error says so, and is not tried again."""
    transport, ear = _scripted({"text": "one", "repeat": 2}), Ear()
    for _ in range(2):
        await _ask(transport, ear)
    with pytest.raises(EndpointError, match="no more replies for assistant") as caught:
        await _ask(transport, ear)
    assert not caught.value.parks
    assert len(ear.failures) == 1


async def test_an_unknown_model() -> None:
    """The stand-in says which models it serves."""
    with pytest.raises(EndpointError, match="serves user, assistant, judge, appeal, not gpt"):
        await _ask(_scripted(), Ear(), "gpt")


async def test_errors_and_cuts_are_survived() -> None:
    """A scripted error and a scripted cut are failed attempts like real ones."""
    ear = Ear()
    transport = _scripted(
        {"status": 500, "error": "boom"}, {"text": "one two", "cut_after": 5}, {"text": "done"}
    )
    assert (await _ask(transport, ear)).text == "done"
    assert [(f.kind, f.status, f.partial) for f in ear.failures] == [
        ("server", 500, ""),
        ("broken_stream", None, "one t"),
    ]
    assert "boom" in ear.failures[0].message


async def test_a_resumed_run_goes_on_where_it_was() -> None:
    """Replies that were given already are not given again."""
    scenario = Scenario.model_validate({"reply": [{"model": "judge", "text": str(n)} for n in range(3)]})
    assert (await _ask(ScriptedTransport(scenario, given={"judge": 2}), Ear(), "judge")).text == "2"


async def test_the_pace_is_kept() -> None:
    """Characters per second and a delay take their time; the pace records it."""
    got = await _ask(_scripted({"text": "word " * 20, "delay_ms": 50}, characters_per_second=500), Ear())
    assert got.first_token_s >= 0.05
    assert got.duration_s >= 0.2
    assert len(got.pace) > 1
    assert all(ms >= 50 for ms, _ in got.pace[:-1])
    assert sum(characters for _, characters in got.pace) == 100


async def test_models_and_whole_replies() -> None:
    """The models are listed, and a request without `stream` gets one object."""
    transport = _scripted(
        {"text": "hi", "reasoning": "hm", "tool_calls": [{"name": "f"}], "finish_reason": "length"}
    )
    async with Client(Target(SCRIPTED_URL, "assistant"), transport=transport) as client:
        assert await client.list_models() == ["user", "assistant", "judge", "appeal"]
    async with httpx.AsyncClient(transport=transport) as http:
        reply = (await http.post(f"{SCRIPTED_URL}/chat/completions", json={"model": "assistant"})).json()
    assert reply["choices"][0]["message"]["content"] == "hi"
    assert reply["choices"][0]["finish_reason"] == "length"
    assert reply["usage"]["total_tokens"] > 0


async def test_cancelling_a_scripted_reply() -> None:
    """A stand-in that is slow can be interrupted like any endpoint."""
    ear = Ear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await _ask(_scripted({"text": "word " * 100}, characters_per_second=50), ear)
    assert ear.kinds == ["cancelled"]
