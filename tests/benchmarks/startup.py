"""How long it takes until something happens: the help text, and the first request of a run."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.server import noted_by, serving
from tests.benchmarks.table import Row, Sizes, middle

_DUOLOGUE = (sys.executable, "-m", "duologue")


def rows(sizes: Sizes, runs: Path) -> Iterator[Row]:
    """Ratios to the smallest thing that the interpreter can do, and to importing httpx alone."""
    help_, nothing = _in_turns(
        lambda: _cpu_s(*_DUOLOGUE, "--help"), lambda: _cpu_s(sys.executable, "-c", "pass"), sizes.repeats * 2
    )
    detail = f"{help_ * 1000:.0f} ms : {nothing * 1000:.0f} ms"
    yield Row("cpu of `duologue --help` to `python -c pass`", help_ / nothing, "×", 5, detail=detail)
    first, httpx = _in_turns(
        lambda: _until_first_request(runs), lambda: _wall_s("-c", "import httpx"), sizes.repeats
    )
    detail = f"{first * 1000:.0f} ms : {httpx * 1000:.0f} ms"
    yield Row("launch to first request, to `import httpx`", first / httpx, "×", detail=detail)


def _in_turns(one: Callable[[], float], other: Callable[[], float], times: int) -> tuple[float, float]:
    taken = [(one(), other()) for _ in range(times)]
    return middle([pair[0] for pair in taken]), middle([pair[1] for pair in taken])


def _cpu_s(*command: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _wall_s(*arguments: str) -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, *arguments], check=True)
    return time.monotonic() - began


def _until_first_request(runs: Path) -> float:
    with serving() as url:
        arguments = ("run", "A goal", "--no-derive", "--json", "--max-turns", "1", "--base-url", url)
        models = [f"--{role}-model={role}" for role in ("user", "assistant", "judge")]
        environment = {**os.environ, "DUOLOGUE_RUNS": str(runs), "XDG_CONFIG_HOME": str(runs)}
        began = time.monotonic()
        subprocess.run([*_DUOLOGUE, *arguments, *models], stdout=subprocess.DEVNULL, env=environment)
        first = noted_by(url).first
    assert first is not None
    return first - began
