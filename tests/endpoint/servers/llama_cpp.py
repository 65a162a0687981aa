"""llama.cpp: errors without choices, a window that is stated, a model that takes its time to load."""

from tests.endpoint.servers.row import (
    Fault,
    Refused,
    Row,
    Stream,
    call,
    chunk,
    events,
    says,
    usage_chunk,
    words,
)
from tests.endpoint.wire import stream

_CALLS = [
    chunk({"role": "assistant", "content": None}),
    chunk({"tool_calls": [call("f", "", index=0, id="q8Zx", type="function")]}),
    *(chunk({"tool_calls": [call(None, piece, index=0)]}) for piece in ("{", '"a"', ":1", "}")),
    chunk({}, "tool_calls"),
]
_TIMINGS = {"prompt_n": 7, "predicted_n": 3}


def _error(code: int, message: str, type: str, **more: int) -> dict[str, object]:
    return {"error": {"code": code, "message": message, "type": type, **more}}


ROW = Row(
    auth=None,
    streams={
        "plain": Stream(
            events(
                chunk({"role": "assistant", "content": None}),
                *words("Hel", "lo", role=False),
                chunk({}, "stop"),
                usage_chunk(timings=_TIMINGS),
            ),
            answer=stream,
        ),
        "reasoning": Stream(
            events(chunk({"reasoning_content": "Hm."}), *words("Hello"), chunk({}, "stop"), usage_chunk()),
            reasoning="Hm.",
        ),
        "tools": Stream(
            events(*_CALLS, usage_chunk()), text="", calls=[("f", {"a": 1})], finish="tool_calls"
        ),
    },
    faults={
        "overflow": Fault(
            says(
                400,
                _error(
                    400,
                    "the request exceeds the available context size, try increasing it",
                    "exceed_context_size_error",
                    n_prompt_tokens=5000,
                    n_ctx=4096,
                ),
            ),
            "overflow",
            tokens=4096,
        ),
        "loading": Fault(says(503, _error(503, "Loading model", "unavailable_error")), "loading"),
        "error chunk": Fault(
            stream(events(*words("Hel"), _error(500, "decode failed", "server_error"), done=False)),
            "server",
            partial="Hel",
        ),
    },
    adapted={
        "no-jinja": Stream(events(*words("Hel", "lo"), chunk({}, "stop"), usage_chunk())),
    },
    refuses=[
        Refused(
            lambda body: body["model"] == "no-jinja" and "tools" in body,
            says(500, _error(500, "tools param requires --jinja flag", "server_error")),
        )
    ],
)
