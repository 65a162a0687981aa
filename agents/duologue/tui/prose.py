"""Texts as Markdown or JSON, formatted by what is loaded when the first of them is.

Parser and highlighter take long to load, and a recording opens on its goal, which is neither.
"""

import re
from typing import TYPE_CHECKING, Final

from rich.console import RenderableType

from duologue.display import display_safe

if TYPE_CHECKING:
    from duologue.tui.markdown import Block

MOST_CHARACTERS: Final = 100_000
"""Longer texts are shown without formatting, as parsing them would hold up the screen."""
MOST_HIGHLIGHTED: Final = 20_000
"""Longer code is shown without colours."""
# An opening brace or bracket, and nothing that would make it a link or a task of Markdown's.
_JSON: Final = re.compile(r"""\s*(\{|\[\s*[\[{"\d-])""")


def is_data(text: str) -> bool:
    """Whether a result is JSON, whole or still arriving, and short enough to be highlighted."""
    return len(text) <= MOST_HIGHLIGHTED and _JSON.match(text) is not None


def blocks(safe: str, code_theme: str) -> "list[Block]":
    """See `markdown.blocks`."""
    from duologue.tui import markdown  # noqa: PLC0415 - markdown_it, rich.markdown, Pygments

    return markdown.blocks(safe, code_theme)


def data(safe: str, code_theme: str) -> RenderableType:
    """See `markdown.data`."""
    from duologue.tui import markdown  # noqa: PLC0415 - likewise

    return markdown.data(safe, code_theme)


def prose(text: str, code_theme: str) -> RenderableType:
    """See `markdown.prose`."""
    from duologue.tui import markdown  # noqa: PLC0415 - likewise

    return markdown.prose(text, code_theme)


def delivered(text: str, code_theme: str) -> RenderableType:
    """A result, which is JSON as often as prose: Markdown would take the indentation out of it."""
    return data(display_safe(text).strip("\n"), code_theme) if is_data(text) else prose(text, code_theme)
