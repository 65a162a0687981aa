"""Where in a TOML text a mistake stands, in a sentence for whoever wrote it."""

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from duologue.errors import ConfigError
from duologue.expectation import complaint

_Key = str | int


def fault(
    exc: ValidationError, what: str, text: str, did_you_mean: Callable[[str], str | None]
) -> ConfigError:
    """The first thing wrong in the file that `what` names, with its line where that can be told."""
    first = first_error(exc)
    keys = first["loc"]
    where, name = place(what, keys, text), key_name(keys)
    if first["type"] == "extra_forbidden":
        return ConfigError(f"{where}: unknown setting {name!r}.", hint=did_you_mean(str(keys[-1])))
    return ConfigError(f"{where}: {complaint(first, name)}.")


def key_name(keys: Sequence[_Key]) -> str:
    """The keys as TOML writes them after each other, those of a list with their number from 0."""
    return ".".join(str(key) for key in keys if key != "[key]")


def first_error(exc: ValidationError) -> ErrorDetails:
    """What is said of it: a misspelt setting says more than the one that is missing because of it."""
    return min(exc.errors(), key=lambda error: error["type"] != "extra_forbidden")


def place(what: str, keys: Sequence[_Key], text: str) -> str:
    """The file, with the line of these keys where that can be told."""
    line = line_of(keys, text)
    return f"{what}, line {line}" if line else what


def line_of(keys: Sequence[_Key], text: str) -> int | None:
    """The line, from 1, that sets the innermost of these keys which stands in the text; None for none.

    It is searched downward, into the n-th table where a number n follows the name of an array of tables.
    """
    lines, found, start = text.splitlines(), 0, 0
    for key, following in pairwise([*keys, ""]):
        if isinstance(key, int):
            continue
        heads = _places(rf"\s*\[\[\s*{re.escape(key)}\s*\]\]", lines, start)
        if isinstance(following, int) and heads:
            found = start = heads[min(following, len(heads) - 1)]
            continue
        here = _places(
            rf"\s*(\[+[^\]]*\b{re.escape(key)}\b[^\]]*\]|[\"']?{re.escape(key)}[\"']?\s*[=.])", lines, start
        )
        if here:
            found, start = here[0], here[0] - 1
    return found or None


def _places(pattern: str, lines: Sequence[str], start: int) -> list[int]:
    """The lines, from 1, that begin with the pattern, from the place `start` (from 0) on."""
    return [place + 1 for place in range(start, len(lines)) if re.match(pattern, lines[place])]


def nearest(key: str, known: Collection[str]) -> str | None:
    """A hint at the known setting that is spelt most like this one, or None."""
    close = difflib.get_close_matches(key, known, 1)
    if close == [key]:
        return f"{key!r} is set in another table of the file."
    return f"Did you mean {close[0]!r}?" if close else None
