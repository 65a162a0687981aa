"""SGLang: flat errors, a finish reason that says it gave up, old messages dropped in silence."""

from tests.endpoint.servers.row import (
    Fault,
    Row,
    Stream,
    call,
    chunk,
    counted,
    events,
    says,
    usage_chunk,
    words,
)
from tests.endpoint.wire import chunked

_END = chunk({}, "stop", matched_stop=2)


def _flat(message: str, kind: str, code: int) -> dict[str, object]:
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


ROW = Row(
    streams={
        "plain": Stream(events(*words("", "Hel", "lo"), _END, usage_chunk())),
        "reasoning": Stream(
            events(
                chunk({"role": "assistant", "reasoning_content": "Hm."}), *words("Hello"), _END, usage_chunk()
            ),
            reasoning="Hm.",
        ),
        "tools": Stream(
            events(
                chunk({"tool_calls": [call("f", "", index=0, id="call_1", type="function")]}),
                chunk({"tool_calls": [call(None, '{"a":1}', index=0, id=None)]}),
                chunk({}, "tool_calls"),
                usage_chunk(),
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
        "silent overflow": Stream(
            events(*words("Hello"), _END, usage_chunk(usage=counted(1024, 3))),
            usage=(1024, 3),
            flags=("prompt-cut",),
            long=True,
        ),
    },
    faults={
        "abort": Fault(
            chunked(events(*words("Hel"), chunk({}, "abort"), usage_chunk())), "broken_stream", partial="Hel"
        ),
        "error in the stream": Fault(
            chunked(events(*words("Hel"), {"error": _flat("out of memory", "InternalServerError", 500)})),
            "server",
            partial="Hel",
        ),
        "queue full": Fault(says(503, _flat("The request queue is full.", "503", 503)), "overload"),
        "overflow": Fault(
            says(
                400,
                _flat(
                    "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
                    "BadRequest",
                    400,
                ),
            ),
            "overflow",
            tokens=4096,
        ),
    },
)
