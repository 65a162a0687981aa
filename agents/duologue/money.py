"""Sums of money as people read them."""

from math import floor, isfinite, log10


def dollars(usd: float) -> str:
    """`$0`, `$0.0012`, `$0.05`, `$1.20`, `$12,345.60`: two digits that count, and never less than cents."""
    if usd == 0 or not isfinite(usd):
        return f"${usd:.0f}"
    places = max(2, 1 - floor(log10(abs(usd))))
    whole, _, cents = f"{usd:,.{places}f}".partition(".")
    return f"${whole}.{cents.rstrip('0').ljust(2, '0')}"
