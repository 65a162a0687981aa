"""vLLM: errors inside the stream that end with [DONE] all the same, and tools behind a switch."""

from itertools import pairwise

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

_FIRST = chunk({"role": "assistant", "content": ""}, logprobs=None)
_END = chunk({"content": ""}, "stop")
_LONG = (
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens in the messages, "
    "Please reduce the length of the messages."
)


def _old(message: str, kind: str, code: int) -> dict[str, object]:
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


ROW = Row(
    streams={
        "plain": Stream(events(_FIRST, *words("Hel", "lo", role=False), _END, usage_chunk())),
        "reasoning, old": Stream(
            events(_FIRST, chunk({"reasoning_content": "Hm."}), *words("Hello"), _END, usage_chunk()),
            reasoning="Hm.",
        ),
        "reasoning, new": Stream(
            events(_FIRST, chunk({"reasoning": "Hm."}), *words("Hello"), _END, usage_chunk()), reasoning="Hm."
        ),
        "tools": Stream(
            events(
                _FIRST,
                chunk({"tool_calls": [call("f", None, index=0, id="chatcmpl-tool-1", type="function")]}),
                chunk({"tool_calls": [call(None, '{"a": ', index=0)]}),
                chunk({"tool_calls": [call(None, "1}", index=0)]}),
                chunk({"content": ""}, "tool_calls"),
                usage_chunk(),
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
    },
    faults={
        "error event": Fault(
            chunked(
                events(_FIRST, *words("Hel"), {"error": _old("EngineDeadError", "InternalServerError", 500)})
            ),
            "server",
            partial="Hel",
        ),
        "old error event": Fault(
            chunked(events(*words("Hel"), _old("the engine is dead", "InternalServerError", 500))),
            "server",
            partial="Hel",
        ),
        "overflow": Fault(
            says(400, {"error": {"message": _LONG, "type": "BadRequestError", "param": None, "code": 400}}),
            "overflow",
            tokens=4096,
        ),
        "overflow, old": Fault(says(400, _old(_LONG, "BadRequestError", 400)), "overflow", tokens=4096),
        "unknown model": Fault(
            says(404, _old("The model `x` does not exist.", "NotFoundError", 404)), "not_found"
        ),
    },
    adapted={
        "mistral": Stream(events(_FIRST, *words("Hel", "lo", role=False), _END, usage_chunk())),
        "no-tools": Stream(events(_FIRST, *words("Hel", "lo", role=False), _END, usage_chunk())),
    },
    refuses=[
        Refused(
            lambda body: body["model"] == "no-tools" and "tools" in body,
            says(
                400,
                _old(
                    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
                    "BadRequestError",
                    400,
                ),
            ),
        ),
        Refused(
            lambda body: body["model"] == "mistral" and ("tool", "user") in pairwise(roles(body)),
            says(400, _old("Unexpected role 'user' after role 'tool'", "BadRequestError", 400)),
        ),
    ],
)
