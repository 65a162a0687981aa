"""`duologue fork`: a new run from a turn of a saved one."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from duologue.cli.going_on import recall_with, stand_in
from duologue.cli.numbers import Whole
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
from duologue.cli.saved import run_folder, saved_runs
from duologue.cli.sections import Sectioned
from duologue.conversation.assignment import Assignment
from duologue.conversation.criteria import typed_criteria
from duologue.conversation.fork import Fork, fork, shared
from duologue.errors import PairError
from duologue.messages import ROLE_NAMES
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from duologue.record.runs import new_run_id
from duologue.roles import load_pair, load_prompt


@click.command(cls=Sectioned, short_help="Start a new run from a turn of a saved one.")
@click.argument("run")
@click.option("--at", type=Whole(0), metavar="TURN", required=True, help="The last turn that both share.")
@click.option("--criterion", "-c", "criteria", multiple=True, help="A further condition; repeatable.")
@click.option("--say", metavar="TEXT", help="A message from you, put into the talk at that turn.")
@click.option("--to", type=click.Choice(["user", "assistant"]), default="user", help="Who hears --say.")
@click.option("--pair", "-p", metavar="NAME|FOLDER", help="Another pair's prompts from here on.")
@click.option("--prompt", "prompts", multiple=True, metavar="ROLE=FILE", help="Another prompt for a role.")
@endpoint_options
@judging_options
@limit_options
@showing_options
def command(run: str, **values: Any) -> int:
    """Pursue RUN's goal anew from one of its turns: with another model, prompt, criterion, or a message.

    The new run names its parent; the parent is not touched.
    """
    parent = run_folder(run, values["runs"])
    records = read_strict(parent / LOG_NAME)
    change = Fork(values["at"], typed_criteria(values["criteria"]), values["say"], values["to"])
    common = shared(records, change.at)
    recalled = recall_with(records, parent, read_options(values), values["config"])
    assignment = _with_prompts(recalled, values["pair"], values["prompts"])
    if values["output"] is not None:
        test_output(values["output"])
    transport = stand_in(values["scenario"], assignment.settings, common)
    folder = saved_runs(values["runs"]) / new_run_id()
    go = partial(fork, parent, records, folder, assignment, change)
    performance = Performance(go, folder, transport, values["runs"] is not None, habits=habits_of(values))
    return perform(performance, read_mode(values), values["output"], commands=values["commands"])


def _with_prompts(assignment: Assignment, pair: str | None, prompts: tuple[str, ...]) -> Assignment:
    used = assignment.pair if pair is None else load_pair(pair)
    texts = dict(used.prompts)
    for text in prompts:
        role, equals, path = text.partition("=")
        if not equals or role not in ROLE_NAMES:
            raise PairError(f"--prompt {text!r} is not of the form ROLE=FILE.")
        texts[role] = load_prompt(Path(path), role)
    return replace(assignment, pair=replace(used, prompts=texts))
