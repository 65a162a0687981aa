"""In which form a command shows a run; light, as the commands on saved runs load no loop for it."""

import os
import sys
from typing import Literal

Mode = Literal["screen", "plain", "json", "quiet", "detached"]


def choose_mode(*, plain: bool, as_json: bool, quiet: bool) -> Mode:
    """The screen on a terminal, unless something else was asked for."""
    if as_json:
        return "json"
    if quiet:
        return "quiet"
    on_terminal = sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM") != "dumb"
    return "plain" if plain or not on_terminal else "screen"
