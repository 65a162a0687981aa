"""How blocks are to be painted just now."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from duologue.tui.palette import Palette

Only = Literal["", "user", "assistant", "judge", "marks"]
ONLY: Final[tuple[Only, ...]] = get_args(Only)


@dataclass(frozen=True, slots=True)
class Look:
    """Width in columns, the palette, and whether reasoning and tools' results are shown in full; `only` is
    the kind of rows that are shown, empty for all; `find` are words to be highlighted."""

    width: int
    palette: Palette
    reasoning: bool = False
    tools: bool = False
    only: Only = ""
    find: str = ""
