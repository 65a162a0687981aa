"""Anthropic's layer: a slash at the end of its address, overload as 529, temperature at most one."""

from tests.endpoint.servers.row import (
    Fault,
    Refused,
    Row,
    Stream,
    call,
    chunk,
    counted,
    error,
    events,
    says,
    words,
)
from tests.endpoint.wire import chunked


def _typed(kind: str, message: str) -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message}}


ROW = Row(
    base="/v1/",
    streams={
        "plain": Stream(
            events(*words("Hel", "lo"), chunk({}, "stop"), chunk(usage=counted(), choices=[])),
        ),
        "tools": Stream(
            events(
                chunk({"tool_calls": [call("f", "", index=0, id="toolu_1", type="function")]}),
                chunk({"tool_calls": [call(None, '{"a": 1}', index=0)]}),
                chunk({}, "tool_calls"),
                chunk(usage=counted(), choices=[]),
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
    },
    faults={
        "overload": Fault(says(529, _typed("overloaded_error", "Overloaded")), "overload"),
        "overload event": Fault(
            chunked(
                events(*words("Hel"), "event: error\n", _typed("overloaded_error", "Overloaded"), done=False)
            ),
            "overload",
            partial="Hel",
        ),
        "overflow": Fault(
            says(400, _typed("invalid_request_error", "prompt is too long: 200001 tokens > 200000 maximum")),
            "overflow",
            tokens=200000,
        ),
        "too large": Fault(
            says(413, _typed("request_too_large", "Request exceeds the maximum size")), "too_large"
        ),
        "credit": Fault(
            says(
                400,
                _typed(
                    "invalid_request_error", "Your credit balance is too low to access the Anthropic API."
                ),
            ),
            "payment",
        ),
        "rate": Fault(says(429, _typed("rate_limit_error", "too many"), Retry_After="5"), "rate", wait_s=5),
    },
    refuses=[
        Refused(
            lambda body: body.get("temperature", 0) > 1,
            says(400, error("temperature: range: 0..1", code="invalid_request_error")),
        )
    ],
)
