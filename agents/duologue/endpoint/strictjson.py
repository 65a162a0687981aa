"""JSON from a server, read so that nothing it holds can crash the reader."""

import json
from typing import Any, NoReturn

from pydantic_core import from_json


def parse(text: str | bytes) -> Any:
    """The value that the text holds.

    Raises ValueError, and nothing else, on malformed JSON, NaN, Infinity, integers of thousands of digits
    and nesting of thousands of levels.
    """
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        # jiter refuses lone surrogates, which servers send when they cut an escaped pair in two.
        lowered = text.lower()
        if (b"\\ud" if isinstance(lowered, bytes) else "\\ud") not in lowered:  # type: ignore[operator]  # same type on both sides
            raise
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def mend_surrogates(text: str) -> str:
    """The text with escaped pairs that arrived in two pieces put together; lone halves stay."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text
