"""Azure: the key in a header of its own, frames that carry nothing but the findings of its filter."""

from tests.endpoint.servers.row import (
    KEY,
    Fault,
    Refused,
    Row,
    Stream,
    chunk,
    error,
    events,
    says,
    usage_chunk,
    words,
)

_FILTER = {"hate": {"filtered": False, "severity": "safe"}}
_FIRST = {
    "id": "",
    "object": "",
    "created": 0,
    "model": "",
    "choices": [],
    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _FILTER}],
}
_FINDING = chunk() | {
    "choices": [{"index": 0, "finish_reason": None, "delta": None, "content_filter_results": _FILTER}]
}
_HELLO = events(_FIRST, *words("Hel", "lo"), _FINDING, chunk(None, "stop"), _FINDING, usage_chunk())

ROW = Row(
    base="/openai/v1",
    host="res.openai.azure.com",
    auth=f"api-key: {KEY}",
    unauthorized=says(
        401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}
    ),
    streams={"plain": Stream(_HELLO)},
    faults={
        "filtered": Fault(
            says(
                400,
                error(
                    "The response was filtered due to the prompt triggering the content management policy.",
                    type=None,
                    param="prompt",
                    code="content_filter",
                    status=400,
                    innererror={"code": "ResponsibleAIPolicyViolation"},
                ),
            ),
            "bad_request",
            says="content management policy",
        ),
        "rate": Fault(
            says(
                429, {"error": {"code": "429", "message": "Please retry after 7 seconds."}}, Retry_After="7"
            ),
            "rate",
            wait_s=7,
        ),
        "no deployment": Fault(
            says(404, {"error": {"code": "DeploymentNotFound", "message": "The deployment does not exist."}}),
            "not_found",
        ),
    },
    adapted={
        "old gateway": Stream(_HELLO),
    },
    refuses=[
        Refused(
            lambda body: body["model"] == "old gateway" and "max_completion_tokens" in body,
            says(
                422,
                {
                    "detail": [
                        {
                            "type": "extra_forbidden",
                            "loc": ["body", "max_completion_tokens"],
                            "msg": "Extra inputs",
                        }
                    ]
                },
            ),
        )
    ],
)
