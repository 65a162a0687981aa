"""What attempts cost, added up: tokens always, dollars where their price was known when they were paid."""

from dataclasses import dataclass
from typing import Final, Self

from duologue.money import dollars
from duologue.record.parts import Spent, TokenCount

_PLACES: Final = 9


@dataclass(slots=True)
class Bill:
    """`usd` is the sum of the known prices; `unpriced` counts the tokens whose price is not known."""

    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0

    @classmethod
    def of(cls, spent: Spent) -> Self:
        """The bill that an ending names; one from before prices were kept names none."""
        unpriced = spent.tokens if spent.cost_usd is None else spent.unpriced_tokens
        return cls(spent.tokens, spent.cost_usd or 0.0, unpriced)

    def charge(self, usage: TokenCount, cost_usd: float | None) -> None:
        """Add an attempt."""
        tokens = usage.prompt + usage.completion
        self.tokens += tokens
        if cost_usd is None:
            self.unpriced += tokens
        else:
            self.usd = round(self.usd + cost_usd, _PLACES)

    @property
    def cost_usd(self) -> float | None:
        """US dollars, of what has a price; None where nothing has."""
        return None if self.unpriced and self.unpriced >= self.tokens and not self.usd else self.usd

    @property
    def known(self) -> str:
        """As `words`, and empty where no price is known."""
        return "" if self.cost_usd is None else self.words

    @property
    def brief(self) -> str:
        """`$0.12`, `$0.12+?` where a part has no price, `?` where nothing has."""
        if self.cost_usd is None:
            return "?"
        return dollars(self.usd) + ("+?" if self.unpriced else "")

    @property
    def words(self) -> str:
        """`$0.12`, `$0.12 and 3,400 tokens of unknown price`, `price unknown`; empty where all was free."""
        if self.cost_usd is None:
            return "price unknown"
        if self.unpriced:
            return f"{dollars(self.usd)} and {self.unpriced:,} tokens of unknown price"
        return dollars(self.usd) if self.usd else ""
