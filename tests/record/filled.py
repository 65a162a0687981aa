"""An event of each kind with every field set, made from the types of its fields: what a golden log holds."""

import types
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from record_samples import GOLDEN, log_lines

from duologue.record import events as ev


def filled(kind: type[BaseModel]) -> Any:
    """An instance of the model in which no field has its default."""
    values = {
        field.alias or name: _value(field.annotation, name)
        for name, field in kind.model_fields.items()
        if name != "type"
    }
    if "schema" in values:
        values["schema"] = ev.SCHEMA
    return kind.model_validate(values)


def _value(kind: Any, name: str) -> Any:
    """A value of this type; a text says which field it stands in."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return inner[-1]
    if origin in (Union, types.UnionType):
        return _value(next(each for each in inner if each is not types.NoneType), name)
    if origin is list:
        return [_value(inner[0], name)]
    if origin is tuple:
        return tuple(_value(each, name) for each in inner)
    if origin is dict:
        return {_value(inner[0], name): _value(inner[1], name)}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return filled(kind)
    return _PLAIN[kind](name)


_PLAIN: dict[Any, Any] = {
    str: lambda name: f"«{name}» – 川",
    int: lambda _name: 7,
    float: lambda _name: 2.5,
    bool: lambda name: name not in ("stands", "parsed", "ok", "passed"),
    Any: lambda name: {name: [1, "two", None]},
}


def every_event() -> list[ev.Event]:
    """One of each kind, the header first."""
    return [filled(kind) for kind in ev.KNOWN]


if __name__ == "__main__":
    path = GOLDEN / f"{ev.SCHEMA}.jsonl"
    if not path.exists():
        path.write_bytes(b"".join(log_lines(every_event())))
