"""What an answer costs: by the person's own table, else nothing where no money flows, else by the list of
the extra `prices`, which knows models by their endpoint and needs no network."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from duologue.addresses import is_loopback
from duologue.config import PriceTable, config_path
from duologue.errors import ConfigError
from duologue.extras import install_command
from duologue.messages import Usage
from duologue.targets import Target

_MILLION: Final = 1_000_000
_PLACES: Final = 9
_SAMPLE: Final = Usage(1, 1)


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices that hold for a run. `own` is the person's table: names of models, or their beginnings
    with a `*` after them, of which the longest that fits is taken."""

    own: Mapping[str, PriceTable] = field(default_factory=dict)

    def cost_usd(self, usage: Usage, base_url: str, *models: str) -> float | None:
        """US dollars, to nine places; None where the price is not known.

        `models` are the names by which the model goes at this URL, the likeliest first. What a script or a
        server on this machine says is free, unless the table prices that server's model.
        """
        usd = self._given_usd(usage, base_url, models)
        if usd is None:
            listed = (_listed_usd(usage, base_url, model) for model in models)
            usd = next((found for found in listed if found is not None), None)
        return None if usd is None else round(usd, _PLACES)

    def settles(self, target: Target) -> bool:
        """Whether what the target says has a price without a look at the list."""
        return self._given_usd(_SAMPLE, target.base_url, (target.model,)) is not None

    def unknown(self, targets: Iterable[Target]) -> list[Target]:
        """Those that have no price. Loading the list may take a third of a second."""
        return [t for t in targets if self.cost_usd(_SAMPLE, t.base_url, t.model) is None]

    def _given_usd(self, usage: Usage, base_url: str, models: Sequence[str]) -> float | None:
        whose = _whose(base_url)
        if not usage.total_tokens or whose == "nobody":
            return 0.0
        found = next((price for model in models if (price := self._own(model)) is not None), None)
        if found is not None:
            return _at(found, usage)
        return 0.0 if whose == "own" else None

    def _own(self, model: str) -> PriceTable | None:
        if (exact := self.own.get(model)) is not None:
            return exact
        fitting = [name for name in self.own if name.endswith("*") and model.startswith(name[:-1])]
        return self.own[max(fitting, key=len)] if fitting else None


def _at(price: PriceTable, usage: Usage) -> float:
    cached = min(usage.cached_tokens, usage.prompt_tokens)
    cached_price = price.input if price.cached is None else price.cached
    prompt = (usage.prompt_tokens - cached) * price.input + cached * cached_price
    return (prompt + usage.completion_tokens * price.output) / _MILLION


@functools.cache
def _whose(base_url: str) -> Literal["nobody", "own", "others"]:
    """Who serves there: nobody (a script), this machine, or others."""
    host = urlsplit(base_url).hostname or ""
    if host.endswith(".invalid"):
        return "nobody"
    here = host == "localhost" or host.endswith(".localhost") or is_loopback(host)
    return "own" if here else "others"


def _listed_usd(usage: Usage, base_url: str, model: str) -> float | None:
    try:
        import genai_prices as listed  # noqa: PLC0415 - an extra, slow to load, and often not needed
    except ImportError:
        return None
    tokens = listed.Usage(
        input_tokens=usage.prompt_tokens,
        cache_read_tokens=min(usage.cached_tokens, usage.prompt_tokens),
        output_tokens=usage.completion_tokens,
    )
    try:
        found = listed.calc_price(tokens, model, provider_api_url=base_url)
    except (LookupError, ValueError):
        return None
    # Some models stand in the list without a price, or with that of another use than talking.
    priced = found.model_price.output_mtok is not None or found.model.id.endswith(":free")
    return float(found.total_price) if priced else None


def no_price(target: Target) -> ConfigError:
    """What to say where cost is limited and this target's price is not known."""
    return ConfigError(
        f"A limit of cost cannot be kept: the price of {target.model} at {target.base_url} is not known.",
        hint=_hint(target.model),
    )


def _has_list() -> bool:
    try:
        import genai_prices  # noqa: F401, PLC0415 - as above
    except ImportError:
        return False
    return True


def _hint(model: str) -> str:
    table = f'[prices."{model}"] with input and output in {config_path()}, in dollars per million tokens'
    if _has_list():
        return f"Give it as {table}, or limit the run with --max-tokens."
    return (
        f"Install the list of prices with {install_command('prices')} or give it as {table}, or limit "
        "the run with --max-tokens."
    )
