"""What in a result goes against its sources, or beyond them, in words."""

from typing import Final

from duologue.record.events import VerdictGiven

_KINDS: Final = {"intrinsic": "against a source", "extrinsic": "beyond the sources"}


def contradiction_lines(verdict: VerdictGiven) -> list[str]:
    """A line for each that the verdict names, the unverified ones marked."""
    return [f"{_KINDS[each.kind]}: {each.words}" for each in verdict.contradictions]
