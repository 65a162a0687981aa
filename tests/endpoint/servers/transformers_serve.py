"""transformers serve: never a [DONE], errors put together by hand, `detail` for what it does not know."""

from tests.endpoint.servers.row import Fault, Refused, Row, Stream, call, chunk, counted, events, says, words
from tests.endpoint.wire import chunked

_END = chunk({}, "stop", usage=counted())

ROW = Row(
    auth=None,
    streams={
        "plain": Stream(
            events(chunk({"role": "assistant"}), *words("Hel", "lo", role=False), _END, done=False)
        ),
        "no usage": Stream(
            events(*words("Hel", "lo"), chunk({}, "stop"), done=False), usage=None, flags=("no-usage",)
        ),
        "reasoning": Stream(
            events(chunk({"reasoning_content": "Hm."}), *words("Hello"), _END, done=False), reasoning="Hm."
        ),
        "tools": Stream(
            events(
                chunk({"tool_calls": [call("f", "", index=0, id="r_tool_call", type="function")]}),
                chunk({"tool_calls": [call(None, '{"a": 1}', index=0, type="function")]}),
                chunk({}, "tool_calls", usage=counted()),
                done=False,
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
    },
    faults={
        "error": Fault(
            chunked(events(*words("Hel"), 'data: {"error": "no "tokenizer" here"}', done=False)),
            "server",
            partial="Hel",
            says='no "tokenizer" here',
        ),
        "unknown field": Fault(
            says(422, {"detail": "Unexpected keys in the request: {'top_k'}"}),
            "bad_request",
            says="Unexpected keys",
        ),
    },
    adapted={
        "no-tools": Stream(events(*words("Hel", "lo"), _END, done=False)),
        "strict": Stream(events(*words("Hel", "lo"), _END, done=False)),
    },
    refuses=[
        Refused(
            lambda body: body["model"] == "no-tools" and "tools" in body,
            says(422, {"detail": "Unexpected keys in the request: {'tools'}"}),
        ),
        Refused(
            lambda body: body["model"] == "strict" and "top_k" in body,
            says(422, {"detail": "Unexpected keys in the request: {'top_k'}"}),
        ),
    ],
)
