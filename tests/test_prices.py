"""What an answer costs: the person's table, free endpoints, and the list of the extra."""

import sys

import pytest
from genai_prices import Usage as Listed
from genai_prices import calc_price

from duologue.config import PriceTable
from duologue.messages import Usage
from duologue.prices import Prices, no_price
from duologue.targets import Target

OPENAI = "https://api.openai.com/v1"
HERE = "http://127.0.0.1:8080/v1"
ELSEWHERE = "https://models.example/v1"
USAGE = Usage(prompt_tokens=1_000_000, completion_tokens=500_000, cached_tokens=400_000)


def table(*names: str, price: PriceTable | None = None) -> Prices:
    return Prices(dict.fromkeys(names, price or PriceTable(input=2.0, output=8.0, cached=0.5)))


def test_the_own_table_prices_prompt_cache_and_answer_apart() -> None:
    """Cached prompt tokens have their price, or that of the others where the table names none."""
    assert table("m").cost_usd(USAGE, ELSEWHERE, "m") == 0.6 * 2 + 0.4 * 0.5 + 0.5 * 8
    plain = table("m", price=PriceTable(input=2.0, output=8.0))
    assert plain.cost_usd(USAGE, ELSEWHERE, "m") == 2 + 0.5 * 8


def test_more_cached_than_sent_is_taken_as_all() -> None:
    """A server that counts more cached tokens than there are does not make the prompt cheaper than cached."""
    odd = Usage(prompt_tokens=1_000_000, cached_tokens=9_000_000)
    assert table("m").cost_usd(odd, ELSEWHERE, "m") == 0.5
    assert Prices().cost_usd(odd, OPENAI, "gpt-4o") == pytest.approx(1.25)


def test_a_star_stands_for_any_ending_and_the_longest_name_wins() -> None:
    """`gpt-*` prices every name that begins so; a longer beginning and an exact name go first."""
    prices = Prices(
        {n: PriceTable(input=p, output=0) for n, p in (("*", 1), ("gp*", 2), ("gpt-*", 3), ("gpt-x", 4))}
    )
    used = Usage(prompt_tokens=1_000_000)
    assert [prices.cost_usd(used, ELSEWHERE, m) for m in ("a", "gp", "gpt-y", "gpt-x")] == [1, 2, 3, 4]


def test_a_name_that_the_table_has_not_is_no_other() -> None:
    """Without a star a name is exact, upper and lower case included."""
    assert table("gpt").cost_usd(USAGE, ELSEWHERE, "gpt-x") is None
    assert table("Small").cost_usd(USAGE, ELSEWHERE, "small") is None


@pytest.mark.parametrize(
    "url", [HERE, "http://localhost:11434/v1", "http://[::1]:8000/v1", "http://127.3.2.1/v1"]
)
def test_a_server_on_this_machine_is_free_unless_the_table_prices_it(url: str) -> None:
    """Loopback costs nothing, whatever the model is called; the person's table goes first."""
    assert Prices().cost_usd(USAGE, url, "gpt-4o") == 0.0
    assert table("gpt-4o").cost_usd(USAGE, url, "gpt-4o") == 5.4


def test_a_script_is_free() -> None:
    """What a scenario or a saved run says costs nothing, even where the table prices every model."""
    assert table("*").cost_usd(USAGE, "http://scripted.invalid/v1", "judge") == 0.0


def test_the_list_knows_hosted_models_with_their_cached_price() -> None:
    """A hosted model has the price that genai-prices gives it at that address."""
    counted = Listed(input_tokens=1_000_000, cache_read_tokens=400_000, output_tokens=500_000)
    listed = float(calc_price(counted, "gpt-4o", provider_api_url=OPENAI).total_price)
    assert Prices().cost_usd(USAGE, OPENAI, "gpt-4o") == round(listed, 9)
    assert listed > 0


def test_the_own_table_beats_the_list() -> None:
    """A price of the person's is taken before a listed one."""
    assert table("gpt-4o").cost_usd(USAGE, OPENAI, "gpt-4o") == 5.4


def test_the_likeliest_name_that_has_a_price_is_taken() -> None:
    """The model that answered goes before the one that was asked, and the table before the list."""
    prices = Prices()
    assert prices.cost_usd(USAGE, OPENAI, "gpt-4o-mini", "gpt-4o") == prices.cost_usd(
        USAGE, OPENAI, "gpt-4o-mini"
    )
    assert prices.cost_usd(USAGE, OPENAI, "nobody", "gpt-4o") == prices.cost_usd(USAGE, OPENAI, "gpt-4o")
    assert table("asked").cost_usd(USAGE, OPENAI, "gpt-4o", "asked") == 5.4


@pytest.mark.parametrize(
    ("url", "model"),
    [
        (ELSEWHERE, "gpt-4o"),
        (OPENAI, "nobody"),
        (OPENAI, "text-embedding-3-small"),
        (OPENAI, ""),
        ("", "gpt-4o"),
    ],
)
def test_what_is_not_known_has_no_price(url: str, model: str) -> None:
    """Nothing is guessed from a name alone, and a price for another use than talking is none."""
    assert Prices().cost_usd(USAGE, url, model) is None


def test_nothing_used_costs_nothing() -> None:
    """An attempt without tokens is free even where no price is known."""
    assert Prices().cost_usd(Usage(estimated=True), ELSEWHERE, "m") == 0.0


def test_without_the_extra_hosted_models_have_no_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the list is not installed, only the table and free endpoints are known, and a hint says so."""
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    assert Prices().cost_usd(USAGE, OPENAI, "gpt-4o") is None
    assert table("gpt-4o").cost_usd(USAGE, OPENAI, "gpt-4o") == 5.4
    told = no_price(Target(OPENAI, "gpt-4o"))
    assert "the price of gpt-4o at https://api.openai.com/v1 is not known" in told.message
    for words in ("pip install", '[prices."gpt-4o"]', "--max-tokens"):
        assert words in str(told.hint)


def test_with_the_extra_the_hint_names_the_table_alone() -> None:
    """Nobody is told to install what is there."""
    hint = str(no_price(Target(OPENAI, "nobody")).hint)
    assert "pip install" not in hint
    assert '[prices."nobody"]' in hint
