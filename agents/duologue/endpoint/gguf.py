"""The header of a GGUF file: what a model is, and whether its file is whole.

After https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. llama.cpp reads the same, but says no more
than that it failed, and may end the process over a header that makes no sense.
"""

import os
import struct
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import BinaryIO, Final

from duologue.errors import ConfigError

_MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)
_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING: Final = 8
_ARRAY: Final = 9
_MOST_ENTRIES: Final = 1_000_000
_MOST_STRING: Final = 64 * 2**20
_MOST_DIMENSIONS: Final = 4
_BLOCKS: Final = {
    0: (1, 4),
    1: (1, 2),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    9: (32, 36),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    15: (256, 292),
    16: (256, 66),
    17: (256, 74),
    18: (256, 98),
    19: (256, 50),
    20: (32, 18),
    21: (256, 110),
    22: (256, 82),
    23: (256, 136),
    24: (1, 1),
    25: (1, 2),
    26: (1, 4),
    27: (1, 8),
    28: (1, 8),
    29: (256, 56),
    30: (1, 2),
    34: (256, 54),
    35: (256, 66),
    39: (32, 17),
}
"""Elements in a block and bytes that it takes, by the number of the tensors' type."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a model says of itself. `size` is the file's, in bytes; `numbers` holds its whole-number entries
    without the architecture's prefix."""

    architecture: str
    size: int
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def trained_tokens(self) -> int | None:
        """The context that the model was trained for, in tokens; None where it does not say."""
        return self.numbers.get("context_length")

    @property
    def token_bytes(self) -> int:
        """What a token in the context takes of memory, in bytes: keys and values of all layers at two bytes
        a number; 0 where the model does not say enough."""
        heads = self.numbers.get("attention.head_count", 0)
        width = self.numbers.get("embedding_length", 0)
        if not heads or not width:
            return 0
        key = self.numbers.get("attention.key_length", width // heads)
        value = self.numbers.get("attention.value_length", width // heads)
        held = self.numbers.get("attention.head_count_kv", heads)
        return 2 * self.numbers.get("block_count", 0) * held * (key + value)


def read_header(path: Path) -> Header:
    """The file's header. Raises ConfigError where there is no such file, or it is no whole GGUF."""
    try:
        with path.open("rb") as file:
            return _Reader(file, path).header()
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise ConfigError(f"There is no model file {path}.", hint="Check the path.") from exc
    except IsADirectoryError as exc:
        raise ConfigError(f"{path} is a folder.", hint="Name the .gguf file in it.") from exc
    except OSError as exc:
        raise ConfigError(f"The model file {path} cannot be read: {exc.strerror}.") from exc


class _Reader:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self._size = os.fstat(file.fileno()).st_size

    def header(self) -> Header:
        if self._file.read(4) != _MAGIC:
            raise ConfigError(
                f"{self._path} is not a GGUF file.", hint="llama.cpp runs models of that format."
            )
        version = self._number("I")
        if version not in _VERSIONS:
            raise ConfigError(f"{self._path} is a GGUF of version {version}, which is not supported.")
        tensors, entries = self._count(), self._count()
        text: dict[str, str] = {}
        numbers: dict[str, int] = {}
        for _ in range(entries):
            key, value = self._string(), self._value(self._number("I"))
            if isinstance(value, str):
                text[key] = value
            elif value is not None:
                numbers[key] = value
        architecture = text.get("general.architecture", "")
        if not architecture or not tensors:
            raise self._senseless()
        self._test_whole(tensors, numbers.get("general.alignment", 32))
        prefix = f"{architecture}."
        own = {key.removeprefix(prefix): value for key, value in numbers.items() if key.startswith(prefix)}
        return Header(architecture, self._size, own)

    def _test_whole(self, tensors: int, alignment: int) -> None:
        """The tensors' data follow their list, which tells where the last of them ends."""
        if alignment <= 0:
            raise self._senseless()
        ends = [self._tensor_end() for _ in range(tensors)]
        start = -(-self._file.tell() // alignment) * alignment
        if start + max(ends) > self._size:
            raise self._cut()

    def _tensor_end(self) -> int:
        self._string()
        dimensions = self._number("I")
        if not 0 < dimensions <= _MOST_DIMENSIONS:
            raise self._senseless()
        elements = prod(self._number("Q") for _ in range(dimensions))
        kind, offset = self._number("I"), self._number("Q")
        # A type that is newer than this table takes at least a bit of each block.
        each, size = _BLOCKS.get(kind, (256, 32))
        return offset + elements // each * size

    def _value(self, kind: int) -> str | int | None:
        """A text or a whole number; the largest of a list of whole numbers; None for all else."""
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return self._array()
        value = self._number(kind=kind)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def _array(self) -> int | None:
        kind, length = self._number("I"), self._number("Q")
        if kind == _STRING:
            if length > self._size:
                raise self._senseless()
            for _ in range(length):
                self._string()
            return None
        code = _SCALARS.get(kind)
        if code is None or length > self._size:
            raise self._senseless()
        data = self._bytes(length * struct.calcsize(code))
        return max(struct.unpack(f"<{length}{code}", data)) if code in "BbHhIiQq" and length else None

    def _count(self) -> int:
        count = self._number("Q")
        if count > _MOST_ENTRIES:
            raise self._senseless()
        return count

    def _number(self, code: str = "", kind: int = -1) -> int:
        code = code or _SCALARS.get(kind, "")
        if not code:
            raise self._senseless()
        value: int = struct.unpack(f"<{code}", self._bytes(struct.calcsize(code)))[0]
        return value

    def _string(self) -> str:
        length = self._number("Q")
        if length > _MOST_STRING:
            raise self._senseless()
        return self._bytes(length).decode("utf-8", "replace")

    def _bytes(self, length: int) -> bytes:
        if self._file.tell() + length > self._size:
            raise self._cut()
        return self._file.read(length)

    def _cut(self) -> ConfigError:
        return ConfigError(f"The model file {self._path} is cut off.", hint="Fetch it again.")

    def _senseless(self) -> ConfigError:
        return ConfigError(
            f"The model file {self._path} is damaged: its header makes no sense.", hint="Fetch it again."
        )
