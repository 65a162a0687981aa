"""The bytes of a request: its fields encoded once, its messages joined and never encoded again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from duologue.endpoint.completion import Request
from duologue.messages import Message
from duologue.targets import Target

Fields = dict[str, Any]
"""The fields of a request body, without its messages."""


@dataclass(slots=True)
class Draft:
    """A request on its way to the wire; a dialect changes `fields` in place and replaces `messages`.
    `answer_is_call` says that the structured answer is asked for as the call of a tool."""

    fields: Fields
    messages: Sequence[Message]
    schema: Mapping[str, Any] | None = None
    schema_name: str = "answer"
    answer_is_call: bool = False


def draft_of(target: Target, request: Request, messages: Sequence[Message]) -> Draft:
    """The request as the protocol has it, with these messages."""
    return Draft(request_fields(target, request), messages, request.schema, request.schema_name)


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


def encode(draft: Draft) -> bytes:
    """The body: the fields, and the messages as they were encoded when they were made."""
    try:
        prefix = to_json(draft.fields)
    except ValueError:
        # Lone surrogates, which it refuses; for all else it is four times as quick.
        prefix = json.dumps(draft.fields, ensure_ascii=False).encode("utf-8", "replace")
    messages = b",".join([message.encoded for message in draft.messages])
    return b"".join((prefix[:-1], b',"messages":[', messages, b"]}"))
