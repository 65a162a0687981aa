"""Reading foreign files of JSON, packed or not, so that nothing in them can crash or swamp the reader."""

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from duologue.errors import SourceError
from duologue.record.imported import MOST_BYTES

_GZIP: Final = b"\x1f\x8b"
_UNPACKED: Final = f"A file to import may have {MOST_BYTES // 1024**2} MiB unpacked; split it."


class BadJson(ValueError):
    """The text is no JSON value that can be read; the message says why."""


def parse_json(text: bytes) -> Any:
    """The value that the text holds; NaN and infinities count as null. Raises BadJson."""
    try:
        return json.loads(text.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError as exc:
        raise BadJson("it is not UTF-8") from exc
    except json.JSONDecodeError as exc:
        raise BadJson(f"{exc.msg} at column {exc.colno}") from exc
    except RecursionError as exc:
        raise BadJson("it is nested too deeply") from exc
    except ValueError as exc:
        raise BadJson("it holds a number with too many digits") from exc


def head_of(path: Path) -> bytes:
    """The file's first 4 bytes as they are stored. Raises SourceError."""
    with _reading(path), path.open("rb") as file:
        return file.read(4)


def read_all(path: Path) -> bytes:
    """The file's bytes, unpacked where it is gzip. Raises SourceError."""
    with _reading(path), _opened(path) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _too_large(path)
    return data


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The file's lines that are not blank, with their numbers from 1. Raises SourceError."""
    total = number = 0
    with _reading(path), _opened(path) as file:
        while line := file.readline(MOST_BYTES + 1 - total):
            total, number = total + len(line), number + 1
            if total > MOST_BYTES:
                raise _too_large(path)
            if line.strip():
                yield number, line.strip()


def _opened(path: Path) -> IO[bytes]:
    if head_of(path).startswith(_GZIP):
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        raise SourceError(f"The file {path} is damaged: it cannot be unpacked.") from exc
    except OSError as exc:
        raise SourceError(f"The file {path} cannot be read: {exc.strerror or exc}.") from exc


def _too_large(path: Path) -> SourceError:
    return SourceError(f"The file {path} is too large.", hint=_UNPACKED)


def as_text(value: Any) -> str:
    """The value as text: itself where it is a string, empty for null, else its JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def as_dict(value: Any) -> dict[str, Any]:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_seconds(value: Any) -> float | None:
    """A time as seconds since 1970, from a number or ISO 8601; None where it is neither or far off."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value).timestamp()
        except (ValueError, OverflowError, OSError):
            return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10_000_000_000:
        return float(value)
    return None
