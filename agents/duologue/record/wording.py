"""Where two texts differ, word by word; bounded, however long they are."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate
from typing import Final

_WORD: Final = re.compile(r"\w+|\s+|[^\w\s]")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_MOST_PAIRS: Final = 1_500_000
"""Words of the one times words of the other, beyond which whole lines are compared instead."""
_LEAST_COMMON: Final = 0.25
"""Of the characters; texts that share less are not worth marking."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch that both texts share (`left == right`), or what stands in its place in each."""

    left: str
    right: str

    @property
    def same(self) -> bool:
        """Whether both have it."""
        return self.left == self.right


def pieces(left: str, right: str) -> list[Piece]:
    """Both texts in order, cut where they begin and cease to differ; one piece where they share little."""
    if left == right:
        return [Piece(left, right)] if left else []
    found = _joined(_compared(left, right))
    common = sum(len(piece.left) for piece in found if piece.same and not piece.left.isspace())
    if common < _LEAST_COMMON * max(len(left), len(right)):
        return [Piece(left, right)]
    return found


def _compared(left: str, right: str) -> Iterator[Piece]:
    ours, theirs = _WORD.findall(left), _WORD.findall(right)
    start = _shared_start(ours, theirs)
    ours_rest, theirs_rest = ours[start:], theirs[start:]
    end = _shared_start(ours_rest[::-1], theirs_rest[::-1])
    middle = ours_rest[: len(ours_rest) - end], theirs_rest[: len(theirs_rest) - end]
    yield _shared("".join(ours[:start]))
    yield from _middle(*middle)
    yield _shared("".join(ours_rest[len(ours_rest) - end :]))


def _middle(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Piece]:
    if len(ours) * len(theirs) > _MOST_PAIRS:
        ours, theirs = _LINE.findall("".join(ours)), _LINE.findall("".join(theirs))
    if len(ours) * len(theirs) > _MOST_PAIRS:
        yield Piece("".join(ours), "".join(theirs))
        return
    for _, i, j, k, m in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        yield Piece("".join(ours[i:j]), "".join(theirs[k:m]))


def _shared_start(ours: Sequence[str], theirs: Sequence[str]) -> int:
    pairs = enumerate(zip(ours, theirs, strict=False))
    return next((place for place, (our, their) in pairs if our != their), min(len(ours), len(theirs)))


def _shared(text: str) -> Piece:
    return Piece(text, text)


def _joined(found: Iterator[Piece]) -> list[Piece]:
    """Neighbours of a kind as one; a blank between two differences belongs to them."""
    joined: list[Piece] = []
    for piece in found:
        if not piece.left and not piece.right:
            continue
        if len(joined) > 1 and not piece.same and joined[-1].same and joined[-1].left.isspace():
            blank, before = joined.pop(), joined.pop()
            piece = Piece(before.left + blank.left + piece.left, before.right + blank.right + piece.right)
        elif joined and joined[-1].same == piece.same:
            before = joined.pop()
            piece = Piece(before.left + piece.left, before.right + piece.right)
        joined.append(piece)
    return joined


def changed_spans(found: Sequence[Piece], side: int) -> list[tuple[int, int]]:
    """Where in the left text (0) or the right one (1) the differing pieces stand, as start and end."""
    texts = [(piece.left, piece.right)[side] for piece in found]
    starts = accumulate(map(len, texts), initial=0)
    return [
        (start, start + len(text))
        for start, text, piece in zip(starts, texts, found, strict=False)
        if text and not piece.same
    ]
