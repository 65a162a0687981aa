"""What is sent: how much of a prompt repeats the one before it, and how prompts grow with the talk.

An endpoint reuses what it computed for the part of a prompt that repeats the same role's prompt before it.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from duologue.settings import DEFAULT_CONTEXT_TOKENS
from tests.benchmarks.product import converse
from tests.benchmarks.server import Noted, Prompts, noted_by, serving
from tests.benchmarks.table import Row, Sizes

_AGENTS = ("user", "assistant")


def rows(sizes: Sizes, runs: Path) -> Iterator[Row]:
    """Shares and sizes, from a talk of each length."""
    short, long = _seen(sizes.short, runs), _seen(sizes.long, runs)
    for name, roles, bound in (("the agents", _AGENTS, None), ("all roles", (*_AGENTS, "judge"), 95.0)):
        share = _sum(short, roles, "repeated") / _sum(short, roles, "total") * 100
        detail = ", ".join(f"{role} {_share(short.prompts[role]):.1f} %" for role in roles)
        what = f"prompt that repeats, {name}, {sizes.short} exchanges"
        yield Row(what, share, "%", bound, least=True, detail=detail)
    grown = sizes.long / sizes.short
    ratio = long.prompts["judge"].total / short.prompts["judge"].total
    yield Row(
        f"judge's prompt bytes, {sizes.long} to {sizes.short} exchanges", ratio, "×", grown * 1.1, detail=""
    )
    before, after = _sum(short, _AGENTS, "total"), _sum(long, _AGENTS, "total")
    detail = f"{after / 1e6:.1f} MB : {before / 1e6:.1f} MB; growing with the square: {grown**2:g} ×"
    yield Row(
        f"agents' prompt bytes, {sizes.long} to {sizes.short} exchanges", after / before, "×", detail=detail
    )
    longest = max(prompts.longest for prompts in long.prompts.values())
    tokens = longest / 4  # as the server counts them
    detail = f"{tokens:,.0f} tokens of {DEFAULT_CONTEXT_TOKENS:,}"
    share = tokens / DEFAULT_CONTEXT_TOKENS * 100
    yield Row(f"longest prompt to the window, {sizes.long} exchanges", share, "%", 100, detail=detail)


def _seen(exchanges: int, runs: Path) -> Noted:
    with serving() as url:
        asyncio.run(converse(url, exchanges, runs))
        return noted_by(url)


def _sum(noted: Noted, roles: tuple[str, ...], field: str) -> int:
    return sum(int(getattr(noted.prompts[role], field)) for role in roles)


def _share(prompts: Prompts) -> float:
    return prompts.repeated / prompts.total * 100
