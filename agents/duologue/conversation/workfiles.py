"""Files of a workspace as places to quote from: only what lies under its root, reached through no link."""

import os
import stat
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Final

MOST_BYTES: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Workfile:
    """What a file holds now, and the digest of its bytes."""

    text: str
    digest: str


@dataclass(slots=True)
class Workfiles:
    """The files under a root. `seen` is the digest of each when the run last saw it, by its name; what has
    changed since is not what anybody judged."""

    root: Path
    seen: dict[str, str] = field(default_factory=dict)

    def look(self, name: str) -> Workfile | str:
        """The file as it was when it was first looked at, else why it cannot be quoted."""
        found = read_workfile(self.root, name)
        if isinstance(found, str):
            return found
        if self.seen.setdefault(name, found.digest) != found.digest:
            return f"the file {name} has changed since"
        return found

    def remember(self, name: str, digest: str) -> None:
        """The run has seen the file with this digest: it showed it to somebody, wrote it, or logged it."""
        self.seen[name] = digest


def read_workfile(root: Path, name: str) -> Workfile | str:
    """The file of that name under the root, else why there is none to read.

    Every part of the path is opened from the one before it and none may be a link, so that nothing leads out,
    whatever is exchanged meanwhile.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name:
        return f"{name!r} is no file of the workspace"
    try:
        data = _read(root, parts)
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        return f"the file {name} cannot be read: {why}"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return f"the file {name} is not UTF-8 text"
    return Workfile(text, blake2b(data, digest_size=16).hexdigest())


def _read(root: Path, parts: tuple[str, ...]) -> bytes:
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        # Without O_NONBLOCK, opening a pipe would wait for its writer.
        opened = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    with open(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ValueError("it is no regular file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    return data
