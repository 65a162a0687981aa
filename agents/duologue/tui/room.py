"""Whether a screen has room for more than what is needed."""

from typing import Any, Final

from textual.screen import Screen

HIGH: Final = 8
"""Lines from which there is room for more than the header, the talk and the keys."""


def is_low(screen: Screen[Any]) -> bool:
    """Whether a dialog has so few lines that it shows what is chosen, and its keys."""
    return screen.app.size.height < HIGH
