"""Sources: texts given with the goal, which answers must be grounded in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from duologue.errors import SourceError

MOST_BYTES: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A source's name, unique in the run, and its text."""

    name: str
    text: str


def load_sources(paths: Sequence[Path]) -> list[Source]:
    """Read the files; raises SourceError for one that is missing, binary, empty or too large."""
    sources: list[Source] = []
    for path in paths:
        name = _unique(path.name, {source.name for source in sources})
        sources.append(Source(name, _read(path)))
    return sources


def _read(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            hint = f"A source may have {MOST_BYTES // 1_000_000} MB; give the part that matters."
            raise SourceError(f"The source {path} is too large: {size / 1e6:.1f} MB.", hint=hint)
        data = path.read_bytes()
    except OSError as exc:
        raise SourceError(f"The source {path} cannot be read: {exc.strerror or exc}.") from exc
    if b"\0" in data[:8192]:
        raise SourceError(f"The source {path} is binary.", hint="Give it as plain text, in UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise SourceError(f"The source {path} is not UTF-8 text.", hint="Convert it to UTF-8.") from exc
    if not text.strip():
        raise SourceError(f"The source {path} is empty.")
    return text


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{number}-{name}", number + 1
    return unique


def render_sources(sources: Sequence[Source], mark: str = "") -> str:
    """All sources for a prompt, their lines numbered, each between delimiters of its own; a mark that nobody
    can guess keeps any source from closing them."""
    if not sources:
        return "No sources were given."
    return "\n\n".join(_render(source, mark) for source in sources)


def _render(source: Source, mark: str) -> str:
    name, tag = source.name.replace('"', "'"), f"source-{mark}" if mark else "source"
    lines = "\n".join(f"{number}: {line}" for number, line in enumerate(source.text.splitlines(), 1))
    return f'<{tag} name="{name}">\n{lines}\n</{tag}>'
