"""Groq: usage in a field of its own, tool calls that it could not parse, a status for capacity."""

from tests.endpoint.servers.row import Fault, Row, Stream, call, chunk, counted, error, events, says, words

_END = chunk({}, "stop", x_groq={"id": "req_1", "usage": counted()})
_FAILED = error(
    "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
    code="tool_use_failed",
    failed_generation='<function=f{"a": 1}</function>',
)

ROW = Row(
    base="/openai/v1",
    streams={
        "plain": Stream(
            events(
                chunk({"role": "assistant", "content": ""}, x_groq={"id": "req_1"}), *words("Hel", "lo"), _END
            )
        ),
        "reasoning": Stream(events(chunk({"reasoning": "Hm."}), *words("Hello"), _END), reasoning="Hm."),
        "tools": Stream(
            events(
                chunk({"tool_calls": [call("f", '{"a":1}', index=0, id="t1", type="function")]}),
                chunk({}, "tool_calls", x_groq={"usage": counted()}),
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
    },
    faults={
        "tool use": Fault(says(400, _FAILED), "bad_request", says="Failed to call a function"),
        "capacity": Fault(says(498, error("Flex tier capacity exceeded")), "overload"),
        "too large": Fault(says(413, error("Request Entity Too Large")), "too_large"),
        "unprocessable": Fault(says(422, error("Unprocessable Entity")), "bad_request"),
        "overflow": Fault(
            says(400, error("Please reduce the length of the messages or completion.")), "overflow"
        ),
        "rate": Fault(
            says(429, error("Rate limit reached", code="rate_limit_exceeded"), Retry_After="2"),
            "rate",
            wait_s=2,
        ),
    },
)
