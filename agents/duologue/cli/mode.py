"""In which form a command shows a run; light, as the commands on saved runs load no loop for it."""

import os
import sys
from typing import Literal

from duologue.errors import UserError

Mode = Literal["screen", "plain", "json", "quiet", "detached"]


def choose_mode(*, plain: bool, as_json: bool, quiet: bool) -> Mode:
    """The screen on a terminal, unless something else was asked for. Raises UserError for two at once."""
    asked = [name for name, on in (("--plain", plain), ("--json", as_json), ("--quiet", quiet)) if on]
    if len(asked) > 1:
        raise UserError(f"{' and '.join(asked)} exclude each other.", hint="Leave all out but one.")
    if as_json:
        return "json"
    if quiet:
        return "quiet"
    on_terminal = sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM") != "dumb"
    return "plain" if plain or not on_terminal else "screen"
