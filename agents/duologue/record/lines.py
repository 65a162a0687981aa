"""One event, one line: the log's bytes, and the sums that chain them.

A line is a JSON object whose last field is `sum`: the first 16 hex digits of BLAKE2b over the previous
line's `sum` and this line's bytes up to `,"sum"`. A flipped bit, a lost line or an edited past all show.
"""

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json

from duologue.errors import LogTooNew
from duologue.record.events import SCHEMA, Event, Record, RunStarted, event_of

SUM_DIGITS: Final = 16
_TAIL: Final = re.compile(rb',"sum":"([0-9a-f]{16})"\}')
_TAIL_BYTES: Final = len(b',"sum":"0123456789abcdef"}')
_HEADER: Final = str(RunStarted.model_fields["type"].default)
# JSON escapes C0 by itself; these are the characters that could still act on a terminal that shows the
# raw file, and lone surrogates, which UTF-8 cannot hold.
_ESCAPED: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class BadLine(ValueError):
    """The bytes are not a line of a log; the message says in what way."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read, and its record."""

    record: Record
    raw: bytes

    @property
    def body(self) -> bytes:
        """Its bytes from `{` up to `,"sum"`."""
        return self.raw[:-_TAIL_BYTES]

    @property
    def stored(self) -> str:
        """The sum that it carries."""
        return self.record.sum

    def follows(self, previous_sum: str) -> bool:
        """Whether the line is intact and stands right after the line with that sum."""
        return chained_sum(previous_sum, self.body) == self.stored


def chained_sum(previous_sum: str, body: bytes) -> str:
    """The sum of a line whose bytes, from its `{` up to `,"sum"`, are `body`."""
    return blake2b(previous_sum.encode("ascii") + body).hexdigest()[:SUM_DIGITS]


def encode_json(value: Any) -> bytes:
    """Compact JSON in UTF-8 with control, C1, bidi characters and lone surrogates escaped."""
    return _escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _escaped(text: str) -> bytes:
    # The pattern costs as much as the encoding; most texts can be told to hold nothing of it for less.
    if not text.isascii() or "\x7f" in text:
        text = _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return text.encode("utf-8")


def encode_line(seq: int, at: str, mono: float, event: Event, previous_sum: str) -> tuple[bytes, str]:
    """The event's line with its newline, and its sum."""
    head = f'{{"seq":{seq},"type":{json.dumps(event.type)},"at":"{at}","mono":{round(mono, 3)}'
    fields = _fields_of(event)
    body = head.encode("ascii") + (b"," + fields[1:-1] if len(fields) > 2 else b"")
    total = chained_sum(previous_sum, body)
    return b'%s,"sum":"%s"}\n' % (body, total.encode("ascii")), total


def _fields_of(event: Event) -> bytes:
    """The event's own fields as a JSON object."""
    try:
        return _escaped(event.model_dump_json(by_alias=True, exclude_none=True, exclude={"type"}))
    except PydanticSerializationError:
        # Lone surrogates: pydantic's own encoder refuses them, and is three times as quick for all else.
        return encode_json(
            event.model_dump(mode="python", by_alias=True, exclude_none=True, exclude={"type"})
        )


def parse_line(raw: bytes) -> Line:
    """The line in these bytes (without its newline).

    Raises BadLine where they are none, and LogTooNew for a header of a newer major version. The chain is
    not tested here: see `Line.follows`.
    """
    tail = _TAIL.fullmatch(raw, max(len(raw) - _TAIL_BYTES, 0))
    if tail is None:
        raise BadLine("it does not end in a sum")
    fields = _fields(raw)
    seq, at, mono = fields.pop("seq", None), fields.pop("at", None), fields.pop("mono", None)
    fields.pop("sum", None)
    if not (type(seq) is int and isinstance(at, str) and isinstance(mono, int | float)):
        raise BadLine("it lacks seq, at or mono")
    if fields.get("type") == _HEADER:
        _refuse_newer(fields)
    try:
        event, mono_s = event_of(fields), float(mono)
    except ValidationError as exc:
        raise BadLine(f"it is no valid {fields.get('type')} event") from exc
    except OverflowError as exc:
        raise BadLine("its time is not a number of seconds") from exc
    return Line(Record(seq, at, mono_s, event, tail.group(1).decode("ascii")), raw)


def _fields(raw: bytes) -> dict[str, Any]:
    try:
        fields = _value(raw)
    except (ValueError, RecursionError) as exc:
        raise BadLine("it is not JSON") from exc
    if not isinstance(fields, dict):
        raise BadLine("it is not a JSON object")
    return fields


def _value(raw: bytes) -> Any:
    try:
        return from_json(raw, cache_strings="keys")
    except ValueError:
        # Lone surrogates and deep nesting: pydantic's own decoder refuses them, and is three times as quick.
        return json.loads(raw)


def _refuse_newer(fields: dict[str, Any]) -> None:
    found = str(fields.get("schema", ""))
    major = found.partition(".")[0]
    if not major.isdigit():
        raise BadLine("its schema version is unreadable")
    if int(major) > int(SCHEMA.partition(".")[0]):
        raise LogTooNew(
            f"This log has schema {found}; this version of Duologue reads {SCHEMA}.",
            hint="Upgrade Duologue to read it.",
        )
