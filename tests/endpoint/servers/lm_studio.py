"""LM Studio: errors that are plain strings, and overflows inside a 200."""

from tests.endpoint.servers.row import (
    Fault,
    Refused,
    Row,
    Stream,
    call,
    chunk,
    events,
    format_of,
    says,
    usage_chunk,
    words,
)
from tests.endpoint.wire import chunked

_OVERFLOW = (
    "Trying to keep the first 5000 tokens when context the overflows. However, the model "
    "is loaded with context "
    "length of only 4096 tokens, which is not enough."
)
_THINK = words("<thi", "nk>Hm.</think>", "\n\nHel", "lo")

ROW = Row(
    auth=None,
    streams={
        "plain": Stream(events(*words("Hel", "lo"), chunk({}, "stop"), usage_chunk())),
        "thinking": Stream(events(*_THINK, chunk({}, "stop"), usage_chunk()), reasoning="Hm."),
        "tools": Stream(
            events(
                chunk(
                    {"role": "assistant", "tool_calls": [call("f", "", index=0, id="914", type="function")]}
                ),
                chunk({"tool_calls": [call(None, '{"a":1}', index=0)]}),
                chunk({}, "tool_calls"),
                usage_chunk(),
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
    },
    faults={
        "overflow": Fault(says(200, {"error": _OVERFLOW}), "overflow", tokens=4096),
        "overflow in the stream": Fault(
            chunked(events("event: error\n", {"error": {"message": _OVERFLOW}}, done=False)),
            "overflow",
            tokens=4096,
        ),
        "overflow without a word": Fault(chunked(events()), "empty"),
        "not loaded": Fault(says(404, {"error": "No models loaded."}), "not_found", says="No models loaded."),
    },
    adapted={"no-tools": Stream(events(*words("Hel", "lo"), chunk({}, "stop"), usage_chunk()))},
    refuses=[
        Refused(
            lambda body: body["model"] == "no-tools" and "tools" in body,
            says(400, {"error": "This model does not support tool use."}),
        ),
        Refused(
            lambda body: format_of(body) == "json_object",
            says(400, {"error": "'response_format.type' must be 'json_schema' or 'text'"}),
        ),
    ],
)
