"""`duologue demo`: a scripted run through the real loop, judge, checks, log and screen."""

from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import click

from duologue.cli.habits import read_habits, theme_option
from duologue.cli.mode import choose_mode
from duologue.cli.options import Wish, prepare
from duologue.cli.perform import perform
from duologue.cli.performance import Performance
from duologue.cli.saved import runs_option
from duologue.conversation.launch import launch
from duologue.habits import Theme
from duologue.record.runs import new_run_id
from duologue.settings import Options

_BEFORE: Final = """\
This is a demonstration: the words of all three roles are scripted, and no model is called.
The loop, the judge's evidence, the check, the log and the screen are the real ones.
"""
_AFTER: Final = """
That was a script. To let real models talk, give Duologue any OpenAI-compatible endpoint:

  a local server (llama.cpp, Ollama, LM Studio, vLLM, …):
    duologue run "Write a haiku about rain" --base-url http://127.0.0.1:8080/v1

  a hosted one:
    export OPENAI_API_KEY=…
    duologue run "Write a haiku about rain" --model NAME

  for good, in the config file {config}:
    base_url = "http://127.0.0.1:11434/v1"
    model = "NAME"
"""


@click.command(short_help="See a scripted run end to end.")
@click.option("--plain", is_flag=True, help="Print readable lines instead of the screen.")
@click.option("--json", "as_json", is_flag=True, help="Print the log's lines and nothing else.")
@theme_option
@runs_option
def command(plain: bool, as_json: bool, theme: Theme | None, runs: Path | None) -> int:
    """See a scripted run end to end; no model is called.

    An assistant turns a messy meeting note into JSON after a schema, gets it wrong, is caught by a check,
    mends it, and the judge claims too much before it is right.
    """
    from duologue.config import config_path

    habits = read_habits(theme)
    mode = choose_mode(plain=plain, as_json=as_json, quiet=False)
    if mode != "json":
        click.echo(_BEFORE, err=mode == "plain")
    with as_file(files("duologue.cli") / "demo_data") as folder:
        wish = Wish(options=Options(runs=runs), scenario=folder / "scenario.toml")
        prepared = prepare(wish)
        run = prepared.runs / new_run_id()
        go = partial(launch, prepared.assignment, run)
        performance = Performance(go, run, prepared.transport, runs is not None, habits=habits)
        code = perform(performance, mode, None)
    if mode != "json":
        click.echo(_AFTER.format(config=config_path()), err=mode == "plain")
    return code
