"""The canonical form of a talk, which every server takes (rule 7): made at the wire, whatever was given."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from duologue.messages import Message

NOTHING: Final = "(nothing)"
"""Stands where there would be an empty message, or none where one has to be."""

_NO_RESULT: Final = "(no result)"
_SYSTEM: Final = frozenset({"system", "developer"})


def canonical(messages: Sequence[Message]) -> Sequence[Message]:
    """One leading system message at most, then user and assistant in turn from a user's on; no empty
    content; each tool call answered once, in order, right behind it; an assistant's message never last.

    The messages themselves where that holds already, which costs little; else a new list.
    """
    return messages if _is_canonical(messages) else list(_rebuilt(messages))


def as_told_at(base_url: str, messages: Sequence[Message]) -> Sequence[Message]:
    """The messages without what another endpoint than this one has put beside them: it is of no use here, and
    may be refused."""
    return [each if each.said_at in (None, base_url) else _bare(each) for each in messages]


def _bare(message: Message) -> Message:
    calls = [replace(call, extra={}) for call in message.tool_calls]
    return replace(message, tool_calls=calls, extra={})


def _is_canonical(messages: Sequence[Message]) -> bool:
    expected, waiting = "system", list[str]()
    for message in messages:
        role = message.role
        if waiting:
            if message.tool_call_id != waiting.pop(0) or not message.content:
                return False
            continue
        if role == "system" and expected == "system" and message.content:
            expected = "user"
        elif role == "user" and expected != "assistant" and message.content:
            expected = "assistant"
        elif role == "assistant" and expected in ("assistant", "after tools"):
            expected = "user"
            if message.tool_calls:
                waiting, expected = [call.id for call in message.tool_calls], "after tools"
            elif not message.content:
                return False
        else:
            return False
    return not waiting and expected in ("assistant", "after tools")


def _rebuilt(messages: Sequence[Message]) -> Iterator[Message]:
    systems = [message for message in messages if message.role in _SYSTEM]
    if system := "\n\n".join(message.content for message in systems if message.content):
        yield Message("system", system)
    talk = [message for message in messages if message.role not in _SYSTEM and _says(message)]
    last = "system"
    for message in _merged(_paired(talk)):
        if message.role == "assistant" and last == "system":
            yield Message("user", NOTHING)
        yield message
        last = message.role
    if last in ("system", "assistant"):
        yield Message("user", NOTHING)


def _says(message: Message) -> bool:
    return bool(message.content or message.tool_calls) or message.role == "tool"


def _paired(messages: Sequence[Message]) -> Iterator[Message]:
    """The messages with each call's results right behind it; a result that nobody asked for is told of in
    a user message, since its call may have been cut off with the older part of the talk."""
    index = 0
    while index < len(messages):
        message = messages[index]
        index += 1
        if message.role == "tool":
            yield Message("user", f"Result of a tool:\n{message.content or NOTHING}")
            continue
        yield message
        results: list[Message] = []
        while index < len(messages) and messages[index].role == "tool":
            results.append(messages[index])
            index += 1
        for call in message.tool_calls:
            found = next((result for result in results if result.tool_call_id == call.id), None)
            if found is not None:
                results.remove(found)
            yield found if found is not None and found.content else _result(call.id, found)
        for stray in results:
            yield Message("user", f"Result of a tool:\n{stray.content or NOTHING}")


def _result(id_: str, found: Message | None) -> Message:
    return Message("tool", NOTHING if found is not None else _NO_RESULT, tool_call_id=id_)


def _merged(messages: Iterator[Message]) -> Iterator[Message]:
    """Neighbours of one role become one message."""
    held: Message | None = None
    for message in messages:
        # A result stays by itself, and so does a message with calls: their results come next.
        if held is not None and held.role == message.role != "tool":
            held = replace(
                message,
                content="\n\n".join(text for text in (held.content, message.content) if text),
                extra={**held.extra, **message.extra},
            )
            continue
        if held is not None:
            yield held
        held = message
    if held is not None:
        yield held
