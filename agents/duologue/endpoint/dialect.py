"""Request fields that one endpoint refuses, learnt from its refusals and remembered (rule 6)."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from duologue.endpoint.body import Fields
from duologue.endpoint.parameters import NAMES
from duologue.errors import EndpointError

_RENAMED: Final[Mapping[str, str]] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
"""Fields with a second name; one whose second name is refused as well is dropped."""

_NEEDED: Final = frozenset({"model", "messages", "stream", "tools"})
"""Fields without which the answer would not be what was asked for: a refusal of these stands."""


class Dialect:
    """The changes that this endpoint and model want, in the order in which they were learnt."""

    def __init__(self) -> None:
        self._changes: list[Callable[[Fields], None]] = []
        self._tried: set[str] = set()

    def apply(self, fields: Fields) -> Fields:
        """The fields as this endpoint wants them; the argument is changed and returned."""
        for change in self._changes:
            change(fields)
        return fields

    def learn(self, error: EndpointError, sent: Mapping[str, Any]) -> str | None:
        """What is now done differently, in words, because of a refusal of what was sent; None when the
        refusal names no field that can be renamed or dropped."""
        name = _refused(error, sent)
        if error.kind != "bad_request" or name is None:
            return None
        if name == "response_format" and sent[name].get("type") == "json_schema":
            self._changes.append(_without_schema)
            return "response_format json_schema -> json_object"
        other = _RENAMED.get(name)
        if other is not None and other not in self._tried:
            self._tried.add(name)
            self._changes.append(lambda fields: _rename(fields, name, other))
            return f"{name} -> {other}"
        self._changes.append(lambda fields: _drop(fields, name))
        return f"{name} dropped"


def _refused(error: EndpointError, sent: Mapping[str, Any]) -> str | None:
    """The field that was sent, may be changed, and is what the refusal names. A field of the person's own
    is unknown to parameters.py and looked for in the message."""
    own = [name for name in sent if name not in NAMES and re.search(rf"\b{re.escape(name)}\b", error.message)]
    name = error.parameter or next(iter(own), None)
    return name if name in sent and name not in _NEEDED else None


def _rename(fields: Fields, name: str, other: str) -> None:
    if name in fields:
        fields[other] = fields.pop(name)


def _drop(fields: Fields, name: str) -> None:
    fields.pop(name, None)


def _without_schema(fields: Fields) -> None:
    if "response_format" in fields:
        fields["response_format"] = {"type": "json_object"}
