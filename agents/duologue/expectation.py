"""What was expected of a value that somebody wrote, and what stands there instead, in our words."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

_MOST_SHOWN: Final = 40
_UNSHOWN: Final = frozenset({"api_key"})

_KINDS: Final[Mapping[str, str]] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "list_type": "a list",
    "tuple_type": "a list",
    "path_type": "a path",
}
"""What has to stand there, by pydantic's name for its absence."""

_MEASURED: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "greater_than": lambda told: f"more than {told['gt']:g}",
    "greater_than_equal": lambda told: f"{told['ge']:g} or more",
    "less_than": lambda told: f"less than {told['lt']:g}",
    "less_than_equal": lambda told: f"{told['le']:g} or less",
    "literal_error": lambda told: str(told["expected"]),
}
"""Likewise, where the field's own bounds have a say."""


def complaint(error: ErrorDetails, name: str) -> str:
    """What is wrong with the setting of that name, which is empty for a file as a whole; ends without a full
    stop. A key is never shown."""
    kind, told = error["type"], error.get("ctx", {})
    if kind == "missing":
        return f"{name} is missing"
    if kind in ("string_too_short", "too_short"):
        return f"{name} is empty"
    expected = _MEASURED[kind](told) if kind in _MEASURED else _KINDS.get(kind)
    if expected is None:
        said = str(told["error"]) if kind == "value_error" else error["msg"]
        return f"{name}: {said}" if name else said
    if error["loc"][-1:] == ("[key]",):
        return f"{name} is none of {expected}"
    return f"{name} has to be {expected}{_instead(error)}"


def _instead(error: ErrorDetails) -> str:
    if _UNSHOWN.intersection(error["loc"]):
        return ""
    match value := error["input"]:
        case list() | tuple():
            return ", not a list"
        case dict():
            return ", not a table"
        case bool():
            return f", not {str(value).lower()}"
        case str():
            return f", not {json.dumps(_clipped(value), ensure_ascii=False)}"
        case _:
            return f", not {_clipped(str(value))}"


def _clipped(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
