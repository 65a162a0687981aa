"""OpenRouter: comments while it waits, errors inside a 200, null choices, credit that runs out."""

from tests.endpoint.servers.row import (
    Fault,
    Refused,
    Row,
    Stream,
    call,
    chunk,
    events,
    roles,
    says,
    usage_chunk,
    words,
)
from tests.endpoint.wire import chunked

_WAIT = ": OPENROUTER PROCESSING\n\n"
_END = chunk({"role": "assistant", "content": ""}, "stop", native_finish_reason="STOP")
_BROKE = chunk({"content": ""}, "error", error={"code": 502, "message": "Provider disconnected unexpectedly"})

ROW = Row(
    base="/api/v1",
    streams={
        "plain": Stream(events(_WAIT, _WAIT, *words("Hel", "lo"), _WAIT, _END, usage_chunk())),
        "reasoning": Stream(
            events(
                _WAIT,
                chunk({"role": "assistant", "content": "", "reasoning": "Hm.", "reasoning_details": []}),
                *words("Hello"),
                _END,
                usage_chunk(),
            ),
            reasoning="Hm.",
        ),
        "tools": Stream(
            events(
                chunk(
                    {"content": None, "tool_calls": [call("f", '{"a":1}', index=0, id="t0", type="function")]}
                ),
                chunk({"content": ""}, "tool_calls"),
                usage_chunk(),
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
    },
    faults={
        "error in a 200": Fault(
            says(
                200, {"error": {"code": 502, "message": "Provider returned error", "metadata": {"raw": "x"}}}
            ),
            "server",
        ),
        "rate in a 200": Fault(says(200, {"error": {"code": 429, "message": "slow down"}}), "rate"),
        "key in a 200": Fault(
            says(200, {"error": {"code": 401, "message": "No auth credentials found"}}), "auth"
        ),
        "warming": Fault(chunked(events(_WAIT, {"id": "x", "choices": None})), "empty"),
        "warming, whole": Fault(says(200, {"id": "x", "choices": None}), "empty"),
        "finish error": Fault(chunked(events(*words("Hel"), _BROKE)), "server", partial="Hel"),
        "credit": Fault(says(402, {"error": {"code": 402, "message": "Insufficient credits"}}), "payment"),
        "rate": Fault(
            says(429, {"error": {"code": 429, "message": "Rate limit exceeded"}}, Retry_After="3"),
            "rate",
            wait_s=3,
        ),
        "only comments": Fault(chunked(_WAIT.encode() * 3), "empty"),
    },
    adapted={
        "no-tools": Stream(events(*words("Hel", "lo"), _END, usage_chunk())),
        "one-system": Stream(events(*words("Hel", "lo"), _END, usage_chunk())),
    },
    refuses=[
        Refused(
            lambda body: body["model"] == "no-tools" and "tools" in body,
            says(404, {"error": {"code": 404, "message": "No endpoints found that support tool use."}}),
        ),
        Refused(
            lambda body: "max_completion_tokens" in body,
            says(400, {"error": {"code": 400, "message": "Unrecognized key: 'max_completion_tokens'"}}),
        ),
        Refused(
            lambda body: body["model"] == "one-system" and roles(body).count("system") > 1,
            says(400, {"error": {"code": 400, "message": "System message must be at the beginning."}}),
        ),
    ],
)
