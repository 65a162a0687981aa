"""`duologue resume`: go on with a saved run."""

from functools import partial
from typing import Any

import click

from duologue.cli.going_on import recall_with, stand_in
from duologue.cli.output import test_output
from duologue.cli.params import endpoint_options, limit_options, read_mode, read_options, showing_options
from duologue.cli.perform import perform
from duologue.cli.performance import Performance
from duologue.cli.saved import run_folder
from duologue.conversation.assignment import Assignment
from duologue.conversation.resume import resume
from duologue.record.events import Record
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_log


@click.command(short_help="Go on with a saved run.")
@click.argument("run", default="last")
@endpoint_options
@limit_options
@showing_options
def command(run: str, **values: Any) -> int:
    """Go on with RUN after a crash, a park, a stop or a reached limit.

    Limits may be raised, and models and endpoints changed. What was paid for is not paid for again.
    """
    folder = run_folder(run, values["runs"])
    options = read_options(values)

    def recall(records: list[Record]) -> Assignment:
        return recall_with(records, folder, options, values["config"])

    if values["output"] is not None:
        test_output(values["output"])
    earlier, _ = read_log(folder / LOG_NAME)
    transport = stand_in(values["scenario"], recall(earlier).settings, earlier)
    go = partial(resume, folder, recall)
    performance = Performance(go, folder, transport, values["runs"] is not None, earlier)
    return perform(performance, read_mode(values), values["output"])
