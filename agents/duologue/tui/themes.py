"""The themes: Textual's colours for the frame, and the palette that blocks are painted in."""

from typing import Final

from rich.style import Style
from textual.theme import Theme

from duologue.habits import THEMES
from duologue.habits import Theme as ThemeName
from duologue.tui.palette import DARK, LIGHT, Palette

CONTRAST: Final = Palette(
    user=Style(color="#00ffff", bold=True),
    assistant=Style(color="#ffffff", bold=True),
    judge=Style(color="#ffff00", bold=True),
    good=Style(color="#00ff00", bold=True),
    bad=Style(color="#ff8080", bold=True),
    warn=Style(color="#ffff00"),
    code="rrt",
    faint=Style(),
    strong=Style(bold=True, underline=True),
)
TERMINAL: Final = Palette(
    user=Style(color="cyan"),
    assistant=Style(color="magenta"),
    judge=Style(color="yellow"),
    good=Style(color="green"),
    bad=Style(color="red"),
    warn=Style(color="yellow"),
    code="ansi_dark",
    faint=Style(dim=True),
    strong=Style(bold=True),
)
_OWN: Final = Theme(
    name="contrast",
    primary="#ffff00",
    secondary="#00ffff",
    warning="#ffff00",
    error="#ff8080",
    success="#00ff00",
    accent="#ffffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#000000",
    text_alpha=1.0,
    variables={"block-cursor-foreground": "#000000", "block-cursor-background": "#ffffff"},
)
_TEXTUAL: Final[dict[ThemeName, str]] = {
    "dark": "textual-dark",
    "light": "textual-light",
    "contrast": _OWN.name,
    "terminal": "ansi-dark",
}
REGISTERED: Final = (_OWN,)


def textual_name(theme: ThemeName) -> str:
    """What Textual calls the theme."""
    return _TEXTUAL[theme]


def after(textual: str) -> ThemeName:
    """The theme that follows the one Textual calls so."""
    names = list(_TEXTUAL.values())
    place = names.index(textual) if textual in names else -1
    return THEMES[(place + 1) % len(THEMES)]


def palette_of(theme: Theme) -> Palette:
    """The palette that goes with a theme."""
    if theme.name == _OWN.name:
        return CONTRAST
    if theme.ansi:
        return TERMINAL
    return DARK if theme.dark else LIGHT
