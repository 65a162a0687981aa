"""Where two texts differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.record.wording import Piece, changed_spans, pieces


def test_words_that_differ_are_found() -> None:
    """One word in a sentence is one difference; what surrounds it is shared."""
    assert pieces("A frog jumps in.", "A toad jumps in.") == [
        Piece("A ", "A "),
        Piece("frog", "toad"),
        Piece(" jumps in.", " jumps in."),
    ]


def test_neighbouring_words_are_one_difference() -> None:
    """A blank between two words that differ does not part them."""
    found = pieces("It was a cold day in May.", "It was one warm day in May.")
    assert [(piece.left, piece.right) for piece in found if not piece.same] == [("a cold", "one warm")]


def test_texts_that_share_little_are_not_cut() -> None:
    """Where next to nothing is common, the texts stand whole."""
    assert pieces("one two three", "vier fünf") == [Piece("one two three", "vier fünf")]


@pytest.mark.parametrize("text", ["", "same"])
def test_equal_texts(text: str) -> None:
    """Equal texts have no difference."""
    assert all(piece.same for piece in pieces(text, text))


WORDS = st.text(st.sampled_from("ab \nä,"), max_size=60)


@given(WORDS, WORDS)
def test_the_pieces_are_the_texts(left: str, right: str) -> None:
    """Put together, the pieces are both texts again, and the spans hold what differs."""
    found = pieces(left, right)
    assert "".join(piece.left for piece in found) == left
    assert "".join(piece.right for piece in found) == right
    spans = changed_spans(found, 1)
    assert [right[start:end] for start, end in spans] == [
        piece.right for piece in found if piece.right and not piece.same
    ]


def test_huge_texts_are_compared_by_line() -> None:
    """Texts of many thousand words are compared at once, line by line."""
    lines = [f"line {number} of a long text with words\n" for number in range(900)]
    other = [line.replace("long", "short") if number % 2 else line for number, line in enumerate(lines)]
    found = pieces("".join(lines), "".join(other))
    assert "".join(piece.right for piece in found) == "".join(other)
    assert len(found) > 1
