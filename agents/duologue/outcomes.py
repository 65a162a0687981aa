"""How a run ended, and with which exit code the command says so."""

from typing import Final, Literal

Outcome = Literal["done", "impossible", "stalled", "limit", "parked", "stopped", "failed"]

EXIT_CODES: Final[dict[Outcome, int]] = {
    "done": 0,
    "failed": 1,
    "limit": 3,
    "stalled": 4,
    "impossible": 5,
    "parked": 6,
    "stopped": 130,
}
"""A run ended by a signal exits with 128 plus the signal's number instead; wrong usage exits with 2."""

EXIT_USAGE: Final = 2
EXIT_FAILED: Final = EXIT_CODES["failed"]
