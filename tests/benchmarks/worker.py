"""One talk in a process of its own: `python -m tests.benchmarks.worker KIND URL EXCHANGES AT_ONCE RUNS`.

Prints what it took as JSON. A first, short talk is not measured, so that nothing is loaded, compiled or
connected for the first time while the clock runs.
"""

import asyncio
import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from tests.benchmarks import bare, product
from tests.benchmarks.product import Meter

Kind = Literal["product", "bare"]
_ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Took:
    """What a talk took: seconds of CPU and wall time, calls, and mebibytes that were resident at most."""

    cpu_s: float
    wall_s: float
    calls: int
    resident_mib: float

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU a call."""
        return self.cpu_s / self.calls * 1000

    @property
    def wall_ms(self) -> float:
        """Milliseconds of wall time a call."""
        return self.wall_s / self.calls * 1000


def talk(kind: Kind, url: str, exchanges: int, runs: Path, at_once: int = 1) -> Took:
    """What talks of this kind take in a new process."""
    arguments = [kind, url, str(exchanges), str(at_once), str(runs)]
    command = [sys.executable, "-m", __name__, *arguments]
    done = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, check=True)
    return Took(**json.loads(done.stdout))


async def _bare(url: str, exchanges: int, at_once: int) -> Meter:
    meter, calls = Meter(), []

    async def one(client: bare.httpx.AsyncClient) -> None:
        calls.append(await bare.converse(client, url, exchanges))

    async with bare.new_client() as first:
        await bare.converse(first, url, 1)
    # Making a client is part of a conversation, here as in ours, unless one alone is looked at.
    clients = [bare.new_client() for _ in range(at_once)] if at_once == 1 else []
    meter.start()
    clients = clients or [bare.new_client() for _ in range(at_once)]
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(one(client))
    meter.stop(sum(calls))
    for client in clients:
        await client.aclose()
    return meter


async def _product(url: str, exchanges: int, at_once: int, runs: Path) -> Meter:
    meter, calls = Meter(), []

    async def one() -> None:
        calls.append(await product.converse(url, exchanges, runs))

    await product.converse(url, 1, runs)
    if at_once == 1:
        await product.converse(url, exchanges, runs, meter)
        return meter
    meter.start()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one())
    meter.stop(sum(calls))
    return meter


def main(kind: str, url: str, exchanges: int, at_once: int, runs: Path) -> None:
    """Talk, and print what it took."""
    work = _bare(url, exchanges, at_once) if kind == "bare" else _product(url, exchanges, at_once, runs)
    meter = asyncio.run(work)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**asdict(meter), "resident_mib": resident}))


if __name__ == "__main__":
    kind_, url_, exchanges_, at_once_, runs_ = sys.argv[1:]
    main(kind_, url_, int(exchanges_), int(at_once_), Path(runs_))
