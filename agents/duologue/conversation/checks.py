"""Criteria that a program decides, on the current result alone."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from duologue.conversation.words import words
from duologue.errors import ConfigError

if TYPE_CHECKING:
    from jsonschema import ValidationError

_SHOWN: Final = 4_000
"""Characters of a schema that models are still shown."""
_LONG: Final = 60


@dataclass(frozen=True, slots=True)
class Check:
    """`spec` is as the person wrote it, `text` says it to people, `detail` is what models are told
    besides; `fault` returns None where the result passes, else the reason in one sentence."""

    spec: str
    text: str
    fault: Callable[[str], str | None]
    detail: str | None = None


def parse_check(spec: str) -> Check:
    """The check that `kind:argument` means. Raises ConfigError where it means none."""
    kind, colon, argument = spec.partition(":")
    make = _KINDS.get(kind.strip())
    if make is None or not colon or not argument:
        known = ", ".join(f"{name}:{form}" for name, form in _FORMS.items())
        raise ConfigError(f"There is no check {spec!r}.", hint=f"Checks are {known}.")
    return make(spec, argument)


def _number(spec: str, argument: str) -> int:
    if not argument.strip().isdecimal():
        raise ConfigError(f"The check {spec!r} needs a whole number.")
    return int(argument)


def _max_words(spec: str, argument: str) -> Check:
    most = _number(spec, argument)

    def fault(result: str) -> str | None:
        count = len(words(result))
        return None if count <= most else f"The result has {count} words; at most {most} are allowed."

    return Check(spec, f"The result has at most {most} words.", fault)


def _min_words(spec: str, argument: str) -> Check:
    least = _number(spec, argument)

    def fault(result: str) -> str | None:
        count = len(words(result))
        return None if count >= least else f"The result has {count} words; at least {least} are needed."

    return Check(spec, f"The result has at least {least} words.", fault)


def _contains(spec: str, argument: str) -> Check:
    def fault(result: str) -> str | None:
        return None if argument in result else f"The result does not contain {argument!r}."

    return Check(spec, f"The result contains the text {argument!r}.", fault)


def _regex(spec: str, argument: str) -> Check:
    try:
        pattern = re.compile(argument, re.MULTILINE)
    except re.error as exc:
        raise ConfigError(f"The check {spec!r} is not a valid pattern: {exc}.") from exc

    def fault(result: str) -> str | None:
        return None if pattern.search(result) else f"The result does not match the pattern {argument}."

    return Check(spec, f"The result matches the regular expression {argument}", fault)


def _json_schema(spec: str, argument: str) -> Check:
    from jsonschema.exceptions import SchemaError, best_match  # noqa: PLC0415 - only where a check needs it
    from jsonschema.validators import validator_for  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    schema = _read_schema(spec, Path(argument))
    validator_class = validator_for(schema)
    try:
        validator_class.check_schema(schema)
    except SchemaError as exc:
        raise ConfigError(f"{argument} is not a valid JSON schema: {exc.message}.") from exc
    # An empty registry: a schema's references are never fetched.
    validator = validator_class(schema, registry=Registry())

    def fault(result: str) -> str | None:
        try:
            value = json.loads(result)
        except (ValueError, RecursionError) as exc:
            return f"The result is not JSON: {exc}."
        error = best_match(validator.iter_errors(value))
        if error is None:
            return None
        return _schema_fault(error)

    shown = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    detail = f"The schema: {shown}" if len(shown) <= _SHOWN else None
    text = f"The result is JSON and nothing else, valid against {Path(argument).name}."
    return Check(spec, text, fault, detail)


def _schema_fault(error: "ValidationError") -> str:
    """Where the result breaks the schema and how, without repeating a long value."""
    where = "/".join(str(part) for part in error.absolute_path) or "the top"
    value = repr(error.instance)
    message = error.message.replace(value, "the value", 1) if len(value) > _LONG else error.message
    rule = f"{error.validator}: {json.dumps(error.validator_value)}"
    shown = f" ({rule})" if len(rule) <= _LONG else ""
    return f"At {where}: {message[:300]}{shown}."


def _read_schema(spec: str, path: Path) -> Any:
    try:
        schema = json.loads(path.read_text("utf-8"))
    except OSError as exc:
        raise ConfigError(f"The schema of {spec!r} cannot be read: {exc.strerror or exc}.") from exc
    except ValueError as exc:
        raise ConfigError(f"The schema of {spec!r} is not JSON: {exc}.") from exc
    if not isinstance(schema, dict | bool):
        raise ConfigError(f"The schema of {spec!r} is not a JSON schema: it is not an object.")
    return schema


_KINDS: Final[dict[str, Callable[[str, str], Check]]] = {
    "max_words": _max_words,
    "min_words": _min_words,
    "json_schema": _json_schema,
    "regex": _regex,
    "contains": _contains,
}
_FORMS: Final = {
    "max_words": "N",
    "min_words": "N",
    "json_schema": "FILE",
    "regex": "PATTERN",
    "contains": "TEXT",
}
