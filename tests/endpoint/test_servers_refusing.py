"""What a server refuses of a request is put another way, once, and the answer comes all the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from duologue.endpoint.client import Client
from duologue.endpoint.completion import Request
from duologue.messages import Message, ToolCall
from duologue.targets import Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.servers.row import KEY, Row
from tests.endpoint.servers.rows import ROWS
from tests.endpoint.test_servers import Serve, serve
from tests.endpoint.wire import refusal, whole

__all__ = ["serve"]

F = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = ToolCall("call_00_abc", "f", '{"a": 1}', {"extra_content": {"google": {"thought_signature": "c2ln"}}})
CALLED = [*ASK.messages, Message("assistant", "", [CALL]), Message("tool", "1", tool_call_id=CALL.id)]
TWO_SYSTEMS = Request([Message("system", "One."), Message("system", "Two."), Message("user", "Go.")])
AFTER_TOOL = Request([*CALLED, Message("user", "And now?")])


@dataclass(frozen=True)
class Case:
    """A request with something in it that the model of that row refuses; `least` is how many refusals it
    takes to find out, none where history is sent in a form that all take."""

    row: str
    model: str
    sampling: dict[str, Any] = field(default_factory=dict)
    request: Request = ASK
    least: int = 1


CASES = [
    Case("openai", "reasoning", {"max_tokens": 9, "temperature": 0.5, "top_p": 0.9}, least=3),
    Case("openai", "no-system"),
    Case("azure", "old gateway", {"max_completion_tokens": 9}),
    Case("openrouter", "plain", {"max_completion_tokens": 9}),
    Case("openrouter", "one-system", request=TWO_SYSTEMS, least=0),
    Case("vllm", "mistral", request=AFTER_TOOL),
    Case("mistral", "plain", request=Request(CALLED)),
    Case("mistral", "plain", request=AFTER_TOOL, least=2),
    Case("mistral", "strict", {"seed": 5}),
    Case("transformers_serve", "strict", {"top_k": 4}),
    Case("deepseek", "reasoner", {"tool_choice": "required"}, Request(ASK.messages, tools=[F])),
    Case("deepseek", "reasoner", request=Request(CALLED)),
    Case("anthropic", "plain", {"temperature": 1.5}),
    Case("lm_studio", "plain", {"response_format": {"type": "json_object"}}),
]


async def _client(bench: Bench, row: Row, model: str, sampling: dict[str, Any]) -> Client:
    bench.wire.choose = row.answer
    origin = f"http://{row.host}" if row.host else bench.wire.origin
    key = SecretStr(KEY) if row.auth else None
    return await bench.client(target=Target(f"{origin}{row.base}", model, key, sampling=sampling))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.row} {case.model}")
async def test_a_refusal_is_learnt_from(serve: Serve, case: Case) -> None:
    """Each refusal costs one request, once: the second call knows, and none of it was waited for."""
    bench = serve.bench
    client = await _client(bench, ROWS[case.row], case.model, case.sampling)
    first = await client.complete(case.request, bench.ear.listener)
    refused = len(bench.wire.requests) - 1
    assert first.text == "Hello"
    assert case.least <= refused <= 4
    assert len(first.adapted) == refused
    assert bench.ear.slept == []
    second = await client.complete(case.request, bench.ear.listener)
    assert (second.text, second.adapted) == ("Hello", ())
    assert len(bench.wire.requests) == refused + 2


@pytest.mark.parametrize(
    ("row", "model"),
    [
        ("vllm", "no-tools"),
        ("llama_cpp", "no-jinja"),
        ("ollama", "no-tools"),
        ("lm_studio", "no-tools"),
        ("transformers_serve", "no-tools"),
        ("openrouter", "no-tools"),
    ],
)
@pytest.mark.parametrize("messages", [ASK.messages, CALLED], ids=["offered", "called before"])
async def test_tools_that_are_refused_are_dropped(
    serve: Serve, row: str, model: str, messages: Sequence[Message]
) -> None:
    """One request more, once, and nothing is waited for; what a call brought before is told in words."""
    client = await _client(serve.bench, ROWS[row], model, {"tool_choice": "auto"})
    offered = Request(messages, tools=[F])
    first = await client.complete(offered, serve.bench.ear.listener)
    second = await client.complete(offered, serve.bench.ear.listener)
    assert (first.text, first.adapted, second.adapted) == ("Hello", ("tools dropped",), ())
    sent = [request.json for request in serve.bench.wire.requests]
    assert ["tools" in body for body in sent] == [True, False, False]
    assert "tool_choice" not in sent[1]
    assert not any(said["role"] == "tool" or "tool_calls" in said for said in sent[1]["messages"])
    assert serve.bench.ear.slept == []


async def test_a_structured_answer_does_without_tools(serve: Serve) -> None:
    """Where tools are refused, an answer that would be a tool's call moves down to the prompt; what was
    learnt of one request does not spoil the other."""
    answers = {
        "response_format": refusal(400, "response_format is not supported"),
        "tools": refusal(400, "this model does not support tools"),
    }
    done = whole({"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]})
    wire = serve.bench.wire
    wire.choose = lambda got: next((answer for name, answer in answers.items() if name in got.json), done)
    client = await serve.bench.client()
    for request, adapted in (
        (Request(ASK.messages, tools=[F]), ("tools dropped",)),
        (
            Request(ASK.messages, schema={"type": "object"}),
            tuple(
                f"response_format json_schema -> {form}" for form in ("json_object", "tool call", "prompt")
            ),
        ),
        (Request(ASK.messages, tools=[F]), ()),
        (Request(ASK.messages, schema={"type": "object"}), ()),
    ):
        assert (await client.complete(request)).adapted == adapted
    assert len(wire.requests) == 4 + 4


@pytest.mark.parametrize(
    "message",
    [
        "Failed to call a function. Please adjust your prompt.",
        "An assistant message with 'tool_calls' must be followed by tool messages",
        "Tool choice is required, but model did not call a tool",
    ],
)
async def test_a_refusal_that_speaks_of_calls_drops_no_tools(bench: Bench, message: str) -> None:
    """What went wrong with one call says nothing of tools as such."""
    error = await bench.fail(refusal(400, message), request=Request(ASK.messages, tools=[F]))
    assert (error.kind, len(bench.wire.requests)) == ("bad_request", 1)


async def test_a_signature_goes_back_as_it_came(serve: Serve) -> None:
    """Gemini takes its own call back, with its result, at the first try."""
    client = await _client(serve.bench, ROWS["gemini"], "plain", {})
    got = await client.complete(Request(CALLED), serve.bench.ear.listener)
    assert (got.text, got.adapted, len(serve.bench.wire.requests)) == ("Hello", (), 1)
