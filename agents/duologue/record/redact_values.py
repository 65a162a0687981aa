"""Redaction of values that hold texts: what JSON is made of, and events."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from duologue.known_secrets import LEAST_CHARACTERS
from duologue.record.events import CompletionReceived
from duologue.record.parts import Body

_Event = TypeVar("_Event", bound=Body)
Redact = Callable[[str], str]
_NUMBERS: Final = frozenset({int, float, bool, type(None)})


def redacted_event(event: _Event, redact: Redact) -> _Event:
    """The event, with all its texts redacted. What a model said was redacted as it arrived."""
    known = {"text", "reasoning"} if isinstance(event, CompletionReceived) else ()
    if all(name in known or _is_clean(value, redact) for name, value in _fields(event)):
        return event
    return type(event).model_validate(redacted_values(event.model_dump(by_alias=True), redact))


def _is_clean(value: Any, redact: Redact) -> bool:
    """Whether there is nothing to redact in it, found out without taking it apart: most events are clean."""
    match value:
        case str():
            return len(value) < LEAST_CHARACTERS or redact(value) == value
        case BaseModel():
            return all(_is_clean(each, redact) for _, each in _fields(value))
        case dict():
            return all(redact(key) == key and _is_clean(each, redact) for key, each in value.items())
        case list() | tuple():
            # A pace is a long list of pairs of numbers.
            return all(_is_clean(each, redact) for each in value if not _is_pair(each))
        case _:
            return True


def _fields(value: BaseModel) -> Iterator[tuple[str, Any]]:
    for name, each in (*value.__dict__.items(), *(value.model_extra or {}).items()):
        if each.__class__ not in _NUMBERS:
            yield name, each


def _is_pair(value: Any) -> bool:
    return value.__class__ is tuple and len(value) == 2 and value[0].__class__ is int


def redacted_values(value: Any, redact: Redact) -> Any:
    """The JSON value, with all texts in it redacted."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {redact(key): redacted_values(inner, redact) for key, inner in value.items()}
        case tuple():
            return tuple(redacted_values(inner, redact) for inner in value)
        case list():
            return [redacted_values(inner, redact) for inner in value]
        case _:
            return value


def redacted_json(text: str, redact: Redact) -> str:
    """JSON text, redacted as it is written and as it reads once its escapes are resolved."""
    text = redact(text)
    if "\\" not in text:
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    changed = redacted_values(value, redact)
    return text if changed == value else json.dumps(changed, ensure_ascii=False)
