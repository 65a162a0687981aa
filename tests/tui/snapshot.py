"""A screen as a text to be kept: its characters, and below them a letter a cell for its style.

It is read and compared as text, and holds nothing but what the program decides: no font, no size of a cell.
"""

import difflib
import os
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rich.cells import cell_len
from rich.style import Style
from textual.app import App

FOLDER: Final = Path(__file__).with_name("snapshots")
RENEW: Final = "DUOLOGUE_RENEW_SNAPSHOTS"
_LETTERS: Final = string.ascii_letters + string.digits + string.punctuation.replace(".", "").replace("|", "")
_MOST: Final = ".", "most of it"


def snapshot(app: App[Any]) -> str:
    """All that the terminal shows, dialogs included."""
    rows = [
        [(text, Style() if style is None else style.clear_meta_and_links()) for text, style, _ in strip]
        for strip in app.screen._compositor.render_strips()
    ]
    cells = Counter({style: 0 for row in rows for _, style in row})
    for text, style in (piece for row in rows for piece in row):
        cells[style] += cell_len(text)
    most = cells.most_common(1)[0][0]
    letters = dict(zip((style for style in cells if style != most), _LETTERS, strict=False))
    letters[most] = _MOST[0]
    assert len(letters) == len(cells), "there are more styles than letters"
    return "\n".join(_lines(rows, letters)) + "\n"


def _lines(rows: list[list[tuple[str, Style]]], letters: dict[Style, str]) -> Iterator[str]:
    for row in rows:
        yield f"|{''.join(text for text, _ in row)}|"
    yield ""
    for row in rows:
        yield f"|{''.join(letters[style] * cell_len(text) for text, style in row)}|"
    yield ""
    for style, letter in sorted(letters.items(), key=lambda pair: (pair[1] != _MOST[0], 0)):
        yield f"{letter} {style}"


def compare(name: str, found: str) -> None:
    """Fails with what differs where the screen is not the one that was kept; where asked, keeps this one."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get(RENEW):
        path.write_text(found, "utf-8")
        return
    kept = path.read_text("utf-8") if path.exists() else ""
    if kept != found:
        told = difflib.unified_diff(kept.splitlines(), found.splitlines(), "kept", "found", lineterm="", n=1)
        raise AssertionError(
            "\n".join([f"The screen {name} is not as it was; where it should be so: make snapshots", *told])
        )
