"""DeepSeek: keep-alives of both kinds, codes that say nothing, reasoning that has to come back."""

import json

from tests.endpoint.servers.row import (
    Body,
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
from tests.endpoint.wire import chunked, whole

_ALIVE = ": keep-alive\n\n"
_END = chunk({"content": "", "reasoning_content": None}, "stop", usage=counted(prompt_cache_hit_tokens=0))
_BODY = {
    "id": "x",
    "model": "served",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": counted(),
}


def _lost_its_reasoning(body: Body) -> bool:
    calls = [message for message in body["messages"] if message.get("tool_calls")]
    return body["model"] == "reasoner" and any("reasoning_content" not in message for message in calls)


ROW = Row(
    base="",
    streams={
        "plain": Stream(events(_ALIVE, _ALIVE, *words("Hel", "lo"), _ALIVE, _END)),
        "reasoning": Stream(
            events(
                _ALIVE,
                chunk({"role": "assistant", "content": None, "reasoning_content": "Hm."}),
                chunk({"content": "Hello", "reasoning_content": None}),
                _END,
            ),
            reasoning="Hm.",
        ),
        "blank lines": Stream(b"\n\n\n" + json.dumps(_BODY).encode(), answer=whole),
        "tools": Stream(
            events(
                chunk({"tool_calls": [call("f", "", index=0, id="call_00_x", type="function")]}),
                chunk({"tool_calls": [call(None, '{"a": 1}', index=0)]}),
                chunk({"content": ""}, "tool_calls", usage=counted()),
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
    },
    faults={
        "balance": Fault(
            says(402, error("Insufficient Balance", type="unknown_error", code="invalid_request_error")),
            "payment",
        ),
        "overflow": Fault(
            says(
                400,
                error(
                    "This model's maximum context length is 65536 tokens. However, you "
                    "requested 70000 tokens.",
                    code="invalid_request_error",
                ),
            ),
            "overflow",
            tokens=65536,
        ),
        "parameters": Fault(
            says(422, error("Invalid parameters", code="invalid_request_error")), "bad_request"
        ),
        "overload": Fault(says(503, error("Server overloaded", type="service_unavailable")), "overload"),
        "resources": Fault(
            chunked(events(*words("Hel"), chunk({}, "insufficient_system_resource"))),
            "overload",
            partial="Hel",
        ),
    },
    adapted={
        "reasoner": Stream(events(*words("Hel", "lo"), _END)),
    },
    refuses=[
        Refused(
            lambda body: (
                body["model"] == "reasoner" and body.get("tool_choice") not in (None, "auto", "none")
            ),
            says(
                400,
                error("deepseek-reasoner does not support this tool_choice", code="invalid_request_error"),
            ),
        ),
        Refused(
            _lost_its_reasoning,
            says(
                400,
                error(
                    "Missing `reasoning_content` field in the assistant message", code="invalid_request_error"
                ),
            ),
        ),
    ],
)
