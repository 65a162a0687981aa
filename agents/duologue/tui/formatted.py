"""Texts as Markdown or JSON, formatted by what is loaded when the first of them is.

Parser and highlighter take long to load, and a recording opens on its goal, which is neither.
"""

import re
from typing import TYPE_CHECKING, Final

from rich.console import RenderableType

if TYPE_CHECKING:
    from duologue.tui.prose import Block

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
    """See `prose.blocks`."""
    from duologue.tui import prose  # noqa: PLC0415 - markdown_it, rich.markdown, Pygments

    return prose.blocks(safe, code_theme)


def data(safe: str, code_theme: str) -> RenderableType:
    """See `prose.data`."""
    from duologue.tui import prose  # noqa: PLC0415 - likewise

    return prose.data(safe, code_theme)


def delivered(text: str, code_theme: str) -> RenderableType:
    """See `prose.delivered`."""
    from duologue.tui import prose  # noqa: PLC0415 - likewise

    return prose.delivered(text, code_theme)
