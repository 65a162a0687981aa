"""How like two texts are: by the runs of three words, or three characters, that they share."""

import functools

from duologue.conversation.thresholds import AT
from duologue.conversation.words import words


def likeness(text: str, other: str) -> float:
    """Share of all shingles of the two that both hold (Jaccard); 0 where one is too short."""
    ours, theirs = _shingles(text), _shingles(other)
    if not ours or not theirs:
        return 0.0
    return len(ours & theirs) / len(ours | theirs)


def contained(text: str, other: str) -> float:
    """Share of the text's shingles that the other holds too; 0 where the text is too short."""
    ours = _shingles(text)
    return len(ours & _shingles(other)) / len(ours) if ours else 0.0


def same_words(text: str, other: str) -> bool:
    """Whether both say the same words, whatever their case and punctuation."""
    return words(text.casefold()) == words(other.casefold())


@functools.lru_cache(maxsize=64)  # each turn is compared with several later ones
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    said = words(text.casefold())
    if len(said) < AT.compared_words:
        return frozenset()
    return frozenset(zip(*(said[offset:] for offset in range(AT.shingle)), strict=False))
