"""`duologue verify`: whether a run's log is what was written."""

from pathlib import Path

import click

from duologue.cli.report import complain
from duologue.cli.saved import named_run, runs_option
from duologue.display import one_line
from duologue.outcomes import EXIT_FAILED
from duologue.record.called import by_path
from duologue.record.verify import Link, verify_run


@click.command(short_help="Check that a run's log is whole and unaltered.")
@click.argument("run", default="last")
@runs_option
def command(run: str, runs: Path | None) -> int:
    """Check RUN: its name, the beginning of it, `last`, or a path to a run or a log file.

    Every line has to follow the one before by its number and by its sum, and every stored source has to
    be what its name says. A fork's chain is followed into its parent, which has to lie beside it. Prints
    the number of events and the last sum, with which a result can be quoted. Exits with 0 where all of
    it holds, and with 1 otherwise.
    """
    path = named_run(run, runs)
    links = verify_run(path)
    for place, link in enumerate(links):
        if link.problem is None:
            click.echo(_holds(link, fork=place > 0))
    broken = links[-1]
    if broken.problem is None:
        return 0
    # A fork's parent lies beside it.
    name = by_path((path if path.is_dir() else path.parent).parent / broken.run)
    hint = f"Mend a copy of it: duologue repair {name}" if broken.problem.startswith("line") else None
    complain(f"{broken.run} does not verify: {broken.problem.rstrip('.')}.", hint)
    return EXIT_FAILED


def _holds(link: Link, *, fork: bool) -> str:
    name = one_line(link.run, 60)
    if fork:
        return f"  a fork of {name} at event {link.events}, sum {link.sum}"
    return f"{name}: {link.events} events, last sum {link.sum}"
