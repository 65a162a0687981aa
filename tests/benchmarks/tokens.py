"""CPU for each token that streams in: ours beside a bare httpx loop that splits lines and parses JSON.

Both sides read the same long replies from the same server, each token a chunk of its own. Text kept apart
from reasoning, clocks, caps, pace, loop detection and the listener are on our side only.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from duologue.endpoint.client import Client
from duologue.endpoint.completion import Delta, Listener, Request
from duologue.messages import Message
from duologue.targets import Target
from tests.benchmarks.bare import new_client
from tests.benchmarks.replies import TOKENS
from tests.benchmarks.server import serving
from tests.benchmarks.table import Row, Sizes, middle

_ASK = Request([Message("user", "Tell me all.")])
_MODELS = {"burst": "as fast as they can be sent", "trickle": "half a millisecond apart"}


def rows(sizes: Sizes, runs: Path) -> Iterator[Row]:
    """Microseconds of this process's CPU a token, on both sides in turns."""
    for model, pace in _MODELS.items():
        ours, bare = asyncio.run(_both(model, sizes.replies))
        one, other = middle(ours), middle(bare)
        detail = f"{one:.1f} µs : {other:.1f} µs, {sizes.replies} replies of {TOKENS:,} tokens"
        yield Row(f"cpu per token, {pace}", one / other, "×", 1.5, detail=detail)


async def _both(model: str, replies: int) -> tuple[list[float], list[float]]:
    ours, bare = [], []
    with serving() as url:
        async with Client(Target(url, model)) as client, new_client() as other:
            for _ in range(replies + 1):
                bare.append(await _bare(other, url, model))
                ours.append(await _ours(client))
    # The first of each connects, and loads what is loaded once.
    return ours[1:], bare[1:]


async def _ours(client: Client) -> float:
    heard: list[Delta] = []
    began = time.process_time()
    got = await client.complete(_ASK, Listener(heard.append))
    took_s = time.process_time() - began
    assert sum(len(delta.text) for delta in heard) == len(got.text)
    return took_s / TOKENS * 1e6


async def _bare(client: httpx.AsyncClient, url: str, model: str) -> float:
    body = {"model": model, "messages": [{"role": "user", "content": "Tell me all."}], "stream": True}
    chunks = 0
    began = time.process_time()
    async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                json.loads(line[6:])
                chunks += 1
    took_s = time.process_time() - began
    assert chunks > TOKENS
    return took_s / TOKENS * 1e6
