"""Chat messages as the endpoint sees them, encoded to bytes once and never again.

A talk grows by a message a turn and is sent whole with every call, so re-encoding it costs time that
grows with the square of its length. A `Message` is therefore frozen together with its JSON bytes, and a
request body is a join of byte strings.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

RoleName = Literal["user", "assistant", "judge"]
"""Who speaks in a run."""

ROLE_NAMES: Final[tuple[RoleName, ...]] = ("user", "assistant", "judge")

Seat = Literal["user", "assistant", "judge", "appeal"]
"""Whose calls go to a model of their own: the roles, and the judge's second opinion where there is one."""

SEATS: Final[tuple[Seat, ...]] = (*ROLE_NAMES, "appeal")

ChatRole = Literal["system", "user", "assistant", "tool"]
"""The `role` field of a message; each agent is `assistant` in its own talk."""

WireRole = ChatRole | Literal["developer"]
"""The `role` field on the wire: `developer` is what some models want in place of `system`."""

_JSON: Final = json.JSONEncoder(ensure_ascii=False)

CHARACTERS_PER_TOKEN: Final = 4
"""The estimate used where an endpoint reports no usage."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call that a model asked for; `extra` holds unknown fields, sent back as they came."""

    id: str
    name: str
    arguments: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message. `content` is plain text; `tool_call_id` is set on tool results only; `extra` holds
    fields of an endpoint's own, sent back as they came. These and those of its calls go to `said_at` alone,
    the base URL that they came from, or anywhere where that is None."""

    role: WireRole
    content: str
    tool_calls: Sequence[ToolCall] = ()
    tool_call_id: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    said_at: str | None = None
    encoded: bytes = field(init=False, repr=False, compare=False)
    """The message as a JSON object in UTF-8; lone surrogates become U+FFFD."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "encoded", self._encode())

    def _encode(self) -> bytes:
        if not self.tool_calls and self.tool_call_id is None and not self.extra:
            # A text alone is encoded several times as fast as an object that holds it.
            text = f'{{"role": "{self.role}", "content": {_JSON.encode(self.content)}}}'
            return text.encode("utf-8", "replace")
        # A call without words is null, as OpenAI sends it: some servers take no empty text.
        content = self.content or (None if self.tool_calls else "")
        wire: dict[str, Any] = {**self.extra, "role": self.role, "content": content}
        if self.tool_calls:
            wire["tool_calls"] = [_wire_call(call) for call in self.tool_calls]
        if self.tool_call_id is not None:
            wire["tool_call_id"] = self.tool_call_id
        return _JSON.encode(wire).encode("utf-8", "replace")


def _wire_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function, **call.extra}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one completion; `estimated` where the endpoint reported none."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    estimated: bool = False

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens


def estimate_tokens(characters: int) -> int:
    """Tokens that this many characters or bytes of text come to, rounded up."""
    return -(-characters // CHARACTERS_PER_TOKEN)
