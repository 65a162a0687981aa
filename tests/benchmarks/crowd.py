"""Many conversations at once in one process, with replies that are a while in coming."""

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.server import serving
from tests.benchmarks.table import Row, Sizes, middle
from tests.benchmarks.worker import talk

_DELAY_MS = 50


def rows(sizes: Sizes, runs: Path) -> Iterator[Row]:
    """Wall time a call, all conversations together, to that of as many bare loops with a client each."""
    ours, bare = [], []
    with serving(_DELAY_MS) as url:
        for _ in range(max(1, sizes.repeats // 2)):
            bare.append(talk("bare", url, sizes.crowd_exchanges, runs, sizes.crowd).wall_ms)
            ours.append(talk("product", url, sizes.crowd_exchanges, runs, sizes.crowd).wall_ms)
    one, other = middle(ours), middle(bare)
    detail = f"{one:.2f} ms : {other:.2f} ms, replies delayed by {_DELAY_MS} ms"
    yield Row(f"wall per call, {sizes.crowd} conversations at once", one / other, "×", 1.3, detail=detail)
