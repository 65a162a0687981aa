"""A run as OpenAI chat messages, seen from the assistant: one line of JSON a run, fit for fine-tuning.

The texts are the recorded ones, not made safe for a screen: a model is to learn what was said. What could
act on a terminal is escaped, as JSON allows, and reads back the same.
"""

import re
from typing import Any, Final

from duologue.messages import Message, ToolCall
from duologue.record.import_run import PAIR_NAME
from duologue.record.lines import encode_json
from duologue.record.story import Story, TurnPart, Utterance
from duologue.roles import render

_CLAIMS: Final = re.compile(
    r"^\s*(?:<goal-reached\s*/?>|<goal-impossible>.*?</goal-impossible>)\s*$", re.MULTILINE | re.DOTALL
)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
NO_RESULT: Final = "(no result was recorded)"


def render_chat(story: Story, sources: str) -> str | None:
    """The run's line without its newline, or None where the assistant says nothing in it.

    `sources` is what stands for `{{sources}}` in the assistant's prompt.
    """
    messages = chat_messages(story, sources)
    if not any(message["role"] == "assistant" for message in messages):
        return None
    return encode_json({"messages": messages}).decode("utf-8")


def chat_messages(story: Story, sources: str) -> list[dict[str, Any]]:
    """System, then strictly alternating user and assistant, with tool calls answered at once; ends with
    the assistant's side."""
    talk = _Talk()
    if system := _system(story, sources):
        talk.add(Message("system", system))
    for part in story.parts:
        if isinstance(part, TurnPart) and part.seconds is not None:
            talk.turn(part, story.goal)
    return talk.finished()


def _system(story: Story, sources: str) -> str:
    if story.pair == PAIR_NAME:
        return story.system.strip()
    return render(story.system, _Values(goal=story.goal, sources=sources))


class _Values(dict[str, str]):
    """Values for a prompt's placeholders; one that is not known stays as it stands."""

    def __missing__(self, key: str) -> str:
        return "{{" + key + "}}"


class _Talk:
    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._ids: set[str] = set()

    def turn(self, part: TurnPart, goal: str) -> None:
        """The turn's messages; one that comes to nothing leaves no message."""
        if part.role == "user":
            self.add(Message("user", _CLAIMS.sub("", part.said[-1].text if part.said else "")))
        if part.role != "assistant":
            return
        if not any(message.role == "user" for message in self._messages):
            self.add(Message("user", goal))
        for utterance in part.said:
            self._utterance(utterance)

    def _utterance(self, utterance: Utterance) -> None:
        calls = [ToolCall(self._unique(tool.id), tool.name, tool.arguments) for tool in utterance.tools]
        self.add(Message("assistant", utterance.text, calls))
        for call, tool in zip(calls, utterance.tools, strict=True):
            result = NO_RESULT if tool.result is None else tool.result
            self._messages.append(Message("tool", result, tool_call_id=call.id))

    def _unique(self, id_: str) -> str:
        unique, number = id_ or "call", 2
        while unique in self._ids:
            unique, number = f"{id_ or 'call'}-{number}", number + 1
        self._ids.add(unique)
        return unique

    def add(self, message: Message) -> None:
        """Append the message; two of one speaker become one, and an empty one is left out."""
        text, last = message.content.strip(), self._messages[-1] if self._messages else None
        if not text and not message.tool_calls:
            return
        if last is not None and last.role == message.role and not last.tool_calls:
            self._messages.pop()
            text = "\n\n".join(part for part in (last.content, text) if part)
        self._messages.append(Message(message.role, text, message.tool_calls))

    def finished(self) -> list[dict[str, Any]]:
        """The messages as JSON values, without what nobody answers at the end."""
        while self._messages and self._messages[-1].role == "user":
            self._messages.pop()
        return [_wire(message) for message in self._messages]


def _wire(message: Message) -> dict[str, Any]:
    wire: dict[str, Any] = {"role": message.role, "content": _whole(message.content)}
    if message.tool_calls:
        wire["content"] = wire["content"] or None
        wire["tool_calls"] = [_call(call) for call in message.tool_calls]
    if message.tool_call_id is not None:
        wire["tool_call_id"] = message.tool_call_id
    return wire


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": _whole(call.name), "arguments": _whole(call.arguments)}
    return {"id": _whole(call.id), "type": "function", "function": function}


def _whole(text: str) -> str:
    """The text without halves of characters, which no UTF-8 can hold."""
    return _SURROGATES.sub("\ufffd", text)
