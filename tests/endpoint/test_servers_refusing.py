"""What a server refuses of a request is put another way, once, and the answer comes all the same."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from duologue.endpoint.client import Client
from duologue.endpoint.completion import Request
from duologue.errors import EndpointError
from duologue.messages import Message, ToolCall
from duologue.targets import Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.servers.row import KEY, Row
from tests.endpoint.servers.rows import ROWS
from tests.endpoint.test_servers import Serve, serve

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
    ("row", "model", "request_", "kind", "times"),
    [
        ("vllm", "no-tools", Request(ASK.messages, tools=[F]), "bad_request", 1),
        ("llama_cpp", "no-jinja", Request(ASK.messages, tools=[F]), "server", 3),
    ],
)
async def test_a_refusal_of_what_is_needed_stands(
    serve: Serve, row: str, model: str, request_: Request, kind: str, times: int
) -> None:
    """Tools that were offered are not dropped in silence: the server's own words say what to switch on."""
    client = await _client(serve.bench, ROWS[row], model, {})
    with pytest.raises(EndpointError) as caught:
        await client.complete(request_, serve.bench.ear.listener)
    assert caught.value.kind == kind
    assert "--" in caught.value.message
    assert len(serve.bench.wire.requests) == times


async def test_a_signature_goes_back_as_it_came(serve: Serve) -> None:
    """Gemini takes its own call back, with its result, at the first try."""
    client = await _client(serve.bench, ROWS["gemini"], "plain", {})
    got = await client.complete(Request(CALLED), serve.bench.ear.listener)
    assert (got.text, got.adapted, len(serve.bench.wire.requests)) == ("Hello", (), 1)
