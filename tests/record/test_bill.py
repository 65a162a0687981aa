"""What attempts cost, added up."""

import pytest

from duologue.record.bill import Bill
from duologue.record.parts import Spent, TokenCount


def bill(*paid: tuple[int, float | None]) -> Bill:
    """The bill of attempts of so many tokens at such a cost."""
    total = Bill()
    for tokens, cost_usd in paid:
        total.charge(TokenCount(prompt=tokens), cost_usd)
    return total


@pytest.mark.parametrize(
    ("paid", "cost_usd", "words"),
    [
        ((), 0.0, ""),
        (((10, 0.0),), 0.0, ""),
        (((10, 0.1), (20, 0.2)), 0.3, "$0.30"),
        (((10, None),), None, "price unknown"),
        (((0, 0.0), (10, None)), None, "price unknown"),
        (((10, 0.1), (2000, None)), 0.1, "$0.10 and 2,000 tokens of unknown price"),
        (((10, 0.0), (20, None)), 0.0, "$0 and 20 tokens of unknown price"),
    ],
)
def test_known_and_unknown_prices(
    paid: tuple[tuple[int, float | None], ...], cost_usd: float | None, words: str
) -> None:
    """Known prices are summed, tokens of unknown price are counted apart, and what is free goes unsaid."""
    total = bill(*paid)
    assert (total.cost_usd, total.words) == (cost_usd, words)
    assert total.known == ("" if cost_usd is None else words)
    assert ("?" in total.brief) == ("unknown" in words)
    assert total.tokens == sum(tokens for tokens, _ in paid)


def test_many_small_sums_do_not_drift() -> None:
    """Ten thousand thousandths of a cent are ten cents to the last digit."""
    assert bill(*[(1, 0.00001)] * 10_000).usd == 0.1


def test_an_ending_from_before_prices_were_kept() -> None:
    """An old log's ending names no cost: its price is unknown, unless it used nothing."""
    old = Spent.model_validate({"turns": 2, "calls": 3, "tokens": 90, "seconds": 1.0})
    assert Bill.of(old).words == "price unknown"
    assert Bill.of(old.model_copy(update={"tokens": 0})).words == ""
    assert Bill.of(old.model_copy(update={"cost_usd": 0.5, "unpriced_tokens": 0})).words == "$0.50"
