"""Ollama: reasoning in a field of that name, whole arguments in one delta, errors that look like silence."""

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
    usage_chunk,
    words,
)
from tests.endpoint.wire import chunked

_ID = "call_a1"
_CALLS = [
    chunk({"role": "assistant", "content": "", "tool_calls": [call("f", '{"a":1}', index=0, id=_ID)]}),
    chunk({"role": "assistant", "content": "", "tool_calls": [call("g", "{}", index=1, id=_ID)]}),
    chunk({"role": "assistant", "content": ""}),
]
_THOUGHT = [chunk({"role": "assistant", "content": "", "reasoning": word}) for word in ("H", "m.")]
_NOTHING = chunk({"role": "assistant", "content": ""})
_END = chunk({"role": "assistant", "content": ""}, "stop")

ROW = Row(
    auth=None,
    streams={
        "plain": Stream(events(*words("Hel", "lo"), _END, usage_chunk())),
        "reasoning": Stream(events(*_THOUGHT, *words("Hel", "lo"), _END, usage_chunk()), reasoning="Hm."),
        "tools": Stream(
            events(*_CALLS, usage_chunk()), text="", calls=[("f", {"a": 1}), ("g", {})], finish=None
        ),
        "silent overflow": Stream(
            events(*words("Hel", "lo"), _END, usage_chunk(usage=counted(2048, 3))),
            usage=(2048, 3),
            flags=("prompt-cut",),
            long=True,
        ),
    },
    faults={
        "error": Fault(chunked(events(_NOTHING, done=False)), "empty"),
        "error in mid-text": Fault(
            chunked(events(*words("Hel"), _NOTHING, done=False)), "broken_stream", partial="Hel"
        ),
        "busy": Fault(
            says(
                503,
                error("server busy, please try again.  maximum pending requests exceeded", type="api_error"),
            ),
            "overload",
        ),
        "unknown model": Fault(
            says(404, error('model "x" not found, try pulling it first', type="api_error")), "not_found"
        ),
    },
    adapted={"no-tools": Stream(events(*words("Hel", "lo"), _END, usage_chunk()))},
    refuses=[
        Refused(
            lambda body: body["model"] == "no-tools" and "tools" in body,
            says(400, error("registry.ollama.ai/library/x:2b does not support tools", type="api_error")),
        )
    ],
)
