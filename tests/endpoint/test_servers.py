"""Every kind of server with its oddities: streams become completions, refusals become errors with a hint."""

import json

import pytest
from pydantic import SecretStr

from duologue.endpoint.completion import Completion, Request
from duologue.errors import EndpointError
from duologue.messages import Message, Usage
from duologue.targets import Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.servers.row import KEY, Row
from tests.endpoint.servers.rows import ROWS

STREAMS = [(row, name) for row, each in ROWS.items() for name in each.streams]
FAULTS = [(row, name) for row, each in ROWS.items() for name in each.faults]
LONG = Request([*ASK.messages, Message("user", "a word or two " * 2300)])


@pytest.fixture
def serve(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> "Serve":
    """Puts a row on the wire; the hosts that have a name are reached as through a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", bench.wire.origin)
    return Serve(bench)


class Serve:
    """One row at a time, and completions of it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def ask(self, row: Row, model: str, request: Request = ASK, key: str | None = KEY) -> Completion:
        """The completion of one model."""
        self.bench.wire.choose = row.answer
        origin = f"http://{row.host}" if row.host else self.bench.wire.origin
        secret = None if key is None or row.auth is None else SecretStr(key)
        target = Target(f"{origin}{row.base}", model, secret)
        client = await self.bench.client(target=target)
        return await client.complete(request, self.bench.ear.listener)


@pytest.mark.parametrize(("row", "name"), STREAMS)
async def test_a_stream_of_each_server(serve: Serve, row: str, name: str) -> None:
    """Text, reasoning apart from it, calls, finish reason and usage are right, after a single request."""
    expected = ROWS[row].streams[name]
    got = await serve.ask(ROWS[row], name, LONG if expected.long else ASK)
    assert (got.text, got.reasoning) == (expected.text, expected.reasoning)
    assert [(call.name, json.loads(call.arguments)) for call in got.tool_calls] == list(expected.calls)
    assert len({call.id for call in got.tool_calls}) == len(expected.calls)
    assert (got.finish_reason, got.flags, got.adapted) == (expected.finish, expected.flags, ())
    if expected.usage is None:
        assert got.usage.estimated
    else:
        assert got.usage == Usage(*expected.usage)
    assert len(serve.bench.wire.requests) == 1
    assert serve.bench.ear.failures == []


@pytest.mark.parametrize(("row", "name"), FAULTS)
async def test_a_fault_of_each_server(serve: Serve, row: str, name: str) -> None:
    """Each becomes an error of its kind with a hint, and is tried again only where that may help."""
    expected = ROWS[row].faults[name]
    with pytest.raises(EndpointError) as caught:
        await serve.ask(ROWS[row], name)
    error = caught.value
    assert (error.kind, error.context_tokens) == (expected.kind, expected.tokens)
    assert error.retry_after_s == expected.wait_s
    assert error.hint
    assert expected.says in error.message
    assert KEY not in error.message + error.body
    failures = serve.bench.ear.failures
    assert [failed.partial for failed in failures] == [expected.partial] * len(failures)
    if error.kind == "loading":
        assert len(serve.bench.wire.requests) > 3
    else:
        assert len(serve.bench.wire.requests) == (3 if error.retryable else 1)
    waits = [failed.wait_s for failed in failures[:-1]]
    assert waits == serve.bench.ear.slept
    assert expected.wait_s is None or waits == [expected.wait_s] * 2


@pytest.mark.parametrize("row", [name for name, row in ROWS.items() if row.auth is not None])
async def test_a_wrong_key_at_each_server(serve: Serve, row: str) -> None:
    """It is said once, as a matter of the key, and the key is in no message."""
    with pytest.raises(EndpointError) as caught:
        await serve.ask(ROWS[row], "plain", key="sk-wrong-wrong")
    assert caught.value.kind == "auth"
    assert "key" in (caught.value.hint or "")
    assert "sk-wrong" not in caught.value.message + caught.value.body
    assert len(serve.bench.wire.requests) == 1


@pytest.mark.parametrize("row", ROWS)
async def test_a_wrong_path_at_each_server(serve: Serve, row: str) -> None:
    """A base URL that leads elsewhere is told to be one."""
    serve.bench.wire.choose = ROWS[row].answer
    client = await serve.bench.client(target=Target(f"{serve.bench.wire.origin}/astray", "plain"))
    with pytest.raises(EndpointError) as caught:
        await client.complete(ASK)
    assert caught.value.kind == "not_found"
    assert "/v1" in (caught.value.hint or "")


async def test_what_a_server_adds_to_a_call_is_kept(serve: Serve) -> None:
    """Gemini's signature stays with the call that it came with."""
    got = await serve.ask(ROWS["gemini"], "tools")
    assert [dict(call.extra) for call in got.tool_calls] == [
        {"extra_content": {"google": {"thought_signature": "c2ln"}}},
        {},
    ]
