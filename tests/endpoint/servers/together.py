"""Together: short by default, and an overflow in the words of TGI."""

from tests.endpoint.servers.row import Fault, Row, Stream, call, chunk, counted, error, events, says, words

_LONG = (
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: "
    "4000 `inputs` tokens and 512 "
    "`max_new_tokens`"
)

ROW = Row(
    streams={
        "plain": Stream(
            events(*words("Hel", "lo"), chunk({"content": ""}, "eos", usage=counted())), finish="eos"
        ),
        "cut at its default": Stream(
            events(*words("Hel", "lo"), chunk({"content": ""}, "length", usage=counted())),
            finish="length",
            flags=("truncated",),
        ),
        "tools": Stream(
            events(
                chunk({"tool_calls": [call("f", '{"a":1}', index=0, id="call_x", type="function")]}),
                chunk({"content": ""}, "tool_calls", usage=counted()),
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
    },
    faults={
        "overflow": Fault(says(422, {"id": "x", **error(_LONG)}), "overflow", tokens=4097),
        "rate": Fault(
            says(429, error("You have been rate limited.", type="rate_limit"), Retry_After="1"),
            "rate",
            wait_s=1,
        ),
        "overload": Fault(says(503, error("The server is overloaded or not ready yet.")), "overload"),
    },
)
