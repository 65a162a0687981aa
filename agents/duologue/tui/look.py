"""How blocks are to be painted just now."""

from dataclasses import dataclass

from duologue.tui.palette import Palette


@dataclass(frozen=True, slots=True)
class Look:
    """Width in columns, the palette, and whether reasoning is shown in full."""

    width: int
    palette: Palette
    reasoning: bool = False
