"""`python -m tests.benchmarks`: take every measurement and print the table."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import crowd, per_call, prompts, run_list, startup, tokens
from tests.benchmarks.table import Row, Sizes, shown, where

_MEASUREMENTS = (tokens, per_call, startup, crowd, prompts, run_list)


def measure(sizes: Sizes) -> Iterator[Row]:
    """Every row, as it is measured."""
    with tempfile.TemporaryDirectory(prefix="duologue-bench-") as folder:
        for number, measurement in enumerate(_MEASUREMENTS):
            runs = Path(folder) / str(number)
            runs.mkdir()
            yield from measurement.rows(sizes, runs)


def main() -> None:
    """Print the table."""
    print(f"Duologue to the bare loop, taken on {where()}", flush=True)
    for row in measure(Sizes()):
        print(shown(row), flush=True)


if __name__ == "__main__":
    main()
