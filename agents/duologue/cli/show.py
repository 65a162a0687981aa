"""`duologue show`: a saved run as plain text."""

from pathlib import Path

import click

from duologue.cli.plain import Printer
from duologue.cli.report import complain
from duologue.cli.saved import named_run
from duologue.record.events import Record
from duologue.record.log import LOG_NAME
from duologue.record.reader import Problem, iterate_log


def print_log(path: Path) -> None:
    """Print a run's folder or log file, and what had to be skipped."""
    printer = Printer(click.echo)
    problems: list[Problem] = []
    for found in iterate_log(path / LOG_NAME if path.is_dir() else path):
        if isinstance(found, Record):
            printer.record(found)
        else:
            problems.append(found)
    printer.flush()
    if printer.view.outcome == "running":
        click.secho("\n══ The log ends here: the run is going on, or was cut off.", bold=True)
    for problem in problems[:20]:
        complain(f"Skipped {problem}", None)
    if len(problems) > 20:
        complain(f"Skipped {len(problems) - 20} more.", None)


@click.command(short_help="Print a saved run as plain text.")
@click.argument("run", default="last")
@click.option("--runs", type=click.Path(path_type=Path), help="The folder of saved runs.")
def command(run: str, runs: Path | None) -> None:
    """Print RUN as plain text: its name, the beginning of it, `last`, or a path."""
    print_log(named_run(run, runs))
