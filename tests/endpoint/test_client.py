"""Whole completions: what is sent, what comes back, and over which connection."""

import asyncio
import json

import pytest
from pydantic import SecretStr

from duologue import __version__
from duologue.endpoint.client import Client
from duologue.endpoint.completion import Listener, Request
from duologue.errors import ConfigError, EndpointError
from duologue.messages import Message, Usage
from duologue.targets import Clocks, Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.wire import (
    DONE,
    USAGE,
    Answer,
    Wire,
    chunked,
    delta,
    event,
    finish,
    head,
    refusal,
    said,
    stream,
    whole,
)


async def test_a_stream_becomes_a_completion(bench: Bench) -> None:
    """Text, model, finish reason and usage come from the stream; each piece is told of as it arrives."""
    got = await bench.ask(chunked(delta(role="assistant"), *[said("Hel", "lo")]))
    assert (got.text, got.model, got.finish_reason) == ("Hello", "served", "stop")
    assert got.usage == Usage(7, 3)
    assert got.flags == got.adapted == ()
    assert "".join(d.text for d in bench.ear.deltas) == "Hello"
    assert {d.attempt for d in bench.ear.deltas} == {got.attempt}
    assert sum(characters for _, characters in got.pace) == 5
    assert 0 < got.first_token_s <= got.duration_s


async def test_a_model_that_is_not_there_is_told_with_the_one_that_was_meant(bench: Bench) -> None:
    """Where the endpoint has listed its models, and to no other fault."""
    target = Target(bench.wire.url, "tiny-modle")
    for status, told in ((404, True), (400, False)):
        fault = await bench.fail(refusal(status), target=target, listed=["tiny-model"])
        assert ("Did you mean --model tiny-model?" in str(fault.hint)) == told


async def test_messages_are_sent_as_the_bytes_they_were_encoded_to(bench: Bench) -> None:
    """The body holds each message's own bytes, and the fields that the target and the request ask for."""
    request = Request(ASK.messages, schema={"type": "object"}, tools=[{"type": "function"}], max_tokens=9)
    target = Target(bench.wire.url, "m", sampling={"temperature": 0.5, "top_k": 4, "max_tokens": 99})
    await bench.ask(chunked(said("hi")), request=request, target=target)
    [received] = bench.wire.requests
    assert b",".join(message.encoded for message in ASK.messages) in received.body
    body = received.json
    assert [m["role"] for m in body.pop("messages")] == ["system", "user"]
    assert body == {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "top_k": 4,
        "max_tokens": 9,
        "tools": [{"type": "function"}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}},
        },
    }


async def test_the_headers_of_a_request(bench: Bench) -> None:
    """The key goes out as a bearer token, compression is declined, the program names itself."""
    target = Target(bench.wire.url + "/", "m", api_key=SecretStr("sk-1"))
    await bench.ask(chunked(said("hi")), target=target)
    lines = bench.wire.requests[0].head.lower().split("\r\n")
    assert lines[0] == "post /v1/chat/completions http/1.1"
    assert "authorization: bearer sk-1" in lines
    assert "accept-encoding: identity" in lines
    assert f"user-agent: duologue/{__version__}" in lines


@pytest.mark.parametrize(
    ("host", "key", "sent"),
    [
        ("res.openai.azure.com", "0123abcd", "api-key: 0123abcd"),
        ("res.services.ai.azure.com", "0123abcd", "api-key: 0123abcd"),
        ("res.openai.azure.com", "eyJ0.eyJ1.sig", "authorization: bearer eyj0.eyj1.sig"),
        ("notazure.com", "0123abcd", "authorization: bearer 0123abcd"),
    ],
)
async def test_azure_gets_its_key_in_its_own_header(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, host: str, key: str, sent: str
) -> None:
    """A key for a host of Azure goes out as `api-key`, a token of Entra as a bearer token; never both."""
    monkeypatch.setenv("HTTP_PROXY", bench.wire.origin)
    target = Target(f"http://{host}/openai/v1", "m", api_key=SecretStr(key))
    await bench.ask(chunked(said("hi")), target=target)
    lines = bench.wire.requests[0].head.lower().split("\r\n")
    assert lines[0] == f"post http://{host}/openai/v1/chat/completions http/1.1"
    assert [line for line in lines if line.startswith(("authorization", "api-key"))] == [sent]


async def test_no_key_sends_no_authorization(bench: Bench) -> None:
    """Without a key there is no Authorization header, whatever ~/.netrc or the URL says."""
    await bench.ask(chunked(said("hi")))
    assert "authorization" not in bench.wire.requests[0].head.lower()


async def test_a_user_and_password_in_the_url(bench: Bench) -> None:
    """A server behind basic authentication gets what the URL holds; errors name the origin without it."""
    url = bench.wire.url.replace("//", "//me:p%40ss@")
    error = await bench.fail(refusal(401), target=Target(url, "m"))
    assert "authorization: basic bwu6cebzcw==" in bench.wire.requests[0].head.lower()
    assert bench.wire.origin in error.message


async def test_cookies_are_not_kept(bench: Bench) -> None:
    """What a server sets is not sent back: calls of one client have no state in common."""
    bench.wire.answers[:] = [whole({"data": []}, Set_Cookie="a=b")]
    client = await bench.client()
    for _ in range(2):
        await client.list_models()
    assert "cookie" not in bench.wire.requests[1].head.lower()


async def test_the_connection_is_kept_alive(bench: Bench) -> None:
    """Several completions of one client share one connection."""
    bench.wire.answers[:] = [chunked(said("hi"))]
    client = await bench.client()
    for _ in range(5):
        await client.complete(ASK)
    assert (bench.wire.connections, len(bench.wire.requests)) == (1, 5)


async def test_a_server_that_closes_after_each_reply_costs_no_attempt(bench: Bench) -> None:
    """llama.cpp announces keep-alive and closes: the dead connection is replaced at once, uncounted."""
    dead = Answer([], "close")
    bench.wire.answers[:] = [chunked(said("one")), dead, dead, chunked(said("two"))]
    client = await bench.client()
    await client.complete(ASK)
    got = await client.complete(ASK, bench.ear.listener)
    assert got.text == "two"
    assert [(f.kind, f.wait_s, f.usage.total_tokens) for f in bench.ear.failures] == [
        ("connection", 0.0, 0)
    ] * 2
    assert bench.ear.slept == []


async def test_dead_connections_are_replaced_twice_an_attempt_and_no_more(bench: Bench) -> None:
    """A server that only ever closes is given up after the policy's attempts."""
    bench.wire.answers[:] = [chunked(said("one")), Answer([], "close")]
    client = await bench.client()
    await client.complete(ASK)
    with pytest.raises(EndpointError) as caught:
        await client.complete(ASK, bench.ear.listener)
    assert caught.value.kind == "connection"
    assert len(bench.wire.requests) == 1 + 3 * 3
    assert len(bench.ear.slept) == 2


async def test_a_first_connection_that_dies_is_a_counted_attempt(bench: Bench) -> None:
    """Where nothing was pooled, a connection that dies before the answer counts."""
    error = await bench.fail(Answer([], "reset"))
    assert error.kind == "connection"
    assert len(bench.wire.requests) == 3


async def test_a_server_that_ignores_stream(bench: Bench) -> None:
    """One JSON object is a completion too, reasoning, calls and usage included."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}
    message = {"content": "Hello", "reasoning_content": "hm", "tool_calls": [call]}
    reply = {
        "model": "served",
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
    }
    got = await bench.ask(whole(b" \n\n " + json.dumps(reply).encode()))
    assert (got.text, got.reasoning, got.usage) == ("Hello", "hm", Usage(5, 2, 4))
    assert [(c.id, c.name, json.loads(c.arguments)) for c in got.tool_calls] == [("c1", "f", {"a": 1})]


async def test_the_clocks_end_with_the_reply(bench: Bench) -> None:
    """No clock runs on after a reply, whichever way it came."""
    body = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
    bench.wire.answers[:] = [whole(body), chunked(said("hi"))]
    client = await bench.client(clocks=Clocks(first_token_s=0.1, idle_s=0.1, total_s=0.1))
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: failures.append(context))
    for _ in range(2):
        assert (await client.complete(ASK)).text == "hi"
    await asyncio.sleep(0.25)
    assert failures == []


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_any_success_is_a_success(bench: Bench, status: int) -> None:
    """Gateways that answer 201 or 202 are understood."""
    body = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
    assert (await bench.ask(whole(body, status))).text == "hi"


async def test_usage_is_estimated_where_the_server_counts_nothing(bench: Bench) -> None:
    """Without usage, or with zeros, four characters are a token, and the completion says so."""
    zeros = event({"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0}})
    got = await bench.ask(stream(delta(content="x" * 40), finish(), zeros))
    assert got.flags == ("no-usage",)
    assert got.usage == Usage(-(-len(bench.wire.requests[0].body) // 4), 10, estimated=True)


async def test_a_prompt_that_the_server_cut_is_flagged(bench: Bench) -> None:
    """A prompt count far below what was sent means that messages were dropped in silence."""
    long = Request([Message("user", "many words here " * 1000)])
    got = await bench.ask(chunked(said("hi")), request=long)
    assert got.flags == ("prompt-cut",)


async def test_cancelling_reports_what_had_arrived(bench: Bench) -> None:
    """A cancelled attempt is reported with its partial text and an estimate, and cancellation goes on."""
    bench.wire.answers[:] = [stream(delta(content="half a "), end="hang")]
    client = await bench.client()
    begun = asyncio.Event()
    listener = Listener(lambda delta: begun.set(), bench.ear.failures.append)
    task = asyncio.create_task(client.complete(ASK, listener))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    [failed] = bench.ear.failures
    assert (failed.kind, failed.partial, failed.wait_s) == ("cancelled", "half a ", None)
    assert failed.usage.estimated
    assert failed.usage.completion_tokens == 2
    assert failed.usage.prompt_tokens > 0


@pytest.mark.parametrize("raised", [OSError("disk full"), TimeoutError(), UnicodeError()])
async def test_a_listener_that_raises(bench: Bench, raised: Exception) -> None:
    """What a listener raises is no fault of the endpoint: it comes out as it is, after one request."""

    def on_delta(delta: object) -> None:
        raise raised

    bench.wire.answers[:] = [chunked(said("hi"))]
    client = await bench.client()
    with pytest.raises(type(raised)) as caught:
        await client.complete(ASK, Listener(on_delta))
    assert caught.value is raised
    assert len(bench.wire.requests) == 1


async def test_a_stream_that_stays_open_after_its_end(bench: Bench) -> None:
    """After [DONE] nobody waits for the server to close."""
    async with asyncio.timeout(2):
        got = await bench.ask(stream(said("hi"), end="hang"))
    assert got.text == "hi"


async def test_a_connection_that_breaks_after_the_finish_reason(bench: Bench) -> None:
    """A reply is whole once it is finished, however its connection ends."""
    got = await bench.ask(stream(delta(content="hi"), finish(), 0.05, end="reset"))
    assert (got.text, got.flags) == ("hi", ("no-usage",))


async def test_tool_calls_without_a_finish_reason(bench: Bench) -> None:
    """Whole calls followed by [DONE] are a completion even where the finish reason stays null."""
    call = {"id": "a", "function": {"name": "f", "arguments": "{}"}}
    got = await bench.ask(stream(delta(tool_calls=[call]), USAGE, DONE))
    assert [c.name for c in got.tool_calls] == ["f"]
    assert got.finish_reason is None


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"data": [{"id": "a"}, {"id": "b"}]}, ["a", "b"]),
        ({"models": [{"name": "a"}]}, ["a"]),
        ({"data": []}, []),
    ],
)
async def test_models_are_listed(bench: Bench, body: object, ids: list[str]) -> None:
    """The ids of the models come in the server's order."""
    bench.wire.answers[:] = [whole(body)]
    assert await (await bench.client()).list_models() == ids
    assert bench.wire.requests[0].head.startswith("GET /v1/models ")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(401), "auth"),
        (refusal(500), "server"),
        (whole(b"<html>hi</html>"), "bad_reply"),
        (whole({"error": "no"}), "server"),
        (Answer([head()[:20]], "close"), "connection"),
    ],
)
async def test_listing_models_is_tried_once(bench: Bench, answer: Answer, kind: str) -> None:
    """A failure to list models is an EndpointError at once."""
    bench.wire.answers[:] = [answer]
    with pytest.raises(EndpointError) as caught:
        await (await bench.client()).list_models()
    assert caught.value.kind == kind
    assert len(bench.wire.requests) == 1


@pytest.mark.parametrize("url", ["localhost:8080/v1", "ftp://x/v1", "http://", "", "http://xn--a/v1"])
def test_a_base_url_that_cannot_work(url: str) -> None:
    """A base URL that no request can go to is the person's to mend."""
    with pytest.raises(ConfigError):
        Client(Target(url, "m"))


@pytest.mark.parametrize("key", ["sk 1", "sk-1\n", "schlüssel"])
def test_a_key_that_cannot_be_sent(key: str) -> None:
    """A key that no header can carry is refused without being shown."""
    with pytest.raises(ConfigError) as caught:
        Client(Target("http://x/v1", "m", api_key=SecretStr(key)))
    assert key not in str(caught.value)


async def test_sixty_four_conversations_at_once() -> None:
    """Clients are cheap to make and do not disturb each other."""
    async with Wire([chunked(said("hi"))]) as wire:

        async def talk() -> str:
            async with Client(Target(wire.url, "m")) as client:
                return (await client.complete(ASK)).text

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(talk()) for _ in range(64)]
        assert {task.result() for task in tasks} == {"hi"}
        assert len(wire.requests) == 64
