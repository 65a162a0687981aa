"""Mistral: flat errors, thoughts as parts of the content, a finish reason of its own, choosy about ids."""

import re
from itertools import pairwise

from tests.endpoint.servers.row import (
    Body,
    Fault,
    Refused,
    Row,
    Stream,
    call,
    chunk,
    counted,
    events,
    roles,
    says,
    words,
)

_END = chunk({"content": ""}, "stop", usage=counted())
_THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}


def _flat(message: object, kind: str, code: str | None) -> dict[str, object]:
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


def _odd_ids(body: Body) -> bool:
    calls = [each for message in body["messages"] for each in message.get("tool_calls", ())]
    return any(not re.fullmatch("[a-zA-Z0-9]{9}", each["id"]) for each in calls)


_EXTRA = {
    "detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
}

ROW = Row(
    streams={
        "plain": Stream(events(*words("Hel", "lo"), _END)),
        "thinking": Stream(
            events(
                chunk({"content": [_THOUGHT]}),
                chunk({"content": [{"type": "text", "text": "Hel"}]}),
                *words("lo"),
                _END,
            ),
            reasoning="Hm.",
        ),
        "tools": Stream(
            events(
                chunk(
                    {"tool_calls": [call("f", '{"a": 1}', index=0, id="D681PevKs")]},
                    "tool_calls",
                    usage=counted(),
                )
            ),
            text="",
            calls=[("f", {"a": 1})],
            finish="tool_calls",
        ),
        "cut short": Stream(
            events(*words("Hel", "lo"), chunk({"content": ""}, "model_length", usage=counted())),
            finish="model_length",
            flags=("truncated",),
        ),
    },
    faults={
        "rate": Fault(says(429, _flat("Rate limit exceeded", "rate_limited", "1300")), "rate"),
        "overflow": Fault(
            says(
                400,
                _flat(
                    "Prompt contains 40000 tokens and 0 draft tokens, too large for model "
                    "with 32768 maximum context "
                    "length",
                    "invalid_request_prompt",
                    "3051",
                ),
            ),
            "overflow",
            tokens=32768,
        ),
        "unknown field": Fault(
            says(422, _flat(_EXTRA, "invalid_request_error", None)),
            "bad_request",
            says="Extra inputs are not permitted",
        ),
    },
    unauthorized=says(401, {"detail": "Unauthorized"}),
    adapted={
        "strict": Stream(events(*words("Hel", "lo"), _END)),
    },
    refuses=[
        Refused(
            lambda body: ("tool", "user") in pairwise(roles(body)),
            says(
                400,
                _flat("Unexpected role 'user' after role 'tool'", "invalid_request_message_order", "3230"),
            ),
        ),
        Refused(
            _odd_ids,
            says(
                400,
                _flat(
                    "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.",
                    "invalid_function_call",
                    "3280",
                ),
            ),
        ),
        Refused(
            lambda body: body["model"] == "strict" and "seed" in body,
            says(422, _flat(_EXTRA, "invalid_request_error", None)),
        ),
    ],
)
