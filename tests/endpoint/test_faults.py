"""A 200 that goes wrong: each fault made to happen, its kind, and how often it is tried again."""

import asyncio
import gzip
from random import Random
from string import ascii_lowercase
from typing import Any

import pytest

from duologue.endpoint.completion import Request
from duologue.endpoint.hints import HINTS
from duologue.messages import Message
from duologue.targets import Clocks, RetryPolicy
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.wire import (
    DONE,
    USAGE,
    Answer,
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

QUICK = Clocks(connect_s=1, first_token_s=0.3, idle_s=0.3, total_s=0.6)


NO_COMPLETIONS = [b"<html>hi</html>", b'"hello"', b"[]", b"[1]", b'{"a": 1}', b"{broken", b"plain"]


@pytest.mark.parametrize("body", NO_COMPLETIONS)
async def test_a_200_that_is_no_completion(bench: Bench, body: bytes) -> None:
    """HTML, a bare string or unrelated JSON in a 200 is a typed error, and tried again."""
    error = await bench.fail(whole(body))
    assert error.kind in ("bad_reply", "empty")
    assert len(bench.wire.requests) == 3


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"message": "slow", "code": 429}}, "rate"),
        ({"error": {"message": "slow", "code": "429"}}, "rate"),
        ({"error": {"message": "no", "code": "insufficient_quota"}}, "quota"),
        ({"error": {"message": "no", "type": "invalid_request_error", "code": None}}, "bad_request"),
        ({"error": {"message": "busy", "type": "overloaded_error"}}, "overload"),
        ({"error": {"message": "key", "code": "invalid_api_key"}}, "auth"),
        ({"error": "it broke"}, "server"),
        ({"error": {"message": "upstream", "code": 502}, "choices": []}, "server"),
        ({"object": "error", "message": "bad", "code": 400}, "bad_request"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_an_error_inside_a_200(bench: Bench, body: Any, kind: str, streamed: bool) -> None:
    """It is judged by its inner code, alone in the body or in the middle of a stream."""
    answer = stream(delta(content="Hel"), event(body), DONE) if streamed else whole(body)
    error = await bench.fail(answer)
    assert (error.kind, error.status) == (kind, 200)
    assert len(bench.wire.requests) == (3 if error.retryable else 1)
    assert bench.ear.failures[0].partial == ("Hel" if streamed else "")


async def test_an_error_event_that_does_not_parse(bench: Bench) -> None:
    """A hand-built error with a quote in it is still an error that says something."""
    error = await bench.fail(stream(delta(content="a"), b'data: {"error": "bad "thing" happened"}\n\n'))
    assert error.kind == "server"
    assert 'bad "thing" happened' in error.message


@pytest.mark.parametrize("choices", [[], None])
async def test_empty_and_null_choices(bench: Bench, choices: Any) -> None:
    """A stream of nothing but empty choices is empty, and tried again."""
    error = await bench.fail(stream(event({"choices": choices}), DONE))
    assert error.kind == "empty"
    assert len(bench.wire.requests) == 3


@pytest.mark.parametrize("body", [b"", b"\n\n", b": hi\n\n", b"data: [DONE]\n\n", delta(role="assistant")])
async def test_an_empty_200(bench: Bench, body: bytes) -> None:
    """A 200 in which nothing is said is empty."""
    assert (await bench.fail(stream(body))).kind == "empty"


@pytest.mark.parametrize("content", [b"\0", b"\n", b'{"a":"' + b"x" * 60, b": comment\n"])
async def test_a_gzip_bomb_stops_at_the_cap(bench: Bench, content: bytes) -> None:
    """What unpacks to more than the cap is stopped there, and not asked for again."""
    bomb = gzip.compress(content * (2**24 // len(content)))
    error = await bench.fail(whole(bomb, Content_Encoding="gzip"), max_reply_bytes=2**20)
    assert error.kind == "too_large"
    assert error.hint == HINTS["bad_reply"]  # and not that less should be given
    assert len(bench.wire.requests) == 1


async def test_a_compressed_stream_is_read_all_the_same(bench: Bench) -> None:
    """A server that compresses although it was asked not to is understood."""
    got = await bench.ask(
        whole(gzip.compress(said("Hel", "lo")), content_type="text/event-stream", Content_Encoding="gzip")
    )
    assert got.text == "Hello"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip"])
async def test_a_body_that_cannot_be_decoded(bench: Bench, encoding: str) -> None:
    """An encoding that is unknown or a lie is a bad reply."""
    assert (await bench.fail(whole(b"\x01\x02\x03", Content_Encoding=encoding))).kind == "bad_reply"


@pytest.mark.parametrize(
    ("parts", "clock"),
    [
        ([], "first token"),
        ([head()], "first token"),
        ([head(), *[b": keep-alive\n\n", 0.05] * 40], "first token"),
        ([head(), delta(content="a")], "idle"),
        ([head(), delta(content="a"), *[delta(content=""), b": ping\n\n", 0.05] * 40], "idle"),
        ([head(), *[delta(content="a"), 0.05] * 40], "total"),
        ([head(), delta(content="a"), b"data: ", *[b" ", 0.05] * 40], "idle"),
        (["H", 0.05, "T", 0.05, *["T", 0.05] * 40], "first token"),
    ],
)
async def test_a_slow_server_is_ended_by_a_clock(bench: Bench, parts: list[Any], clock: str) -> None:
    """The message says which clock ran out; keep-alives and empty deltas hold none of them up."""
    sent = [part.encode() if isinstance(part, str) else part for part in parts]
    error = await bench.fail(Answer(sent, "hang"), clocks=QUICK, policy=RetryPolicy(attempts=1))
    assert error.kind == "timeout"
    assert f"the {clock} clock" in error.message
    assert len(bench.wire.requests) == 1


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_stream_that_breaks_off(bench: Bench, end: Any) -> None:
    """A clean end and a reset in mid-text are the same broken stream; another attempt starts afresh."""
    broken = stream(delta(content="Hel"), 0.05, end=end)
    got = await bench.ask(broken, chunked(said("Hello")))
    assert got.text == "Hello"
    [failed] = bench.ear.failures
    assert (failed.kind, failed.partial) == ("broken_stream", "Hel")
    assert failed.usage.estimated
    assert failed.usage.completion_tokens == 1
    assert failed.attempt != got.attempt


async def test_done_alone_is_no_success(bench: Bench) -> None:
    """[DONE] without a finish reason is a broken stream."""
    assert (await bench.fail(stream(delta(content="Hel"), DONE))).kind == "broken_stream"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("error", "server"), ("abort", "broken_stream"), ("insufficient_system_resource", "overload")],
)
async def test_finish_reasons_that_are_failures(bench: Bench, reason: str, kind: str) -> None:
    """A reply that the endpoint itself says it broke off is not whole."""
    assert (await bench.fail(stream(delta(content="Hel"), finish(reason), DONE))).kind == kind


async def test_no_done_is_no_failure(bench: Bench) -> None:
    """A finished reply needs no [DONE]."""
    assert (await bench.ask(stream(delta(content="hi"), finish(), USAGE))).text == "hi"


async def test_invalid_utf8_is_replaced_and_flagged(bench: Bench) -> None:
    """A broken byte costs one character, not the reply."""
    broken = delta(content="a?b").replace(b"?", b"\xff")
    got = await bench.ask(stream(broken, finish(), USAGE))
    assert (got.text, got.flags) == ("a\ufffdb", ("invalid-utf8",))


HOSTILE = [
    '{"choices": [{"delta": {"content": "x"}, "logprobs": NaN}]}',
    '{"choices": [{"delta": {"content": "x"}, "logprobs": -Infinity}]}',
    '{"choices": [], "created": ' + "9" * 5000 + "}",
    '{"choices": ' + "[" * 100_000 + "]" * 100_000 + "}",
    '{"choices": ["\\ud800", ' + "[" * 100_000,
    '{"choices": ["\\ud800", ' + "9" * 5000 + "]}",
    '{"choices": ["\\ud800", NaN]}',
]


@pytest.mark.parametrize("payload", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("streamed", [True, False])
async def test_json_that_would_crash_a_careless_reader(bench: Bench, payload: str, streamed: bool) -> None:
    """NaN, endless integers and bottomless nesting are a bad reply."""
    answer = stream(event(payload), DONE) if streamed else whole(payload.encode())
    assert (await bench.fail(answer)).kind == "bad_reply"


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [None]},
        {"choices": {"0": 1}},
        {"choices": ["x"]},
        {"choices": [{"delta": "x"}]},
        {"choices": [{"delta": {"content": 5, "tool_calls": 3, "reasoning": []}}]},
        {"choices": [{"delta": {"tool_calls": [None, 1, {"function": 7, "index": "a"}]}}]},
        {"choices": [{"delta": {"content": [{"type": "text"}, 4, {"text": 5}]}}]},
        {"choices": [], "usage": {"prompt_tokens": "many", "completion_tokens": -1}},
        {"choices": [], "usage": [1]},
        {"choices": [], "model": 7, "error": None},
        {"note": "neither choices nor error"},
    ],
)
async def test_chunks_of_the_wrong_shape_are_passed_over(bench: Bench, chunk: Any) -> None:
    """What is not what it should be is ignored, and the rest of the stream counts."""
    got = await bench.ask(stream(delta(content="Hel"), event(chunk), said("lo")))
    assert got.text == "Hello"


async def test_a_lone_surrogate_arrives_and_a_cut_pair_is_mended(bench: Bench) -> None:
    """Half a pair stays what it is; two halves in two chunks make one character."""
    lone = event('{"choices": [{"delta": {"content": "\\ud83d"}}]}')
    other = event('{"choices": [{"delta": {"content": "\\ude00 \\ud800"}}]}')
    got = await bench.ask(stream(lone, other, finish(), USAGE))
    assert got.text == "😀 \ud800"
    assert Message("assistant", got.text).encoded


@pytest.mark.parametrize("piece", [10, 1000, 50_000])
async def test_a_huge_reply_is_capped(bench: Bench, piece: int) -> None:
    """More text than the cap is cut there and marked; the connection is given up."""
    letters = Random(1).choices(ascii_lowercase, k=300_000)
    words = [delta(content="".join(letters[at : at + piece])) for at in range(0, 300_000, piece)]
    got = await bench.ask(stream(*words, end="hang"), max_reply_bytes=100_000)
    assert "truncated" in got.flags
    assert 100_000 <= len(got.text) <= 100_000 + piece + 65536
    assert got.finish_reason == "length"


async def test_a_reply_of_little_but_frames_is_capped(bench: Bench) -> None:
    """What comes around the text counts against the cap, too, where it is more than frames need."""
    chunk = {"choices": [{"delta": {"content": "word "}}], "padding": "x" * 5000}
    got = await bench.ask(stream(*[event(chunk)] * 60, end="hang"), max_reply_bytes=100_000)
    assert (got.flags[0], got.finish_reason) == ("truncated", "length")
    assert set(got.text.split()) == {"word"}


async def test_a_repeating_reply_is_ended(bench: Bench) -> None:
    """A passage over and over is noticed long before the cap."""
    words = [delta(content=word) for word in ["and", "so", "it", "goes", "on", "and", "on", "and", ""] * 5000]
    got = await bench.ask(stream(*words, end="hang"))
    assert got.flags[:2] == ("looping", "truncated")
    assert len(got.text) < 40_000


async def test_thinking_that_breaks_off_is_a_broken_stream(bench: Bench) -> None:
    """A reply of which only thoughts have come has begun, and is told from an empty one."""
    error = await bench.fail(stream(delta(reasoning_content="Let me")), policy=RetryPolicy(attempts=1))
    assert error.kind == "broken_stream"


async def test_odd_fields_beside_the_text(bench: Bench) -> None:
    """Thoughts that are no text are passed over; of the endpoint's own fields texts and lists are joined, of
    all others the last holds."""
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    first = delta(content="H", reasoning_content={"a": 1}, seen=2, trace="a", steps=[1], place={"x": 1})
    second = delta(content="i", reasoning_content=[1], seen=3, trace="b", steps=[2], place={"y": 2})
    got = await bench.ask(stream(first, second, delta(tool_calls=[call]), finish("tool_calls"), DONE))
    assert (got.text, got.reasoning) == ("Hi", "")
    assert got.extra == {"seen": 3, "trace": "ab", "steps": [1, 2], "place": {"y": 2}}


async def test_a_reply_cut_by_its_token_limit_is_marked(bench: Bench) -> None:
    """The finish reason `length` means a truncated text."""
    got = await bench.ask(stream(delta(content="Hel"), finish("length"), USAGE, DONE))
    assert (got.finish_reason, got.flags) == ("length", ("truncated",))


async def test_a_call_that_looks_whole_is_none_before_the_stream_says_so(bench: Bench) -> None:
    """Arguments that parse may still go on: without a finish or [DONE] the stream has broken off."""
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    error = await bench.fail(stream(delta(tool_calls=[call])), policy=RetryPolicy(attempts=1))
    assert error.kind == "broken_stream"
    got = await bench.ask(stream(delta(tool_calls=[call]), DONE))
    assert [wanted.name for wanted in got.tool_calls] == ["f"]


async def test_malformed_and_repeated_tool_calls(bench: Bench) -> None:
    """Arguments that do not parse are handed on as they are, and repeated ids are told apart."""
    function = {"name": "f", "arguments": '{"a":'}
    calls = [{"index": number, "id": "same", "function": function} for number in range(2)]
    got = await bench.ask(stream(delta(tool_calls=calls), finish("tool_calls"), USAGE, DONE))
    assert [(c.name, c.arguments) for c in got.tool_calls] == [("f", '{"a":')] * 2
    assert len({c.id for c in got.tool_calls}) == 2


async def test_a_huge_error_body_is_not_read_to_its_end(bench: Bench) -> None:
    """An error whose body never ends is still that error."""
    answer = Answer([head(400, "text/plain"), *[b"x" * 65536] * 3], "hang")
    async with asyncio.timeout(3):
        error = await bench.fail(answer)
    assert error.kind == "bad_request"


async def test_nothing_needs_to_listen(bench: Bench) -> None:
    """Failures and deltas may go unheard."""
    bench.wire.answers[:] = [refusal(500), chunked(said("hi"))]
    client = await bench.client()
    assert (await client.complete(Request(ASK.messages))).text == "hi"
