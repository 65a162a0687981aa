"""A request put into a dialect: one change after the other, made to its fields or its messages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final, Literal, assert_never

from duologue.endpoint.answering import ask_in_form
from duologue.endpoint.body import Draft, Fields
from duologue.endpoint.changes import (
    AnswerForm,
    Bridge,
    Change,
    Clamp,
    Drop,
    Echo,
    FieldChange,
    MessageChange,
    Put,
    Rename,
    ShortIds,
    Strip,
    SystemRole,
)
from duologue.endpoint.history import NOTHING, canonical
from duologue.messages import Message

NEEDED: Final = frozenset({"model", "messages", "tools"})
"""Fields that no refusal of a field changes; tools that are offered go only as a whole, with all that belongs
to them."""

_TOOLS: Final = ("tools", "tool_choice", "parallel_tool_calls")

_SHORT_ID: Final = re.compile("[a-zA-Z0-9]{9}")


def make(change: Change, draft: Draft) -> None:
    """Make one change to the draft."""
    match change:
        case AnswerForm(form):
            ask_in_form(draft, form)
        case Drop("tools"):
            _offer_nothing(draft)
        case Rename() | Drop() | Clamp() | Put():
            if change.name not in NEEDED and change.name in draft.fields:
                _change_field(change, draft.fields)
        case _:
            draft.messages = _changed(draft.messages, change)


def _offer_nothing(draft: Draft) -> None:
    """No tools, and what calls of them brought told in words; a structured answer's own tool stays."""
    if draft.answer_is_call:
        return
    for name in _TOOLS:
        draft.fields.pop(name, None)
    if any(message.tool_calls for message in draft.messages):
        draft.messages = canonical([replace(message, tool_calls=()) for message in draft.messages])


def _change_field(change: FieldChange, fields: Fields) -> None:
    match change:
        case Rename(name, to):
            fields[to] = fields.pop(name)
        case Drop(name):
            del fields[name]
        case Clamp():
            _clamp(change, fields)
        case Put(name, value):
            fields[name] = value
            if name == "stream":
                fields.pop("stream_options", None)
        case _:
            assert_never(change)


def _changed(messages: Sequence[Message], change: MessageChange) -> Sequence[Message]:
    match change:
        case SystemRole(role):
            return _with_system_as(role, messages)
        case Bridge():
            return list(_bridged(messages))
        case ShortIds():
            return [_with_short_ids(message) for message in messages]
        case Strip(name):
            return [_without(name, message) for message in messages]
        case Echo(name):
            return [_with(name, message) for message in messages]
        case _:
            assert_never(change)


def short_id(id_: str) -> str:
    """The id where it is nine letters and digits, else nine that always come of it."""
    return id_ if _SHORT_ID.fullmatch(id_) else blake2b(id_.encode("utf-8", "replace")).hexdigest()[:9]


def _clamp(change: Clamp, fields: Fields) -> None:
    value = fields[change.name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    kept: float = value
    if change.least is not None:
        kept = max(kept, change.least)
    if change.most is not None:
        kept = min(kept, change.most)
    if kept != value:
        whole = isinstance(value, int) and float(kept).is_integer()
        fields[change.name] = int(kept) if whole else kept


def _with_system_as(role: Literal["developer", "user"], messages: Sequence[Message]) -> Sequence[Message]:
    if not messages or messages[0].role != "system":
        return messages
    system, rest = messages[0], messages[1:]
    if role == "developer":
        return [replace(system, role="developer"), *rest]
    if rest and rest[0].role == "user":
        return [replace(rest[0], content=f"{system.content}\n\n{rest[0].content}"), *rest[1:]]
    return [Message("user", system.content), *rest]


def _bridged(messages: Sequence[Message]) -> Iterator[Message]:
    """With an assistant's message between. The user's words are not put into the tool's result: what a tool
    says is not to be trusted, and would stand beside them."""
    last = ""
    for message in messages:
        if message.role == "user" and last == "tool":
            yield Message("assistant", NOTHING)
        yield message
        last = message.role


def _with_short_ids(message: Message) -> Message:
    if message.tool_calls:
        calls = [replace(call, id=short_id(call.id)) for call in message.tool_calls]
        return replace(message, tool_calls=calls)
    if message.tool_call_id is not None:
        return replace(message, tool_call_id=short_id(message.tool_call_id))
    return message


def _without(name: str, message: Message) -> Message:
    calls = message.tool_calls
    if any(name in call.extra for call in calls):
        calls = [replace(call, extra=_rest(call.extra, name)) for call in calls]
    if calls is message.tool_calls and name not in message.extra:
        return message
    return replace(message, tool_calls=calls, extra=_rest(message.extra, name))


def _rest(extra: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in extra.items() if key != name}


def _with(name: str, message: Message) -> Message:
    if not message.tool_calls or name in message.extra:
        return message
    return replace(message, extra={**message.extra, name: ""})
