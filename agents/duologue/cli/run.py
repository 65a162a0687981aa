"""`duologue run`: pursue a goal."""

import sys
from functools import partial
from typing import Any

import click

from duologue.cli.mode import Mode
from duologue.cli.numbers import Whole
from duologue.cli.options import Wish, prepare
from duologue.cli.output import test_output
from duologue.cli.params import (
    PATH,
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
from duologue.cli.sections import Sectioned
from duologue.conversation.launch import launch
from duologue.conversation.recorded import RecordedTransport
from duologue.display import display_safe
from duologue.record.runs import new_run_id


@click.command(cls=Sectioned, short_help="Pursue a goal.")
@click.argument("goal", required=False)
@click.option("--pair", "-p", metavar="NAME|FOLDER", help="The pair to use; see `duologue roles`.")
@click.option(
    "--source", "-s", "sources", multiple=True, type=PATH, help="A text to answer from; repeatable."
)
@click.option(
    "--criterion", "-c", "criteria", multiple=True, help="A condition the result must meet; repeatable."
)
@click.option(
    "--check",
    "checks",
    multiple=True,
    metavar="KIND:ARG",
    help="A condition decided by program: max_words:N, min_words:N, json_schema:FILE, regex:PATTERN, "
    "contains:TEXT; repeatable.",
)
@click.option(
    "--derive/--no-derive", default=None, help="Derive criteria from the goal by a model (default: yes)."
)
@click.option(
    "--review-criteria", "review", is_flag=True, help="Wait until you have approved or changed the criteria."
)
@click.option(
    "--grounded/--no-grounded",
    default=None,
    help="Ask for citations, [name:line], each of which a program looks up in the sources (default: no).",
)
@click.option(
    "--seed", type=Whole(), help="Seed of the program's own random choices (default: a random one)."
)
@endpoint_options
@judging_options
@limit_options
@showing_options
def command(**values: Any) -> int:
    """Pursue GOAL: a user agent and an assistant agent talk until a judge finds it reached.

    GOAL is a text, or - to read it from standard input.

    Exit codes: 0 done, 1 failed, 2 usage, 3 limit, 4 stalled, 5 impossible, 6 parked.
    """
    mode = read_mode(values)
    wish = Wish(
        goal=values["goal"],
        options=read_options(values),
        sources=values["sources"],
        criteria=values["criteria"],
        checks=values["checks"],
        derive=values["derive"],
        review=values["review"],
        ask=_somebody_is_there(mode, values["commands"]),
        grounded=values["grounded"],
        seed=values["seed"],
        scenario=values["scenario"],
        config=values["config"],
    )
    habits = habits_of(values)
    prepared = prepare(wish)
    if values["output"] is not None:
        test_output(values["output"])
    folder = prepared.runs / new_run_id()
    go = partial(launch, prepared.assignment, folder)
    performance = Performance(go, folder, prepared.transport, values["runs"] is not None, habits=habits)
    code = perform(performance, mode, values["output"], commands=values["commands"])
    if isinstance(prepared.transport, RecordedTransport) and prepared.transport.difference:
        click.echo(display_safe(prepared.transport.difference), err=True)
    return code


def _somebody_is_there(mode: Mode, commands: bool) -> bool:
    """Whether a person can be asked what a vague goal means."""
    return mode == "screen" or (mode == "plain" and (commands or sys.stdin.isatty()))
