"""LiteLLM's proxy: no /v1 in its address, and status codes as strings."""

from tests.endpoint.servers.row import Fault, Row, Stream, call, chunk, events, says, usage_chunk, words
from tests.endpoint.wire import chunked

_END = chunk({}, "stop")


def _error(message: str, code: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "None", "param": "None", "code": code}}


ROW = Row(
    base="",
    streams={
        "plain": Stream(events(*words("Hel", "lo"), _END, usage_chunk())),
        "reasoning": Stream(
            events(chunk({"reasoning_content": "Hm.", "content": ""}), *words("Hello"), _END, usage_chunk()),
            reasoning="Hm.",
        ),
        "tools": Stream(
            events(
                chunk({"tool_calls": [call("f", '{"a": 1}', index=0, id="call_1", type="function")]}),
                chunk({}, "tool_calls"),
                usage_chunk(),
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
    },
    faults={
        "error event": Fault(
            chunked(events(*words("Hel"), _error("litellm.APIError: upstream went away", "500"), done=False)),
            "server",
            partial="Hel",
        ),
        "rate": Fault(
            says(429, _error("litellm.RateLimitError: slow down", "429"), Retry_After="2"), "rate", wait_s=2
        ),
        "rate event": Fault(
            chunked(events(_error("litellm.RateLimitError: slow down", "429"), done=False)), "rate"
        ),
        "overflow": Fault(
            says(
                400,
                _error(
                    "litellm.ContextWindowExceededError: litellm.BadRequestError: "
                    + "ContextWindowExceededError: OpenAIException - " * 8
                    + "This model's maximum context length is 8192 tokens.",
                    "400",
                ),
            ),
            "overflow",
            tokens=8192,
        ),
        "key": Fault(
            says(401, _error("Authentication Error, Invalid proxy server token passed", "401")), "auth"
        ),
    },
)
