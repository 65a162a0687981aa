"""Gemini's layer: errors in an array, calls without an index, signatures that have to come back."""

from typing import Any

from tests.endpoint.servers.row import (
    Body,
    Fault,
    Refused,
    Row,
    Stream,
    call,
    chunk,
    counted,
    events,
    says,
    words,
)
from tests.endpoint.wire import Answer

_SIGNED = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
_F = call("f", '{"a":1}', id="function-call-1", type="function", **_SIGNED)
_G = call("g", "{}", id="function-call-2", type="function")


def _array(code: int, message: str, status: str, **more: Any) -> list[dict[str, Any]]:
    return [{"error": {"code": code, "message": message, "status": status, **more}}]


def _refuses(code: int, message: str, status: str, **more: Any) -> Answer:
    return says(code, _array(code, message, status, **more))


def _unsigned(body: Body) -> bool:
    calls = [each for message in body["messages"] for each in message.get("tool_calls", ())]
    return any(each["function"]["name"] == "f" and "extra_content" not in each for each in calls)


def _uneven(body: Body) -> bool:
    calls = sum(len(message.get("tool_calls", ())) for message in body["messages"])
    return calls != sum(message["role"] == "tool" for message in body["messages"])


_DELAY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36s"}

ROW = Row(
    base="/v1beta/openai/",
    streams={
        "plain": Stream(
            events(*words("Hel"), chunk({"role": "assistant", "content": "lo"}, "stop", usage=counted()))
        ),
        "tools": Stream(
            events(chunk({"role": "assistant", "tool_calls": [_F, _G]}, "stop", usage=counted())),
            text="",
            calls=[("f", {"a": 1}), ("g", {})],
        ),
    },
    faults={
        "rate": Fault(
            _refuses(
                429,
                "You exceeded your current quota, please check your plan and billing details.",
                "RESOURCE_EXHAUSTED",
                details=[_DELAY],
            ),
            "rate",
            wait_s=36,
        ),
        "overload": Fault(
            _refuses(503, "The model is overloaded. Please try again later.", "UNAVAILABLE"), "overload"
        ),
        "overflow": Fault(
            _refuses(
                400,
                "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).",
                "INVALID_ARGUMENT",
            ),
            "overflow",
            tokens=1048576,
        ),
        "unknown model": Fault(
            _refuses(404, "models/x is not found for API version v1main", "NOT_FOUND"), "not_found"
        ),
    },
    unauthorized=_refuses(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT"),
    refuses=[
        Refused(
            _unsigned, _refuses(400, "Function call is missing a thought_signature.", "INVALID_ARGUMENT")
        ),
        Refused(
            _uneven,
            _refuses(
                400,
                "Please ensure that the number of function response parts is equal to the "
                "number of function call "
                "parts of the function call turn.",
                "INVALID_ARGUMENT",
            ),
        ),
    ],
)
