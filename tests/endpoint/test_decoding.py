"""Compressed bodies, decoded in pieces of bounded size."""

import gzip
import zlib
from collections.abc import Callable

import pytest

from duologue.endpoint.decoding import decoder_for


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("Deflate ", zlib.compress)])
def test_a_bomb_unpacks_piece_by_piece(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    """Sixteen megabytes out of a few kilobytes never stand in memory at once."""
    decode = decoder_for(encoding)
    assert decode is not None
    pieces = [len(piece) for piece in decode(compress(bytes(2**24)))]
    assert max(pieces) <= 65536
    assert sum(pieces) == 2**24


def test_chunks_may_be_cut_anywhere() -> None:
    """Byte by byte the same comes out."""
    decode = decoder_for("gzip")
    assert decode is not None
    packed = gzip.compress(b"hello " * 50)
    pieces = [piece for at in range(len(packed)) for piece in decode(packed[at : at + 1])]
    assert b"".join(pieces) == b"hello " * 50


@pytest.mark.parametrize("encoding", ["", "identity", " Identity"])
def test_nothing_to_decode(encoding: str) -> None:
    """An identity encoding needs no decoder."""
    assert decoder_for(encoding) is None


@pytest.mark.parametrize("encoding", ["br", "gzip, br", "aes"])
def test_unknown_encodings(encoding: str) -> None:
    """What was not asked for and is not known is refused."""
    with pytest.raises(ValueError, match="not asked for"):
        decoder_for(encoding)
