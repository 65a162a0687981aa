"""`duologue ls`: the saved runs, one a line."""

import json
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from duologue.cli.saved import saved_runs
from duologue.display import one_line
from duologue.record.runs import RunSummary, list_runs

_COLOURS: Final = {"done": "green", "running": "cyan", "failed": "red", "crashed": "red", "unreadable": "red"}
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@click.command(short_help="List the saved runs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run.")
@click.option("--runs", type=click.Path(path_type=Path), help="The folder of saved runs.")
def command(as_json: bool, runs: Path | None) -> None:
    """List the saved runs, newest last."""
    folder = saved_runs(runs)
    summaries = list_runs(folder)
    if as_json:
        for summary in summaries:
            click.echo(json.dumps({**asdict(summary), "path": str(summary.path)}))
        return
    if not summaries:
        click.echo(f'There are no saved runs in {folder}. Start one: duologue run "…"', err=True)
    columns = shutil.get_terminal_size((100, 24)).columns
    for summary in summaries:
        _print(summary, columns)


def _print(summary: RunSummary, columns: int) -> None:
    turns = "–" if summary.turns is None else str(summary.turns)
    tokens = "–" if summary.tokens is None else f"{summary.tokens:,}"
    facts = (
        f"{turns:>3} turns {tokens:>9} tokens  {_age(summary.at):>6} ago  {one_line(summary.pair, 10):<10}"
    )
    state = click.style(f"{summary.state:<10}", fg=_COLOURS.get(summary.state, "yellow"))
    head = f"{one_line(summary.run, 24):<21}  {state} {facts}  "
    room = columns - len(click.unstyle(head))
    if room >= 12:
        click.echo(head + one_line(summary.goal, room))
    else:
        click.echo(head.rstrip())
        click.echo("    " + one_line(summary.goal, max(columns - 4, 12)))


def _age(at: str) -> str:
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
    except ValueError:
        return "?"
    for unit, name in _UNITS:
        if seconds >= unit:
            return f"{int(seconds // unit)} {name}"
    return "0 s"
