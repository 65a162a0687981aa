"""GGUF files put together by hand, right and wrong."""

import struct
from collections.abc import Mapping

ALIGNMENT = 32


def string(text: str) -> bytes:
    """A string as GGUF writes it."""
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key: str, value: int | str | list[int]) -> bytes:
    """One entry of the header."""
    match value:
        case str():
            return string(key) + struct.pack("<I", 8) + string(value)
        case int():
            return string(key) + struct.pack("<II", 4, value)
        case _:
            return string(key) + struct.pack(f"<IIQ{len(value)}I", 9, 4, len(value), *value)


def gguf_file(
    numbers: Mapping[str, int | list[int]], *, architecture: str = "llama", tensor: tuple[int, int] = (32, 0)
) -> bytes:
    """A file with these entries and one tensor, given as its number of elements and its type."""
    entries = [
        entry("general.architecture", architecture),
        *(entry(f"{architecture}.{key}", value) for key, value in numbers.items()),
    ]
    elements, kind = tensor
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(entries)) + b"".join(entries)
    head += string("t.weight") + struct.pack("<IQIQ", 1, elements, kind, 0)
    return head + b"\0" * (-len(head) % ALIGNMENT) + b"\0" * 128
