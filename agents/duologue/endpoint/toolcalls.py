"""Tool calls put together from their deltas, whichever fields a server leaves out or repeats."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from duologue.messages import ToolCall
from duologue.record.redact_values import Redact, redacted_json, redacted_values

_KNOWN = {"index", "id", "type", "function"}


@dataclass(slots=True)
class _Draft:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def take(self, delta: Mapping[str, Any]) -> None:
        function = delta.get("function")
        function = function if isinstance(function, dict) else {}
        self.id = self.id or _text(delta.get("id"))
        name = _text(function.get("name"))
        # Some servers repeat the whole name with every delta, others send it in pieces.
        self.name = self.name if name == self.name else self.name + name
        self.arguments.append(_arguments(function.get("arguments")))
        self.extra.update({key: value for key, value in delta.items() if key not in _KNOWN})


class ToolCallAssembly:
    """The calls of one reply, in the order in which they began."""

    __slots__ = ("_by_index", "_drafts", "characters")

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self._by_index: dict[int, _Draft] = {}
        self.characters = 0

    def __bool__(self) -> bool:
        return bool(self._drafts)

    def add(self, delta: Mapping[str, Any]) -> None:
        """Take in one entry of a chunk's `tool_calls`."""
        draft = self._draft(delta)
        draft.take(delta)
        self.characters += len(draft.arguments[-1])

    def whole(self) -> bool:
        """Whether there are calls, all named and with arguments that parse."""
        return bool(self._drafts) and all(draft.name and _parses(draft) for draft in self._drafts)

    def finished(self, redact: Redact | None = None) -> tuple[ToolCall, ...]:
        """The calls, each with an id that no other has, and redacted where that is wanted."""
        taken: set[str] = set()
        calls = []
        for draft in self._drafts:
            name_of_call = draft.id if draft.id and draft.id not in taken else _fresh_id()
            taken.add(name_of_call)
            call = ToolCall(name_of_call, draft.name, "".join(draft.arguments) or "{}", draft.extra)
            calls.append(call if redact is None else _redacted(call, redact))
        return tuple(calls)

    def _draft(self, delta: Mapping[str, Any]) -> _Draft:
        index = delta.get("index")
        known = self._by_index.get(index) if isinstance(index, int) else self._without_index(delta)
        if known is not None and not _begins_another(known, delta):
            return known
        draft = _Draft()
        self._drafts.append(draft)
        if isinstance(index, int):
            self._by_index[index] = draft
        return draft

    def _without_index(self, delta: Mapping[str, Any]) -> _Draft | None:
        last = self._drafts[-1] if self._drafts else None
        function = delta.get("function")
        named = isinstance(function, dict) and bool(function.get("name"))
        return None if named and not (last and last.id and last.id == delta.get("id")) else last


def _begins_another(known: _Draft, delta: Mapping[str, Any]) -> bool:
    """Some servers give every call the index 0: a new id together with a name is a new call."""
    function = delta.get("function")
    named = isinstance(function, dict) and bool(function.get("name"))
    new_id = _text(delta.get("id"))
    return named and bool(new_id) and bool(known.id) and new_id != known.id


def _redacted(call: ToolCall, redact: Redact) -> ToolCall:
    return ToolCall(
        redact(call.id),
        redact(call.name),
        redacted_json(call.arguments, redact),
        redacted_values(call.extra, redact),
    )


def _parses(draft: _Draft) -> bool:
    try:
        json.loads("".join(draft.arguments) or "{}")
    except (ValueError, RecursionError):
        return False
    return True


def _arguments(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _fresh_id() -> str:
    """Nine letters and digits, which is the only form of id that Mistral takes back."""
    return secrets.token_hex(5)[:9]
