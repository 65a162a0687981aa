"""`duologue judge`: judge a saved run anew, and set the verdicts side by side."""

import asyncio
from dataclasses import replace
from typing import Any

import click

from duologue.cli.fetching import Bar
from duologue.cli.going_on import recall_with, stand_in
from duologue.cli.params import endpoint_options, read_options
from duologue.cli.plain import STATE_SIGNS
from duologue.cli.saved import called, run_folder, runs_option, saved_runs
from duologue.cli.sections import Sectioned
from duologue.config import LimitsTable
from duologue.conversation.assignment import Assignment
from duologue.conversation.host import Host
from duologue.conversation.rejudge import Pairing, rejudge
from duologue.display import one_line
from duologue.errors import UserError
from duologue.record.events import VerdictGiven
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from duologue.record.runs import new_run_id
from duologue.roles import load_pair


@click.command(cls=Sectioned, short_help="Judge a saved run anew.")
@click.argument("run", default="last")
@click.option("--pair", "-p", metavar="NAME|FOLDER", help="The pair whose judge's prompt is used.")
@endpoint_options
@runs_option
def command(run: str, **values: Any) -> None:
    """Judge RUN anew, turn by turn, with another judge's prompt or model; both verdicts are shown."""
    parent = run_folder(run, values["runs"])
    records = read_strict(parent / LOG_NAME)
    if not any(isinstance(record.event, VerdictGiven) for record in records):
        raise UserError(f"The run {parent.name} has no verdict to compare with.")
    limits = dict.fromkeys(("max_turns", "max_tokens", "max_minutes", "max_cost"))
    recalled = recall_with(records, parent, read_options({**limits, **values}), values["config"])
    transport = stand_in(values["scenario"], recalled.settings, [])
    folder = saved_runs(values["runs"]) / new_run_id()
    host = Host(transport=transport, progress=Bar().show)
    judging = _judging(recalled, values["pair"])
    pairings = asyncio.run(rejudge(parent, records, folder, judging, host, called=called(folder)))
    for pairing in pairings:
        _print(pairing)
    agreed = sum(pairing.agree for pairing in pairings)
    click.secho(f"{agreed} of {len(pairings)} verdicts are the same. Saved as {folder.name}.", bold=True)


def _judging(assignment: Assignment, pair: str | None) -> Assignment:
    """The assignment with another judge's prompt; only the judge is called, without a limit."""
    used = assignment.pair
    if pair is not None:
        used = replace(used, prompts={**used.prompts, "judge": load_pair(pair).prompts["judge"]})
    judge = assignment.settings.targets["judge"]
    targets = {
        seat: target if seat == "appeal" else judge for seat, target in assignment.settings.targets.items()
    }
    unlimited = LimitsTable(turns=None, tokens=None, minutes=None)
    settings = replace(assignment.settings, targets=targets, limits=unlimited)
    return replace(assignment, pair=used, settings=settings)


def _print(pairing: Pairing) -> None:
    mark = "=" if pairing.agree else "≠"
    then, now = pairing.then, pairing.now
    click.secho(f"{mark} after turn {then.turn}: {then.decision} → {now.decision}", bold=not pairing.agree)
    states = {word.id: word.state for word in now.criteria}
    for word in then.criteria:
        other = states.get(word.id, "unknown")
        if other != word.state:
            click.echo(
                f"    {one_line(word.id, 40)}: {STATE_SIGNS[word.state]} {word.state} → "
                f"{STATE_SIGNS[other]} {other}"
            )
    click.echo(f"    then: {one_line(then.summary, 160)}\n    now:  {one_line(now.summary, 160)}")
