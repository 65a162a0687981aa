"""Request fields that an endpoint refuses are renamed or dropped, once and for good."""

import json
from typing import Any

import pytest

from duologue.endpoint.completion import Request
from duologue.errors import EndpointError
from duologue.targets import RetryPolicy, Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.wire import Answer, chunked, refusal, said, whole

OK = chunked(said("hi"))


def _refused(parameter: str, status: int = 400) -> Answer:
    return refusal(status, f"Unsupported parameter: '{parameter}'.", param=parameter)


def _bodies(bench: Bench) -> list[dict[str, Any]]:
    return [received.json for received in bench.wire.requests]


@pytest.mark.parametrize("status", [400, 422])
async def test_a_field_is_renamed(bench: Bench, status: int) -> None:
    """max_tokens becomes max_completion_tokens at once, is said to, and stays so for later calls."""
    bench.wire.answers[:] = [_refused("max_tokens", status), OK]
    client = await bench.client(target=Target(bench.wire.url, "m", sampling={"max_tokens": 5}))
    first = await client.complete(ASK, bench.ear.listener)
    second = await client.complete(ASK, bench.ear.listener)
    assert (first.adapted, second.adapted) == (("max_tokens -> max_completion_tokens",), ())
    assert [(f.kind, f.status, f.wait_s) for f in bench.ear.failures] == [("bad_request", status, 0.0)]
    assert bench.ear.slept == []
    asked = [(b.get("max_tokens"), b.get("max_completion_tokens")) for b in _bodies(bench)]
    assert asked == [(5, None), (None, 5), (None, 5)]


async def test_a_field_that_is_refused_under_both_names_is_dropped(bench: Bench) -> None:
    """Renaming does not go round in circles."""
    answers = [_refused("max_tokens"), _refused("max_completion_tokens"), OK]
    got = await bench.ask(*answers, request=Request(ASK.messages, max_tokens=5))
    assert got.adapted == ("max_tokens -> max_completion_tokens", "max_completion_tokens dropped")
    assert not {"max_tokens", "max_completion_tokens"} & set(_bodies(bench)[-1])


@pytest.mark.parametrize("name", ["temperature", "top_p", "seed", "stream_options", "tool_choice", "my_own"])
async def test_a_field_is_dropped(bench: Bench, name: str) -> None:
    """A field without a second name is left out, the person's own fields included."""
    sampling = {name: 1} if name != "stream_options" else {}
    target = Target(bench.wire.url, "m", sampling=sampling)
    got = await bench.ask(_refused(name), OK, target=target, policy=RetryPolicy(attempts=1))
    assert got.adapted == (f"{name} dropped",)
    assert name in _bodies(bench)[0]
    assert name not in _bodies(bench)[1]


async def test_several_fields_are_learnt_one_after_the_other(bench: Bench) -> None:
    """Each refusal names one field; together they cost no attempt of the policy."""
    target = Target(bench.wire.url, "m", sampling={"temperature": 1, "seed": 1, "top_p": 1})
    answers = [_refused("seed"), _refused("top_p"), _refused("temperature"), OK]
    got = await bench.ask(*answers, target=target, policy=RetryPolicy(attempts=1))
    assert len(got.adapted) == 3


async def test_a_word_that_merely_holds_a_fields_name(bench: Bench) -> None:
    """A field of the person's own is taken for refused only where the message names just it."""
    target = Target(bench.wire.url, "m", sampling={"mirostat": 1})
    error = await bench.fail(refusal(400, "bad mirostat_tau"), target=target)
    assert error.kind == "bad_request"
    assert len(bench.wire.requests) == 1


@pytest.mark.parametrize("name", ["messages", "model", "logprobs"])
async def test_a_refusal_that_nothing_can_be_done_about(bench: Bench, name: str) -> None:
    """A field that is needed, or was never sent, leaves the refusal standing after one request."""
    bench.wire.answers[:] = [_refused(name)]
    client = await bench.client()
    with pytest.raises(EndpointError) as caught:
        await client.complete(Request(ASK.messages, tools=[{"type": "function"}]), bench.ear.listener)
    assert (caught.value.kind, caught.value.parameter) == ("bad_request", name)
    assert len(bench.wire.requests) == 1


async def test_an_overflow_is_no_refusal_of_a_field(bench: Bench) -> None:
    """An overflow that mentions max_tokens changes nothing in the request."""
    message = "This model's maximum context length is 8 tokens; lower max_tokens."
    error = await bench.fail(
        refusal(400, message, param="max_tokens"), request=Request(ASK.messages, max_tokens=5)
    )
    assert error.kind == "overflow"
    assert len(bench.wire.requests) == 1


async def test_a_fastapi_refusal_is_understood(bench: Bench) -> None:
    """The place in a 422's finding names the field."""
    finding = {"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}
    got = await bench.ask(whole({"detail": [finding]}, 422), OK)
    assert got.adapted == ("stream_options dropped",)
    assert json.loads(bench.wire.requests[1].body)["stream"] is True
