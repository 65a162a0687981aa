"""Redaction of values that hold texts: what JSON is made of, and events."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from duologue.record.parts import Body

_Event = TypeVar("_Event", bound=Body)
Redact = Callable[[str], str]


def redacted_event(event: _Event, redact: Redact) -> _Event:
    """The event, with all its texts redacted."""
    fields = event.model_dump(by_alias=True)
    changed = redacted_values(fields, redact)
    return event if changed == fields else type(event).model_validate(changed)


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
