"""Sums of money as people read them."""

import pytest

from duologue.money import dollars


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (0.0, "$0"),
        (0.0000004, "$0.0000004"),
        (0.00123, "$0.0012"),
        (0.00999, "$0.01"),
        (0.0123, "$0.012"),
        (0.05, "$0.05"),
        (0.5, "$0.50"),
        (0.999, "$1.00"),
        (1.2, "$1.20"),
        (12345.6, "$12,345.60"),
        (float("inf"), "$inf"),
    ],
)
def test_small_and_large_sums_are_readable(usd: float, text: str) -> None:
    """Two digits that count, cents at least, and thousands apart."""
    assert dollars(usd) == text
