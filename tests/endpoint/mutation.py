"""Streams gone wrong: the streams of all servers with their bytes, events and JSON spoilt at random."""

import json
import random
from collections.abc import Callable
from typing import Any

Mutator = Callable[[random.Random, bytes], bytes]

_NASTY = (
    *(b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"[" * 5000, b'{"a":' * 2000, b"null", b"true", b'""'),
    *(b"\\ud800", b"\\ud83d", b"\xff\xfe", b"\xe2\x80\xa8", b"\x00", b"\r", b"\n", b"\r\n", b"\n\n"),
    *(b"data: ", b"data:", b"data\n", b"event: error\n", b"<think>", b"</think>", b"<html>", b": x\n\n"),
    *(b'{"error":', b'"choices": null,'),
)
_EVENTS = (
    *(
        b"data: [DONE]",
        b": x",
        b"event: error",
        b"data:",
        b"data: null",
        b"data: []",
        b"data: {}",
        b"data: x",
    ),
    *(b'data: {"error": "no"}', b'data: {"error": {"code": 429}}', b'data: {"error": {"message": null}}'),
    *(b'data: {"detail": [{"loc": [1], "msg": 2}]}', b'data: [{"error": {"code": 503}}]', b'{"choices": []}'),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1e308, 10**30, "", "x", "\ud800", "<think>", "429", [], {}, [None], [[]]),
    *({"error": "x"}, {"error": {"message": 5}}, [{"function": None}], {"choices": [{}]}, "9" * 400),
)


def spoilt(rng: random.Random, streams: list[bytes]) -> list[bytes]:
    """One of the streams, spoilt in one to four ways and cut into pieces."""
    raw = rng.choice(streams)
    for _ in range(rng.randint(1, 4)):
        raw = rng.choice(_MUTATORS)(rng, raw) or b"x"
    if rng.random() < 0.05:
        raw = _crossed(rng, raw, rng.choice(streams))
    places = sorted(rng.choices(range(len(raw) + 1), k=rng.randint(0, 4)))
    return [raw[a:b] for a, b in zip([0, *places], [*places, len(raw)], strict=True)]


def _flip(rng: random.Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _drop(rng: random.Random, raw: bytes) -> bytes:
    start = rng.randrange(len(raw))
    return raw[:start] + raw[start + rng.randint(1, 200) :]


def _repeat(rng: random.Random, raw: bytes) -> bytes:
    start = rng.randrange(len(raw))
    end = start + rng.randint(1, 200)
    return raw[:end] + raw[start:end] * rng.randint(1, 3) + raw[end:]


def _insert(rng: random.Random, raw: bytes) -> bytes:
    at = rng.randrange(len(raw) + 1)
    return raw[:at] + rng.choice(_NASTY) + raw[at:]


def _inject(rng: random.Random, raw: bytes) -> bytes:
    events = raw.split(b"\n\n")
    events.insert(rng.randrange(len(events) + 1), rng.choice(_EVENTS))
    return b"\n\n".join(events)


def _cut_off(rng: random.Random, raw: bytes) -> bytes:
    return raw[: rng.randrange(len(raw) + 1)]


def _shuffle(rng: random.Random, raw: bytes) -> bytes:
    events = raw.split(b"\n\n")
    rng.shuffle(events)
    return b"\n\n".join(events)


def _lose(rng: random.Random, raw: bytes) -> bytes:
    return b"\n\n".join(event for event in raw.split(b"\n\n") if rng.random() > 0.3)


def _replace(rng: random.Random, raw: bytes) -> bytes:
    """A value somewhere in the JSON of one event becomes another one."""
    events = raw.split(b"\n\n")
    at = rng.randrange(len(events))
    try:
        chunk = json.loads(events[at].removeprefix(b"data: "))
    except (ValueError, RecursionError):
        return raw
    events[at] = b"data: " + json.dumps(_changed(rng, chunk)).encode()
    return b"\n\n".join(events)


def _changed(rng: random.Random, value: Any) -> Any:
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    if not keys or rng.random() < 0.15:
        return rng.choice(_VALUES)
    key = rng.choice(keys)
    value[key] = _changed(rng, value[key])
    return value


def _crossed(rng: random.Random, one: bytes, other: bytes) -> bytes:
    return one[: rng.randrange(len(one))] + other[rng.randrange(len(other)) :]


_MUTATORS: tuple[Mutator, ...] = (
    *(_flip, _drop, _repeat, _insert, _cut_off, _shuffle, _lose, _replace, _replace, _inject),
)
