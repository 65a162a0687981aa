"""The check that a result is JSON and fits a schema."""

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

from duologue.conversation.check import Check
from duologue.errors import ConfigError

if TYPE_CHECKING:
    from jsonschema import ValidationError

_SHOWN: Final = 4_000
"""Characters of a schema that models are still shown."""
_LONG: Final = 60


def schema_check(name: str, data: bytes) -> Check:
    """The check against the JSON schema in these bytes; `name` is what people call it.

    A reference to another document is never fetched. Raises ConfigError where the bytes are no schema.
    """
    from jsonschema.exceptions import SchemaError, best_match  # noqa: PLC0415 - only where a check needs it
    from jsonschema.validators import validator_for  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    schema = _parse(name, data)
    validator_class = validator_for(schema)
    try:
        validator_class.check_schema(schema)
    except SchemaError as exc:
        raise ConfigError(f"{name} is not a valid JSON schema: {exc.message}.") from exc
    validator = validator_class(schema, registry=Registry())

    def fault(result: str) -> str | None:
        try:
            value = json.loads(result, parse_constant=_refuse)
        except (ValueError, RecursionError) as exc:
            return f"The result is not JSON: {exc}."
        try:
            error = best_match(validator.iter_errors(value))
        except Unresolvable as exc:
            return f"The schema refers to {exc.ref}, which is not fetched."
        except RecursionError:
            return "The result is nested too deeply for the schema."
        return None if error is None else _sentence(error)

    shown = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    detail = f"The schema: {shown}" if len(shown) <= _SHOWN else None
    text = f"The result is JSON and nothing else, valid against {name}."
    return Check(f"json_schema:{name}", text, fault, detail, data)


def _parse(name: str, data: bytes) -> Any:
    try:
        schema = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise ConfigError(f"The schema {name} is not JSON: {exc}.") from exc
    if not isinstance(schema, dict | bool):
        raise ConfigError(f"{name} is not a JSON schema: it is not an object.")
    return schema


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _sentence(error: "ValidationError") -> str:
    """Where the result breaks the schema and how, without repeating a long value."""
    where = "/".join(str(part) for part in error.absolute_path) or "the top"
    value, rule = repr(error.instance), f"{error.validator}: {json.dumps(error.validator_value)}"
    if len(value) <= _LONG or len(rule) > _LONG:
        return f"At {where}: {error.message[:300]}."
    return f"At {where}: {error.message.replace(value, 'the value', 1)[:300]} ({rule})."
