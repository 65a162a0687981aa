"""Terminals and pipes whose encoding lacks characters: what is printed there is spelt otherwise."""

import codecs
import io
from collections.abc import Mapping
from typing import Final, TextIO

_NAME: Final = "duologue.spelt"
_SPELT: Final[Mapping[str, str]] = {
    "…": "...",
    "–": "-",
    "—": "-",
    "─": "-",
    "═": "=",
    "·": "-",
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "⟨": "<",
    "⟩": ">",
    "✓": "+",
    "✗": "x",
    "→": "->",
    "└": "\\",
}
"""Our own signs, and the punctuation that models like."""


def spell(*streams: TextIO) -> None:
    """Let nothing that is printed on these fail. A character that a stream's encoding lacks comes out as a
    sign like it, or else as its number; a stream that has all characters stays as it is."""
    codecs.register_error(_NAME, _spelt)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors=_NAME)


def _spelt(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_SPELT.get(each, f"<U+{ord(each):04X}>") for each in lacking), error.end
