"""Criteria that a program decides, on the current result alone."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from duologue.conversation.check import Check
from duologue.conversation.schema_check import schema_check
from duologue.conversation.words import words
from duologue.errors import ConfigError

_MOST_DIGITS: Final = 9


def parse_check(spec: str) -> Check:
    """The check that `kind:argument` means. Raises ConfigError where it means none."""
    kind, _, argument = spec.partition(":")
    name = kind.strip()
    make = _KINDS.get(name)
    if make is not None and not argument:
        raise ConfigError(f"The check {spec!r} says nothing behind it.", hint=f"As in: {name}:{_FORMS[name]}")
    if make is None:
        known = ", ".join(f"{name}:{form}" for name, form in _FORMS.items())
        raise ConfigError(f"There is no check {spec!r}.", hint=f"Checks are {known}.")
    return make(spec, argument)


def recall_check(spec: str, material: bytes | None) -> Check:
    """The check of a saved run, from what its log keeps of it. Raises ConfigError."""
    kind, _, name = spec.partition(":")
    if kind == "json_schema" and material is not None:
        return schema_check(name, material)
    return parse_check(spec)


def _number(spec: str, argument: str) -> int:
    if not argument.strip().isdecimal() or len(argument.strip()) > _MOST_DIGITS:
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
    except (re.error, OverflowError, RecursionError) as exc:
        raise ConfigError(f"The check {spec!r} is not a valid pattern: {exc}.") from exc

    def fault(result: str) -> str | None:
        return None if pattern.search(result) else f"The result does not match the pattern {argument}."

    return Check(spec, f"The result matches the regular expression {argument}", fault)


def _json_schema(spec: str, argument: str) -> Check:
    path = Path(argument)
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ConfigError(f"The schema of {spec!r} cannot be read: {exc.strerror or exc}.") from exc
    return schema_check(path.name, data)


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
