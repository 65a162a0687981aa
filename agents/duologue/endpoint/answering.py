"""A structured answer in the forms that servers know, for those that refuse the first of them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, assert_never

from duologue.endpoint.body import Draft
from duologue.endpoint.changes import AnswerRung
from duologue.endpoint.completion import Completion
from duologue.messages import Message

_ASKED: Final = "Answer with one JSON object and nothing else. It has to follow this JSON schema:\n"


def ask_in_form(draft: Draft, form: AnswerRung) -> None:
    """Ask for the draft's structured answer in this form; a draft without a schema stays as it is.

    Only `tool` carries the schema by itself; with the two others a message states it, at the end, so that
    what an endpoint has computed for the beginning still holds.
    """
    if draft.schema is None:
        return
    draft.fields.pop("response_format", None)
    match form:
        case "json_object":
            draft.fields["response_format"] = {"type": "json_object"}
            _state(draft, draft.schema)
        case "tool":
            _offer(draft, draft.schema)
        case "prompt":
            _state(draft, draft.schema)
        case _:
            assert_never(form)


def read_answer(completion: Completion, draft: Draft) -> Completion:
    """The completion, its text taken from the arguments of the call that stands for the answer."""
    if not draft.answer_is_call:
        return completion
    found = [call for call in completion.tool_calls if call.name == draft.schema_name]
    if not found:
        return completion
    others = tuple(call for call in completion.tool_calls if call not in found)
    return replace(completion, text=found[0].arguments, tool_calls=others)


def _offer(draft: Draft, schema: Mapping[str, Any]) -> None:
    function = {
        "name": draft.schema_name,
        "description": "Gives the answer. Call it once, with the whole answer.",
        "parameters": schema,
    }
    draft.answer_is_call = True
    tools = draft.fields.get("tools") or []
    draft.fields["tools"] = [*tools, {"type": "function", "function": function}]
    if not tools:
        # With tools of its own the model decides when it has done enough to answer.
        draft.fields["tool_choice"] = {"type": "function", "function": {"name": draft.schema_name}}


def _state(draft: Draft, schema: Mapping[str, Any]) -> None:
    words = _ASKED + json.dumps(schema, ensure_ascii=False)
    last = draft.messages[-1]
    if last.role == "user":
        draft.messages = [*draft.messages[:-1], Message("user", f"{last.content}\n\n{words}")]
    else:
        draft.messages = [*draft.messages, Message("user", words)]
