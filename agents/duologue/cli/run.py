"""`duologue run`: pursue a goal."""

from pathlib import Path
from typing import Any

import click

from duologue.cli.options import Wish, make_assignment, parse_settings, secret
from duologue.cli.output import test_output
from duologue.cli.perform import Performance, choose_mode, perform
from duologue.endpoint.scripted import ScriptedTransport
from duologue.record.runs import new_run_id
from duologue.settings import Options

_PATH = click.Path(path_type=Path)


@click.command(short_help="Pursue a goal.")
@click.argument("goal", required=False)
@click.option("--pair", "-p", metavar="NAME|FOLDER", help="The pair to use; see `duologue roles`.")
@click.option(
    "--source", "-s", "sources", multiple=True, type=_PATH, help="A text to answer from; repeatable."
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
@click.option("--base-url", metavar="URL", help="The endpoint; else OPENAI_BASE_URL, else the config file.")
@click.option(
    "--api-key", metavar="KEY", help="Its key; better OPENAI_API_KEY, which other users cannot see."
)
@click.option("--model", "-m", help="The model of all roles; else DUOLOGUE_MODEL, else the config file.")
@click.option("--user-model", metavar="MODEL", help="The user agent's model.")
@click.option("--assistant-model", metavar="MODEL", help="The assistant's model.")
@click.option("--judge-model", metavar="MODEL", help="The judge's model.")
@click.option("--temperature", type=float, help="The temperature of all roles.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="ROLE.KEY=VALUE",
    help="One role's setting, as judge.temperature=0.",
)
@click.option("--max-turns", type=click.IntRange(1), help="Turns of both agents together (default: 40).")
@click.option("--max-tokens", type=click.IntRange(1), help="Tokens of all roles, prompts included.")
@click.option("--max-minutes", type=click.FloatRange(0, min_open=True), help="Minutes in all (default: 60).")
@click.option(
    "--context", "context_tokens", type=click.IntRange(1024), help="The model's context window, in tokens."
)
@click.option("--seed", type=int, default=0, help="Seed of the program's own random choices.")
@click.option("--output", "-o", type=_PATH, help="Save the result to this file.")
@click.option("--plain", is_flag=True, help="Print readable lines instead of the screen.")
@click.option("--json", "as_json", is_flag=True, help="Print the log's lines and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Print the result and nothing else.")
@click.option("--runs", type=_PATH, help="The folder of saved runs; else DUOLOGUE_RUNS.")
@click.option("--scenario", type=_PATH, help="Let a scenario file stand in for the model.")
@click.option("--config", type=_PATH, help="A config file instead of your own.")
def command(
    goal: str | None,
    settings: tuple[str, ...],
    user_model: str | None,
    assistant_model: str | None,
    judge_model: str | None,
    plain: bool,
    as_json: bool,
    quiet: bool,
    output: Path | None,
    **values: Any,
) -> int:
    """Pursue GOAL: a user agent and an assistant agent talk until a judge finds it reached.

    GOAL is a text, or - to read it from standard input.

    Exit codes: 0 done, 1 failed, 2 usage, 3 limit, 4 stalled, 5 impossible, 6 parked.
    """
    models = {"user": user_model, "assistant": assistant_model, "judge": judge_model}
    assignment, scenario, runs = make_assignment(_wish(goal, parse_settings(settings, models), values))
    if output is not None:
        test_output(output)
    transport = None if scenario is None else ScriptedTransport(scenario)
    elsewhere = values["runs"] is not None
    performance = Performance(assignment, runs / new_run_id(), transport, elsewhere)
    return perform(performance, choose_mode(plain=plain, as_json=as_json, quiet=quiet), output)


def _wish(goal: str | None, roles: dict[Any, dict[str, Any]], values: dict[str, Any]) -> Wish:
    temperature = values["temperature"]
    options = Options(
        base_url=values["base_url"],
        api_key=secret(values["api_key"]),
        model=values["model"],
        pair=values["pair"],
        runs=values["runs"],
        context_tokens=values["context_tokens"],
        max_turns=values["max_turns"],
        max_tokens=values["max_tokens"],
        max_minutes=values["max_minutes"],
        sampling={} if temperature is None else {"temperature": temperature},
        roles=roles,
    )
    return Wish(
        goal=goal,
        options=options,
        sources=values["sources"],
        criteria=values["criteria"],
        checks=values["checks"],
        derive=values["derive"],
        seed=values["seed"],
        scenario=values["scenario"],
        config=values["config"],
    )
