"""The bytes of a request: its fields encoded once, its messages joined and never encoded again."""

import json
from collections.abc import Mapping
from typing import Any

from duologue.endpoint.completion import Request
from duologue.targets import Target

Fields = dict[str, Any]
"""The fields of a request body, without its messages."""


def request_fields(target: Target, request: Request) -> Fields:
    """Every field of the request but its messages."""
    fields: Fields = dict(target.sampling)
    if request.max_tokens is not None:
        fields.pop("max_completion_tokens", None)
        fields["max_tokens"] = request.max_tokens
    if request.tools:
        fields["tools"] = list(request.tools)
    if request.schema is not None:
        named = {"name": request.schema_name, "strict": True, "schema": request.schema}
        fields["response_format"] = {"type": "json_schema", "json_schema": named}
    fields["model"] = target.model
    fields["stream"] = True
    fields["stream_options"] = {"include_usage": True}
    return fields


def encode(fields: Mapping[str, Any], request: Request) -> bytes:
    """The body: the fields, and the messages as they were encoded when they were made."""
    prefix = json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")
    messages = b",".join([message.encoded for message in request.messages])
    return b"".join((prefix[:-1], b',"messages":[', messages, b"]}"))
