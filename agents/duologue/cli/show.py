"""`duologue show`: a saved run as plain text."""

from collections.abc import Iterator
from pathlib import Path

import click

from duologue.cli.numbers import Whole
from duologue.cli.plain import Printer
from duologue.cli.report import complain
from duologue.cli.saved import called, named_run, runs_option
from duologue.display import display_safe
from duologue.errors import UserError
from duologue.record.events import CriteriaSet, Record, TurnStarted
from duologue.record.index import Index, open_index
from duologue.record.lock import is_locked
from duologue.record.log import LOG_NAME
from duologue.record.reader import Problem, iterate_log
from duologue.record.runs import holds_log


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
        going_on = is_locked(path / LOG_NAME if path.is_dir() else path)
        said = "the run is going on." if going_on else "the run was cut off."
        click.secho(f"\n══ The log ends here: {said}", bold=True)
        printer.totals()
        folder = path if path.is_dir() else path.parent
        if not going_on and not problems and holds_log(folder):
            click.secho(display_safe(f"  Next: duologue resume {called(folder)}", newlines=False), dim=True)
    for problem in problems[:20]:
        complain(f"Skipped {problem}", None)
    if len(problems) > 20:
        complain(f"Skipped {len(problems) - 20} more.", None)


def print_part(path: Path, *, turn: int | None, tail: int | None) -> None:
    """Print one turn with what followed it, or the last events; of a long log nothing else is read."""
    printer = Printer(click.echo)
    with open_index(path / LOG_NAME if path.is_dir() else path) as index:
        for seq in range(1, min(4, len(index) + 1)):
            record = index.read(seq)
            printer.record(record) if seq == 1 else printer.skip([record])
            if isinstance(record.event, CriteriaSet):
                break
        found = index.tail(tail or 0) if turn is None else _turn(index, turn)
        for record in found:
            printer.record(record)
        printer.flush()


def _turn(index: Index, turn: int) -> Iterator[Record]:
    try:
        first = index.seq_of_turn(turn)
    except IndexError as exc:
        raise UserError(f"The run has no turn {turn}.", hint="`duologue show RUN` shows them all.") from exc
    for seq in range(first, len(index) + 1):
        record = index.read(seq)
        if isinstance(record.event, TurnStarted) and record.event.turn != turn:
            return
        yield record


@click.command(short_help="Print a saved run as plain text.")
@click.argument("run", default="last")
@click.option("--turn", type=Whole(1), metavar="TURN", help="Only this turn, and what followed it.")
@click.option("--tail", type=Whole(1), metavar="N", help="Only the last N events.")
@runs_option
def command(run: str, turn: int | None, tail: int | None, runs: Path | None) -> None:
    """Print RUN as plain text: its name, the beginning of it, `last`, or a path."""
    path = named_run(run, runs)
    if turn is None and tail is None:
        print_log(path)
    else:
        print_part(path, turn=turn, tail=tail)
