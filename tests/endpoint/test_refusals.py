"""An endpoint that refuses: every status and every shape of error, and how often it is tried again."""

import time
from email.utils import formatdate
from typing import Any

import pytest
from pydantic import SecretStr

from duologue.endpoint.hints import HINTS
from duologue.errors import RETRYABLE, EndpointError, EndpointFault
from duologue.targets import Clocks, Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.wire import (
    Answer,
    Wire,
    chunked,
    head,
    refusal,
    said,
    whole,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "bad_request"),
        (401, "auth"),
        (402, "payment"),
        (403, "auth"),
        (404, "not_found"),
        (407, "proxy"),
        (408, "timeout"),
        (409, "server"),
        (410, "bad_request"),
        (413, "too_large"),
        (422, "bad_request"),
        (425, "server"),
        (429, "rate"),
        (498, "overload"),
        (500, "server"),
        (502, "server"),
        (503, "overload"),
        (504, "timeout"),
        (529, "overload"),
        (599, "server"),
    ],
)
async def test_each_status_has_its_kind(bench: Bench, status: int, kind: str) -> None:
    """A status decides the kind, and the kind alone decides whether there is another attempt."""
    error = await bench.fail(refusal(status, "just so"))
    assert (error.kind, error.status) == (kind, status)
    assert error.retryable == (error.kind in RETRYABLE)
    assert len(bench.wire.requests) == (3 if error.retryable else 1)
    assert [f.status for f in bench.ear.failures] == [status] * len(bench.wire.requests)
    assert error.hint == HINTS[error.kind]
    assert bench.ear.failures[-1].wait_s is None
    assert bench.ear.failures[-1].usage.total_tokens == 0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(429, "You exceeded your current quota", code="insufficient_quota"), "quota"),
        (refusal(429, "quota", type="insufficient_quota", code=None), "quota"),
        (refusal(503, "Loading model", type="unavailable_error", code=503), "loading"),
        (refusal(503, "server busy, please try again.  maximum pending requests exceeded"), "overload"),
        (refusal(500, "Server is overloaded"), "overload"),
        (whole({"object": "error", "message": "gone", "code": 404}, 404), "not_found"),
        (whole([{"error": {"code": 429, "message": "slow down", "status": "X"}}], 429), "rate"),
        (whole({"detail": "Not authenticated"}, 403), "auth"),
        (whole({"error": "the key is wrong"}, 401), "auth"),
    ],
)
async def test_a_body_refines_its_status(bench: Bench, answer: Answer, kind: str) -> None:
    """Quota is told from rate, loading from overload, in each shape that an error body has."""
    assert (await bench.fail(answer)).kind == kind


def _openai(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


OVERFLOWS: list[tuple[int, Any, int | None]] = [
    (400, _openai("This model's maximum context length is 8192 tokens. However,", code=None), 8192),
    (400, _openai("too long", code="context_length_exceeded"), None),
    (400, _openai("the request exceeds it", code=400, type="exceed_context_size_error", n_ctx=4096), 4096),
    (400, _openai("the request exceeds the available context size, try increasing it"), None),
    (500, _openai("Requested tokens (2100) exceed context window of 2048"), 2048),
    (400, {"object": "error", "message": "longer than the model's context length (4096 tokens)"}, 4096),
    (422, {"error": "`inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000"}, 4097),
    (400, _openai("Please reduce the length of the messages or completion."), None),
    (413, _openai("Please reduce the length of the messages"), None),
    (400, [_openai("The input token count (9) exceeds the maximum number of tokens allowed (8).")], 8),
    (400, _openai("prompt is too long: 200001 tokens > 200000 maximum"), 200000),
    (400, {"message": "Prompt contains 40000 tokens, for model with 32768 maximum context length"}, 32768),
    (200, {"error": "Trying to keep the first 5 tokens when context the overflows"}, None),
    (200, {"error": "the context overflows: context length of only 4096 tokens"}, 4096),
]


@pytest.mark.parametrize(("status", "body", "tokens"), OVERFLOWS)
async def test_a_context_overflow_is_known_in_all_its_wordings(
    bench: Bench, status: int, body: Any, tokens: int | None
) -> None:
    """Every server says it differently; none of them is asked again."""
    error = await bench.fail(whole(body, status))
    assert (error.kind, error.context_tokens) == ("overflow", tokens)
    assert len(bench.wire.requests) == 1


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"error": {"message": "no", "param": "top_p"}}, "top_p"),
        ({"error": {"message": "no", "param": "response_format.type"}}, "response_format"),
        ({"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs", "type": "extra_forbidden"}]}, "seed"),
        ({"error": {"message": "Unrecognized request argument supplied: logit_bias"}}, "logit_bias"),
        ({"error": "'response_format.type' must be 'json_schema' or 'text'"}, "response_format"),
        ({"error": {"message": "Use 'max_completion_tokens', not max_tokens"}}, "max_completion_tokens"),
        ({"error": {"message": "no such luck"}}, None),
    ],
)
async def test_a_refusal_names_its_parameter(bench: Bench, body: Any, parameter: str | None) -> None:
    """A 400 or 422 says which field it is about, in a field of its own or in words."""
    error = await bench.fail(whole(body, 422))
    assert (error.kind, error.parameter) == ("bad_request", parameter)


async def test_a_key_is_in_no_message(bench: Bench) -> None:
    """A server that echoes the key does not get it shown."""
    target = Target(bench.wire.url, "m", api_key=SecretStr("sk-secret"))
    error = await bench.fail(refusal(401, "Incorrect API key provided: sk-secret."), target=target)
    assert "sk-secret" in bench.wire.requests[0].head
    assert "sk-secret" not in error.message + error.body + bench.ear.failures[0].message
    assert error.hint


@pytest.mark.parametrize("room", [300, 4096])
async def test_no_half_of_a_key_is_left_where_a_message_is_cut(bench: Bench, room: int) -> None:
    """A key that a server echoes just where its message is shortened is gone as a whole."""
    target = Target(bench.wire.url, "m", api_key=SecretStr("sk-secret-secret-secret"))
    for filler in range(room - 60, room, 5):
        error = await bench.fail(refusal(401, "x" * filler + " sk-secret-secret-secret"), target=target)
        assert "sk-s" not in error.message + error.body


def test_every_kind_of_fault_has_a_hint() -> None:
    """Whatever goes wrong, the person is told what to do."""
    assert set(HINTS) == set(EndpointFault.__args__)


async def test_a_wait_in_the_body_is_obeyed(bench: Bench) -> None:
    """Gemini speaks of quota and billing with every rate limit, and names the wait in its details."""
    message = "You exceeded your current quota, please check your plan and billing details."
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36.5s"}
    error = {"code": 429, "message": message, "status": "RESOURCE_EXHAUSTED", "details": [delay]}
    await bench.ask(whole([{"error": error}], 429), chunked(said("hi")))
    assert bench.ear.kinds == ["rate"]
    assert bench.ear.slept == [36.5]


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "0.5"}, 0.5),
        ({"retry_after_ms": "1500", "Retry_After": "9"}, 1.5),
        ({"retry_after_ms": "NaN", "Retry_After": "9"}, 9.0),
        ({"Retry_After": "NaN"}, None),
        ({"Retry_After": "inf"}, None),
        ({"Retry_After": "-3"}, None),
        ({"Retry_After": "1e9"}, None),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "99 Foo 9999 99:99:99 GMT"}, None),
        ({}, None),
    ],
)
async def test_retry_after_is_obeyed_when_it_makes_sense(
    bench: Bench, headers: dict[str, str], wait_s: float | None
) -> None:
    """Seconds and milliseconds are waited for; NaN, negative and absurd values give way to the back-off."""
    await bench.ask(whole({"error": "slow"}, 429, **headers), chunked(said("hi")))
    [slept] = bench.ear.slept
    assert bench.ear.failures[0].wait_s == slept
    assert slept == wait_s if wait_s is not None else 0 <= slept <= 1


async def test_retry_after_as_a_date(bench: Bench) -> None:
    """A date is waited for."""
    later = formatdate(time.time() + 30, usegmt=True)
    await bench.ask(whole({"error": "slow"}, 429, Retry_After=later), chunked(said("hi")))
    assert 27 < bench.ear.slept[0] <= 31


@pytest.mark.parametrize("left", [None, 3600.0])
async def test_retry_after_of_a_day_parks(bench: Bench, left: float | None) -> None:
    """A wait beyond what is left of the time is not begun: the error says that the run should park."""
    bench.wire.answers[:] = [whole({"error": "slow"}, 429, Retry_After="86400")]
    client = await bench.client()
    with pytest.raises(EndpointError) as caught:
        await client.complete(ASK, time_left_s=left)
    assert caught.value.parks
    assert caught.value.retry_after_s == 86400
    assert (caught.value.hint or "").startswith("It asks to be left alone for 24 hours.")
    assert (len(bench.wire.requests), bench.ear.slept) == (1, [])


async def test_a_page_of_html_is_clipped(bench: Bench) -> None:
    """A 502 with a page says its title, and at most 4 KiB of it are kept."""
    page = b"<html><head><title>502 Bad Gateway</title></head>" + b"<p>x</p>" * 4000
    error = await bench.fail(whole(page, 502, "text/html"))
    assert "502 Bad Gateway" in error.message
    assert "<" not in error.message
    assert len(error.body.encode()) == 4096


@pytest.mark.parametrize("end", ["hang", "reset", "close"])
async def test_an_error_whose_body_never_comes(bench: Bench, end: Any) -> None:
    """The status says enough: the fault is what it is, and nobody waits for the rest."""
    answer = Answer([head(401, Content_Length="100") + b'{"error":'], end)
    error = await bench.fail(answer, clocks=Clocks(idle_s=0.2))
    assert (error.kind, error.status) == ("auth", 401)
    assert len(bench.wire.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused(bench: Bench, status: int) -> None:
    """The server that a redirect points to sees nothing, neither prompt nor key."""
    async with Wire([chunked(said("got you"))]) as elsewhere:
        target = Target(bench.wire.url, "m", api_key=SecretStr("sk-secret"))
        error = await bench.fail(whole(b"", status, Location=f"{elsewhere.url}/x"), target=target)
        assert (elsewhere.connections, elsewhere.requests) == (0, [])
    assert (error.kind, error.status) == ("redirect", status)
    assert len(bench.wire.requests) == 1


async def test_a_model_that_loads_is_waited_for(bench: Bench) -> None:
    """Twelve times "loading", more often than the policy has attempts, and then the answer."""
    loading = refusal(503, "Loading model", type="unavailable_error", code=503)
    got = await bench.ask(*[loading] * 12, chunked(said("hi")))
    assert got.text == "hi"
    assert bench.ear.kinds == ["loading"] * 12
