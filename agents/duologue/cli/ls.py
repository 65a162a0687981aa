"""`duologue ls`: the saved runs, one a line."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, get_args

import click

from duologue.cli.numbers import Whole
from duologue.cli.run_lines import run_lines
from duologue.cli.saved import runs_option, saved_runs
from duologue.display import display_safe, one_line
from duologue.outcomes import Outcome
from duologue.record.runs import RunSummary, list_runs
from duologue.record.search import Hit, search_runs

_STATES: Final = (*get_args(Outcome), "running", "crashed", "unreadable")
_SPAN: Final = re.compile(r"(\d{1,9})\s*(s|min|m|h|d|w)")
_SECONDS: Final = {"s": 1, "min": 60, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def moment(text: str) -> datetime:
    """A point in time, in UTC: how long ago (`90min`, `2h`, `3d`, `1w`), or a date, local where it has no
    zone. Raises BadParameter."""
    try:
        if span := _SPAN.fullmatch(text.strip()):
            return datetime.now(UTC) - timedelta(seconds=int(span.group(1)) * _SECONDS[span.group(2)])
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"{display_safe(text)!r} is neither a time span like 2h or 3d nor a date like 2026-11-22."
        ) from None


@click.command(short_help="List and search the saved runs.")
@click.option("--outcome", multiple=True, type=click.Choice(_STATES), help="Only runs that ended so.")
@click.option("--pair", help="Only runs of this pair.")
@click.option("--since", type=moment, metavar="TIME", help="Only runs begun since: 2h, 3d, 2026-11-22.")
@click.option("--grep", metavar="TEXT", help="Only runs in which these words were said, and where.")
@click.option("--tree", is_flag=True, help="Show forks below the run that they come from.")
@click.option("--limit", type=Whole(1), metavar="N", help="Only the newest N.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run.")
@runs_option
def command(
    outcome: tuple[str, ...],
    pair: str | None,
    since: datetime | None,
    grep: str | None,
    tree: bool,
    limit: int | None,
    as_json: bool,
    runs: Path | None,
) -> None:
    """List the saved runs, newest last.

    TEXT is searched as words in their order, the last of which may be the beginning of a word; upper and
    lower case are the same.
    """
    folder = saved_runs(runs)
    hits = None if grep is None else search_runs(folder, grep)
    summaries = [
        summary
        for summary in list_runs(folder)
        if (not outcome or summary.state in outcome)
        and (pair is None or summary.pair == pair)
        and (since is None or begun_since(summary, since))
        and (hits is None or summary.run in hits)
    ][-(limit or 0) :]
    if as_json:
        for summary in summaries:
            _print_json(summary, hits)
        return
    if not summaries:
        narrowed = outcome or pair or since or grep
        why = "No saved run answers to that" if narrowed else "There are no saved runs"
        click.echo(display_safe(f'{why} in {folder}. Start one: duologue run "…"'), err=True)
    columns = shutil.get_terminal_size((100, 24)).columns
    listed = _family(summaries) if tree else ((summary, 0) for summary in summaries)
    for summary, lines in run_lines(listed, columns):
        click.echo("\n".join(lines))
        for hit in (hits or {}).get(summary.run, []):
            where = f"turn {hit.turn}" if hit.turn else "the beginning"
            click.echo("    " + one_line(f"{where}, {hit.who}: {hit.snippet}", max(columns - 4, 12)))


def begun_since(summary: RunSummary, moment: datetime) -> bool:
    """Whether the run began at that moment or later; never where it does not say when."""
    try:
        return datetime.fromisoformat(summary.at).astimezone(UTC) >= moment
    except (ValueError, OverflowError):
        return False


def _print_json(summary: RunSummary, hits: dict[str, list[Hit]] | None) -> None:
    found = {} if hits is None else {"found": [asdict(hit) for hit in hits[summary.run]]}
    click.echo(json.dumps({**asdict(summary), "path": str(summary.path), **found}))


def _family(summaries: list[RunSummary]) -> Iterator[tuple[RunSummary, int]]:
    """The runs with each fork below its parent, and how deep; a fork without its parent stands alone."""
    names = {summary.run for summary in summaries}
    below: dict[str | None, list[RunSummary]] = {}
    for summary in summaries:
        below.setdefault(summary.parent if summary.parent in names else None, []).append(summary)
    shown: set[str] = set()
    # Logs from elsewhere may claim to be each other's parents; whoever is not below a root is one.
    for root in (*below.get(None, []), *summaries):
        waiting = [(root, 0)]
        while waiting:
            summary, depth = waiting.pop()
            if summary.run not in shown:
                shown.add(summary.run)
                yield summary, depth
                waiting += [(child, depth + 1) for child in reversed(below.get(summary.run, []))]
