"""What an endpoint refuses is paid for once: not again in this process, and not in the next."""

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from duologue.config import cache_folder
from duologue.endpoint.completion import Completion, Request
from duologue.endpoint.dialects import Dialects, load_dialects
from duologue.messages import Message, ToolCall
from duologue.targets import RetryPolicy, Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.wire import Answer, Wire, chunked, delta, finish, refusal, said, whole

OK = chunked(said("hi"))
CALL = ToolCall("call_1", "look", "{}")
ASKED, CALLED = Message("user", "Look."), Message("assistant", "", [CALL])
RESULT = Message("tool", "seen", tool_call_id="call_1")
TOOL_TURN = Request([ASKED, CALLED, RESULT])
NUDGED = Request([ASKED, CALLED, RESULT, Message("user", "Go on.")])
SCHEMA = Request(ASK.messages, schema={"type": "object"})


@dataclass
class Case:
    """A refusal, and what it changes: the words, and what of the next request shows it."""

    refusal: Answer
    words: str
    request: Request = ASK
    sampling: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    roles: list[str] | None = None


def _openai(message: str, **fields: Any) -> Answer:
    return refusal(400, message, **fields)


def _mistral(message: str, code: str) -> Answer:
    return whole({"object": "error", "message": message, "type": "invalid_request", "code": code}, 400)


CASES = {
    "max_tokens": Case(
        _openai("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead."),
        "max_tokens -> max_completion_tokens",
        sampling={"max_tokens": 5},
        sent={"max_tokens": None, "max_completion_tokens": 5},
    ),
    "max_completion_tokens": Case(
        whole({"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "Extra inputs"}]}, 422),
        "max_completion_tokens -> max_tokens",
        sampling={"max_completion_tokens": 5},
        sent={"max_tokens": 5, "max_completion_tokens": None},
    ),
    "max_tokens too high": Case(
        _openai("max_tokens is too large: 9000. This model supports at most 4096 completion tokens, whereas "
                "you provided 9000.", param="max_tokens"),
        "max_tokens at most 4096",
        sampling={"max_tokens": 9000},
        sent={"max_tokens": 4096},
    ),
    "temperature": Case(
        _openai("Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) "
                "value is supported.", param="temperature"),
        "temperature dropped",
        sampling={"temperature": 0.7},
        sent={"temperature": None},
    ),
    "temperature too high": Case(
        _openai("temperature must be at most 1"),
        "temperature at most 1",
        sampling={"temperature": 1.4},
        sent={"temperature": 1},
    ),
    "temperature out of range": Case(
        _openai("temperature: range: 0..1"),
        "temperature at least 0 and at most 1",
        sampling={"temperature": 1.4},
        sent={"temperature": 1},
    ),
    "top_p": Case(
        whole({"detail": [{"loc": ["body", "top_p"], "msg": "Input should be less than or equal to 1"}]},
              422),
        "top_p at most 1",
        sampling={"top_p": 1.5},
        sent={"top_p": 1},
    ),
    "seed": Case(_openai("property 'seed' is unsupported"), "seed dropped", sampling={"seed": 1}),
    "stream_options": Case(
        _openai("Unrecognized request argument supplied: stream_options"),
        "stream_options dropped",
        sent={"stream_options": None, "stream": True},
    ),
    "stream": Case(
        _openai("Streaming is not supported for this model."),
        "stream -> false",
        sent={"stream_options": None, "stream": False},
    ),
    "tool_choice": Case(
        _openai("deepseek-reasoner does not support this tool_choice"),
        "tool_choice -> auto",
        sampling={"tool_choice": {"type": "function", "function": {"name": "look"}}},
        sent={"tool_choice": "auto"},
    ),
    "tool_choice of LM Studio": Case(
        whole({"error": "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"},
              400),
        "tool_choice -> required",
        sampling={"tool_choice": {"type": "function", "function": {"name": "look"}}},
        sent={"tool_choice": "required"},
    ),
    "parallel_tool_calls": Case(
        _openai("Unsupported parameter: 'parallel_tool_calls'", param="parallel_tool_calls"),
        "parallel_tool_calls dropped",
        sampling={"parallel_tool_calls": False},
        sent={"parallel_tool_calls": None},
    ),
    "name": Case(
        whole({"detail": [{"type": "extra_forbidden", "loc": ["body", "messages", 1, "user", "name"],
                           "msg": "Extra inputs are not permitted"}]}, 422),
        "name taken off messages",
        Request([Message("user", "Hi.", extra={"name": "Ann"})]),
    ),
    "system of o1": Case(
        _openai("Unsupported value: 'messages[0].role' does not support 'system' with this model.",
                param="messages[0].role", code="unsupported_value"),
        "system -> developer",
        roles=["developer", "user"],
    ),
    "system of Gemma": Case(
        whole({"object": "error", "message": "System role not supported", "code": 400}, 400),
        "system -> first user message",
        roles=["user"],
    ),
    "system in a template": Case(
        _openai("Conversation roles must alternate user/assistant/user/assistant/..."),
        "system -> first user message",
        roles=["user"],
    ),
    "user after tool": Case(
        _mistral("Unexpected role 'user' after role 'tool'", "3230"),
        "assistant message between tool and user",
        NUDGED,
        roles=["user", "assistant", "tool", "assistant", "user"],
    ),
    "tool id": Case(
        _mistral("Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.", "3280"),
        "tool ids of nine characters",
        TOOL_TURN,
    ),
    "reasoning missed": Case(
        _openai("Missing `reasoning_content` field in the assistant message at message index 1."),
        "reasoning_content with every tool call",
        TOOL_TURN,
    ),
    "json_schema of DeepSeek": Case(
        _openai("This response_format type is unavailable now"),
        "response_format json_schema -> json_object",
        SCHEMA,
        sent={"response_format": {"type": "json_object"}},
    ),
    "json_schema in serde's words": Case(
        refusal(422, "Failed to deserialize the JSON body into the target type: response_format: unknown "
                     "variant `json_schema`, expected `text` or `json_object`"),
        "response_format json_schema -> json_object",
        SCHEMA,
        sent={"response_format": {"type": "json_object"}},
    ),
    "json_schema of llama.cpp": Case(
        whole({"error": {"code": 500, "message": "JSON schema conversion failed: Unsupported pattern",
                         "type": "server_error"}}, 500),
        "response_format json_schema -> json_object",
        SCHEMA,
        sent={"response_format": {"type": "json_object"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_a_refusal_is_paid_for_once(bench: Bench, case: Case, tmp_path: Path) -> None:
    """One more request, then none in the same process and none in the next, which says what it knew."""
    bench.wire.answers[:] = [case.refusal, OK]
    target = Target(bench.wire.url, "m", sampling=case.sampling)
    first, second = await _ask_twice(bench, case.request, target, Dialects(tmp_path))
    assert (first.adapted, second.adapted) == ((case.words,), ())
    assert len(bench.wire.requests) == 3
    third, fourth = await _ask_twice(bench, case.request, target, Dialects(tmp_path))
    assert (third.adapted, fourth.adapted) == ((f"{case.words} (known)",), ())
    assert len(bench.wire.requests) == 5
    assert bench.ear.slept == []
    refused, *others = [received.json for received in bench.wire.requests]
    assert refused != others[0]
    assert others == [others[0]] * 4
    assert {name: others[0].get(name) for name in case.sent} == case.sent
    if case.roles is not None:
        assert [message["role"] for message in others[0]["messages"]] == case.roles


async def _ask_twice(
    bench: Bench, request: Request, target: Target, dialects: Dialects
) -> tuple[Completion, Completion]:
    """By two clients, as two roles of one run have them."""
    one = await bench.client(target=target, dialects=dialects, policy=RetryPolicy(attempts=1))
    other = await bench.client(target=target, dialects=dialects, policy=RetryPolicy(attempts=1))
    return await one.complete(request, bench.ear.listener), await other.complete(request, bench.ear.listener)


def _messages(bench: Bench) -> list[dict[str, Any]]:
    return list(bench.wire.requests[-1].json["messages"])


async def test_a_system_message_that_no_role_carries(bench: Bench) -> None:
    """Refused as system and as developer, it leads the first user message, and no word of it is lost."""
    no_role = "Unsupported value: 'messages[0].role' does not support '{}' with this model."
    got = await bench.ask(_openai(no_role.format("system")), _openai(no_role.format("developer")), OK)
    assert got.adapted == ("system -> developer", "system -> first user message")
    assert _messages(bench) == [{"role": "user", "content": "Be brief.\n\nHello?"}]


async def test_a_server_that_knows_no_developer(bench: Bench) -> None:
    """A list of roles without `developer` ends at the first user message as well."""
    first = _openai("'messages[0].role' does not support 'system'")
    unknown = refusal(422, "messages[0]: unknown variant `developer`, expected one of `user`, `assistant`")
    got = await bench.ask(first, unknown, OK)
    assert got.adapted[-1] == "system -> first user message"


async def test_tool_ids_are_mapped_alike(bench: Bench) -> None:
    """A call and its result carry the same nine characters, and an id that has them stays."""
    own = ToolCall("abcDEF123", "look", "{}")
    turns = [ASKED, Message("assistant", "", [CALL, own]), RESULT]
    request = Request([*turns, Message("tool", "seen too", tool_call_id="abcDEF123")])
    await bench.ask(CASES["tool id"].refusal, OK, request=request)
    _, called, one, two = _messages(bench)
    ids = [call["id"] for call in called["tool_calls"]]
    assert ids == [one["tool_call_id"], two["tool_call_id"]]
    assert ids[1] == "abcDEF123"
    assert ids[0].isalnum()
    assert len(ids[0]) == 9


async def test_what_came_with_a_tool_call_goes_back_with_it(bench: Bench) -> None:
    """Gemini's extra_content and DeepSeek's reasoning_content are sent back as they came, pieces joined."""
    signature = {"google": {"thought_signature": "c2ln"}}
    call = {"index": 0, "id": "call_1", "function": {"name": "look", "arguments": "{}"}}
    parts = [delta(reasoning_content="I had "), delta(reasoning_content="to look.", details=[1])]
    reply = b"".join([*parts, delta(tool_calls=[{**call, "extra_content": signature}], details=[2])])
    got = await bench.ask(chunked(reply + finish("tool_calls")))
    message = Message("assistant", got.text, got.tool_calls, extra=got.extra)
    await bench.ask(OK, request=Request([ASKED, message, RESULT]))
    sent = _messages(bench)[1]
    assert sent["reasoning_content"] == "I had to look."
    assert sent["details"] == [1, 2]
    assert sent["tool_calls"][0]["extra_content"] == signature
    assert sent["content"] is None


async def test_the_reasoning_of_a_plain_answer_is_not_sent_back(bench: Bench) -> None:
    """Only a tool turn needs it."""
    got = await bench.ask(chunked(delta(reasoning_content="Hm.") + said("hi")))
    assert (got.reasoning, got.extra) == ("Hm.", {})


async def test_a_reasoning_that_is_missed_is_sent_empty(bench: Bench) -> None:
    """A turn that another model took gets the field, and one that has it keeps it."""
    thought = Message("assistant", "", [CALL], extra={"reasoning_content": "Hm."})
    request = Request([ASKED, CALLED, RESULT, thought, RESULT])
    missed = _openai("The `reasoning_content` in the thinking mode must be passed back to the API.")
    await bench.ask(missed, OK, request=request)
    assert [m["reasoning_content"] for m in _messages(bench) if m["role"] == "assistant"] == ["", "Hm."]


async def test_a_bound_that_does_not_help_ends_in_a_drop(bench: Bench) -> None:
    """A field is kept within bounds once; refused again, it is left out."""
    target = Target(bench.wire.url, "m", sampling={"temperature": 2})
    got = await bench.ask(_openai("temperature must be <= 1"), _openai("temperature must be <= 0.5"), OK,
                          target=target)  # fmt: skip
    assert got.adapted == ("temperature at most 1", "temperature dropped")


async def test_what_cured_nothing_is_not_kept(bench: Bench, tmp_path: Path) -> None:
    """A refusal that stands in the end leaves no trace, neither here nor in the file."""
    dialects = Dialects(tmp_path)
    target = Target(bench.wire.url, "m", sampling={"seed": 1})
    error = await bench.fail(_openai("seed?"), _openai("no"), target=target, dialects=dialects)
    assert error.message.endswith("no")
    assert load_dialects(tmp_path) == []
    assert (await bench.ask(OK, target=target, dialects=dialects)).adapted == ()
    assert bench.wire.requests[-1].json["seed"] == 1


async def test_calls_at_the_same_time_learn_the_same_once(bench: Bench, tmp_path: Path) -> None:
    """Two calls that are refused together both go on, and one lesson comes of it."""
    slow = [0.05, *_openai("seed?").parts]
    bench.wire.answers[:] = [Answer(slow, "keep"), Answer(slow, "keep"), OK]
    target = Target(bench.wire.url, "m", sampling={"seed": 1})
    client = await bench.client(target=target, dialects=Dialects(tmp_path))
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(client.complete(ASK)) for _ in range(2)]
    assert [call.result().adapted for call in calls] == [("seed dropped",)] * 2
    assert len(bench.wire.requests) == 4
    assert len(load_dialects(tmp_path)[0].lessons) == 1


async def test_each_model_has_its_own(bench: Bench, tmp_path: Path) -> None:
    """What one model refuses is still sent to another at the same address."""
    dialects = Dialects(tmp_path)
    sampling = {"seed": 1}
    await bench.ask(_openai("seed?"), OK, target=Target(bench.wire.url, "m", sampling=sampling),
                    dialects=dialects)  # fmt: skip
    other = Target(bench.wire.url, "n", sampling=sampling)
    assert (await bench.ask(OK, target=other, dialects=dialects)).adapted == ()
    assert bench.wire.requests[-1].json["seed"] == 1


_PROCESS = """
import asyncio, sys
from duologue.config import cache_folder
from duologue.endpoint.client import Client
from duologue.endpoint.completion import Request
from duologue.endpoint.dialects import Dialects
from duologue.messages import Message
from duologue.targets import Target

async def main():
    target = Target(sys.argv[1], "m", sampling={"seed": 1})
    async with Client(target, dialects=Dialects(cache_folder())) as client:
        print(*(await client.complete(Request([Message("user", "Hi.")]))).adapted)

asyncio.run(main())
"""


async def test_another_process_knows(wire: Wire) -> None:
    """What one process learnt, the next does from its first request on."""
    wire.answers[:] = [_openai("seed?"), OK]
    assert await _run(wire.url) == "seed dropped"
    assert await _run(wire.url) == "seed dropped (known)"
    assert ["seed" in received.json for received in wire.requests] == [True, False, False]
    assert [dialect.model for dialect in load_dialects(cache_folder())] == ["m"]


async def _run(url: str) -> str:
    command = [sys.executable, "-c", _PROCESS, url]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
async def wire(bench: Bench) -> Wire:
    return bench.wire


async def test_no_key_is_kept(bench: Bench, tmp_path: Path) -> None:
    """Neither a key nor credentials or a query of the URL get into the file, whatever the server echoes."""
    url = bench.wire.url.replace("//", "//ann:pass@") + "?token=hush&api-version=7"
    target = Target(url, "m", api_key=None, sampling={"seed": 1})
    await bench.ask(_openai("seed?"), OK, target=target, dialects=Dialects(tmp_path))
    [dialect] = load_dialects(tmp_path)
    assert dialect.base_url == f"{bench.wire.url}?api-version=7"
    text = (tmp_path / "dialects.json").read_text()
    assert json.loads(text)
    assert not any(secret in text for secret in ("pass", "ann", "hush"))
