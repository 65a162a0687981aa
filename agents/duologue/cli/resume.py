"""`duologue resume`: go on with a saved run."""

from functools import partial
from typing import Any

import click

from duologue.cli.going_on import recall_with, stand_in
from duologue.cli.output import test_output
from duologue.cli.params import (
    endpoint_options,
    habits_of,
    judging_options,
    limit_options,
    read_mode,
    read_options,
    showing_options,
)
from duologue.cli.perform import perform
from duologue.cli.performance import Performance
from duologue.cli.saved import run_folder
from duologue.cli.sections import Sectioned
from duologue.collector import undisturbed
from duologue.conversation.resume import resume
from duologue.record.compress import restore_run
from duologue.record.log import LogWriter


@click.command(cls=Sectioned, short_help="Go on with a saved run.")
@click.argument("run", default="last")
@endpoint_options
@judging_options
@limit_options
@showing_options
def command(run: str, **values: Any) -> int:
    """Go on with RUN after a crash, a park, a stop or a reached limit.

    Limits may be raised, and models and endpoints changed. What was paid for is not paid for again.
    """
    habits = habits_of(values)
    folder = run_folder(run, values["runs"])
    if values["output"] is not None:
        test_output(values["output"])
    restore_run(folder)
    with undisturbed():
        log, records = LogWriter.reopen(folder)
    with log:
        assignment = recall_with(records, folder, read_options(values), values["config"])
        transport = stand_in(values["scenario"], assignment.settings, records)
        go = partial(resume, log, records, assignment)
        performance = Performance(go, folder, transport, values["runs"] is not None, records, habits)
        return perform(performance, read_mode(values), values["output"], commands=values["commands"])
