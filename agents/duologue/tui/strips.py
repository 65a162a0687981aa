"""From renderables to the strips that a line-drawn widget shows; the last gate for foreign text."""

import re
from collections.abc import Iterable
from functools import lru_cache
from io import StringIO
from itertools import groupby
from typing import Final

from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text
from rich.theme import Theme
from textual.strip import Strip

from duologue.display import display_safe

_THEME: Final = Theme(
    {
        "markdown.h1": "bold underline",
        "markdown.code": "bold cyan",
        "markdown.code_block": "none",
        "markdown.block_quote": "italic",
        "markdown.link": "underline",
        "markdown.link_url": "dim",
        "markdown.hr": "dim",
    }
)
# An empty environment: neither COLUMNS nor NO_COLOR is this console's business, but the app's.
_CONSOLE: Final = Console(
    file=StringIO(),
    force_terminal=True,
    color_system="truecolor",
    legacy_windows=False,
    markup=False,
    emoji=False,
    highlight=False,
    theme=_THEME,
    _environ={},
)
BAR: Final = "┃ "
FRAME: Final = 4
"""Columns that a frame takes from what is in it."""


def paint(renderable: RenderableType, width: int) -> list[Strip]:
    """The lines of the renderable, wrapped to `width` columns. Nothing in them can act on a terminal."""
    options = _CONSOLE.options.update(width=max(width, 1), highlight=False, markup=False)
    return [_strip(line) for line in _CONSOLE.render_lines(renderable, options, pad=False)]


def _strip(line: Iterable[Segment]) -> Strip:
    return Strip(_gated(segment) for segment in line if segment.control is None)


def _gated(segment: Segment) -> Segment:
    # Once more after rendering, as a renderer may make characters that were not in its input.
    text = display_safe(segment.text, newlines=False)
    style = segment.style
    if style is not None and (style.link or style.meta):
        style = style.clear_meta_and_links()
    if style is not None and style.bgcolor is not None and style.bgcolor.is_default:
        style = _on_any_ground(style)
    return Segment(text, style)


@lru_cache(maxsize=256)
def _on_any_ground(style: Style) -> Style:
    """The style without the terminal's own ground, which would be a patch on that of the theme."""
    return Style(
        color=style.color, bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline
    )


def words(text: str, style: Style | str = "") -> Text:
    """Foreign words as text: made safe, and never read as markup."""
    return Text(display_safe(text), style=style)


def signed(sign: str, style: Style, text: Text) -> Table:
    """The text behind a sign, its further lines below its first."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(sign, style=style), text)
    return grid


def barred(strips: Iterable[Strip], style: Style) -> list[Strip]:
    """The strips behind a bar in that style, which shows who speaks."""
    return [Strip([Segment(BAR, style), *strip]) for strip in strips]


def frame(title: str, width: int, style: Style) -> tuple[Strip, Strip]:
    """The upper and the lower edge of a frame of that width."""
    panel = Panel(Text(), title=title, title_align="left", border_style=style, padding=(0, 1))
    top, *_, bottom = paint(panel, max(width, FRAME))
    return top.crop(0, max(width, 1)), bottom.crop(0, max(width, 1))


def between_sides(strips: Iterable[Strip], width: int, style: Style) -> list[Strip]:
    """The strips between the sides of such a frame; they have `FRAME` columns less."""
    left, right = Segment("│ ", style), Segment(" │", style)
    inner = max(width - FRAME, 1)
    lines = (Strip([left, *strip.adjust_cell_length(inner), right]) for strip in strips)
    return [line.crop(0, max(width, 1)) for line in lines]


def highlighted(strip: Strip, needle: str, style: Style) -> Strip:
    """The strip with every place in that style where the needle stands, letter case aside."""
    text, wanted = strip.text.lower(), needle.lower()
    # Where lower case has another length, places would be off.
    if not wanted or wanted not in text or len(text) != len(strip.text):
        return strip
    marked = {at for found in re.finditer(re.escape(wanted), text) for at in range(*found.span())}
    segments: list[Segment] = []
    place = 0
    for segment in strip:
        for found, run in groupby(enumerate(segment.text, place), key=lambda pair: pair[0] in marked):
            words_ = "".join(character for _, character in run)
            segments.append(Segment(words_, (segment.style or Style()) + style if found else segment.style))
        place += len(segment.text)
    return Strip(segments)
