"""TGI: no blank after `data:`, arguments as an object, calls that are no list, errors as plain text."""

from tests.endpoint.servers.row import Fault, Row, Stream, call, chunk, counted, events, says, words
from tests.endpoint.wire import chunked

_END = chunk({"role": "assistant", "content": ""}, "stop", usage=counted())
_F = call("f", {"a": 1}, index=0, id="", type="function")
_LONG = (
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"
)

ROW = Row(
    streams={
        "plain": Stream(events(*words("Hel", "lo"), _END, space="")),
        "tools": Stream(
            events(chunk({"role": "assistant", "tool_calls": [_F]}), _END, space=""),
            text="",
            calls=[("f", {"a": 1})],
        ),
        "tools, old": Stream(
            events(chunk({"role": "assistant", "tool_calls": _F}), _END, space=""),
            text="",
            calls=[("f", {"a": 1})],
        ),
    },
    faults={
        "overload": Fault(says(429, {"error": "Model is overloaded", "error_type": "overloaded"}), "rate"),
        "overflow": Fault(says(422, {"error": _LONG, "error_type": "validation"}), "overflow", tokens=4096),
        "tokenisation": Fault(
            says(422, {"error": "Tokenization error: bad template", "error_type": "tokenization"}),
            "bad_request",
        ),
        "error in the stream": Fault(
            chunked(
                events(
                    *words("Hel"),
                    {"error": "Request failed during generation: CUDA", "error_type": "generation"},
                    space="",
                    done=False,
                )
            ),
            "server",
            partial="Hel",
        ),
    },
)
