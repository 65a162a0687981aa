"""OpenAI itself: usage in a chunk of its own, reasoning models that refuse much, two kinds of 429."""

from tests.endpoint.servers.row import (
    Fault,
    Refused,
    Row,
    Stream,
    call,
    chunk,
    error,
    events,
    roles,
    says,
    words,
)
from tests.endpoint.servers.row import usage_chunk as usage
from tests.endpoint.wire import chunked

_HELLO = [
    chunk({"role": "assistant", "content": "", "refusal": None}, usage=None, obfuscation="x9"),
    *words("Hel", "lo", role=False),
    chunk({}, "stop"),
]
_CALLS = [
    chunk(
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [call("f", "", index=0, id="call_1", type="function")],
        }
    ),
    chunk({"tool_calls": [call(None, '{"a"', index=0)]}),
    chunk({"tool_calls": [call(None, ": 1}", index=0)]}),
    chunk({"tool_calls": [call("g", "{}", index=1, id="call_2", type="function")]}),
    chunk({}, "tool_calls"),
]


def _unsupported(parameter: str, message: str, code: str = "unsupported_parameter") -> Refused:
    return Refused(
        lambda body: body["model"] == "reasoning" and parameter in body,
        says(400, error(message, param=parameter, code=code)),
    )


ROW = Row(
    streams={
        "plain": Stream(events(*_HELLO, usage())),
        "interrupted": Stream(events(*_HELLO), usage=None, flags=("no-usage",)),
        "tools": Stream(
            events(*_CALLS, usage()), text="", calls=[("f", {"a": 1}), ("g", {})], finish="tool_calls"
        ),
    },
    faults={
        "rate": Fault(
            says(
                429,
                error("Rate limit reached for m: Limit 3.", type="requests", code="rate_limit_exceeded"),
                retry_after_ms="20",
            ),
            "rate",
            wait_s=0.02,
        ),
        "quota": Fault(
            says(
                429,
                error(
                    "You exceeded your current quota, please check your plan and billing details.",
                    type="insufficient_quota",
                    code="insufficient_quota",
                ),
            ),
            "quota",
        ),
        "overflow": Fault(
            says(
                400,
                error(
                    "This model's maximum context length is 8192 tokens. However, your messages resulted in "
                    "9000 tokens. Please reduce the length of the messages.",
                    param="messages",
                    code="context_length_exceeded",
                ),
            ),
            "overflow",
            tokens=8192,
        ),
        "error event": Fault(
            chunked(
                events(*words("Hel"), error("The server had an error.", type="server_error"), done=False)
            ),
            "server",
            partial="Hel",
        ),
        "engine": Fault(
            says(503, error("The engine is currently overloaded", type="server_error")), "overload"
        ),
        "unknown model": Fault(
            says(404, error("The model `x` does not exist", code="model_not_found")), "not_found"
        ),
    },
    adapted={
        "reasoning": Stream(events(*_HELLO, usage())),
        "no-system": Stream(events(*_HELLO, usage())),
    },
    refuses=[
        _unsupported(
            "max_tokens",
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
        ),
        _unsupported(
            "temperature",
            "Unsupported value: 'temperature' does not support 0.5 with this model. Only "
            "the default (1) value "
            "is supported.",
            "unsupported_value",
        ),
        _unsupported("top_p", "Unsupported parameter: 'top_p' is not supported with this model."),
        Refused(
            lambda body: body["model"] == "no-system" and "system" in roles(body),
            says(
                400,
                error(
                    "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
                    param="messages[0].role",
                    code="unsupported_value",
                ),
            ),
        ),
    ],
)
