"""CPU and wall time of a model call, log, sync and judge included, to those of the bare loop's.

A call is any request for a completion. Duologue makes three an exchange, the judge's among them; the bare
loop makes two, and knows no judge. Wall time has no bound: the wait for the disk is in it, and the bare loop
has nothing to wait for.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.server import serving
from tests.benchmarks.table import Row, Sizes, middle
from tests.benchmarks.worker import Took, talk


def rows(sizes: Sizes, runs: Path) -> Iterator[Row]:
    """Ratios at both lengths of talk, and the memory of the short one."""
    for exchanges, bound in ((sizes.short, 1.3), (sizes.long, 1.0)):
        ours, bare = _both(exchanges, sizes.repeats, runs)
        for what in ("cpu_ms", "wall_ms"):
            one, other = (middle([getattr(took, what) for took in side]) for side in (ours, bare))
            name = f"{what.removesuffix('_ms')} per call, {exchanges} exchanges"
            detail = f"{one:.2f} ms : {other:.2f} ms"
            yield Row(name, one / other, "×", bound if what == "cpu_ms" else None, detail=detail)
        if exchanges == sizes.short:
            one, other = (middle([took.resident_mib for took in side]) for side in (ours, bare))
            detail = f"{one:.1f} MiB : {other:.1f} MiB"
            yield Row("resident memory of one conversation", one / other, "×", detail=detail)


def _both(exchanges: int, repeats: int, runs: Path) -> tuple[list[Took], list[Took]]:
    """Both sides in turns, each talk in a process of its own, so that a busy machine slows both."""
    ours, bare = [], []
    with serving() as url:
        for _ in range(repeats):
            bare.append(talk("bare", url, exchanges, runs))
            ours.append(talk("product", url, exchanges, runs))
    return ours, bare
