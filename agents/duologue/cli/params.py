"""Options that several commands share, in groups, and what they come to."""

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, Final, get_args

import click

from duologue.cli.habits import commands_option, read_habits, theme_option
from duologue.cli.mode import Mode, choose_mode
from duologue.cli.numbers import Decimal, Whole
from duologue.cli.options import parse_fallbacks, parse_settings, secret
from duologue.cli.saved import runs_option
from duologue.habits import Habits
from duologue.messages import SEATS
from duologue.settings import Options
from duologue.targets import MOST_VOTES, Cadence, Rates

PATH: Final = click.Path(path_type=Path)
_Command = Callable[..., Any]


_ADDRESS: Final = (
    click.option(
        "--base-url", metavar="URL", help="The endpoint; else OPENAI_BASE_URL, else the config file."
    ),
    click.option(
        "--api-key", metavar="KEY", help="Its key; better OPENAI_API_KEY, which other users cannot see."
    ),
)
_MODEL: Final = (
    click.option(
        "--model",
        "-m",
        metavar="MODEL",
        help="The model of all roles; else DUOLOGUE_MODEL, else the config file.",
    ),
)
_SERVICE: Final = (
    click.option("--user-model", metavar="MODEL", help="The user agent's model."),
    click.option("--assistant-model", metavar="MODEL", help="The assistant's model."),
    click.option("--judge-model", metavar="MODEL", help="The judge's model."),
    click.option(
        "--appeal-model", metavar="MODEL", help="A second judge's model, asked when the first says done."
    ),
    click.option("--temperature", type=Decimal(0, None), help="The temperature of all roles."),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="ROLE.KEY=VALUE",
        help="One role's setting, as judge.temperature=0.",
    ),
    click.option(
        "--context",
        "context_tokens",
        type=Whole(1024),
        help="The model's context window, in tokens.",
    ),
    click.option(
        "--local-only/--no-local-only",
        default=None,
        help="Speak to this machine alone; any other address is refused.",
    ),
    click.option(
        "--fallback",
        "fallbacks",
        multiple=True,
        metavar="MODEL@URL",
        help="Who answers while the endpoint is out; repeatable.",
    ),
    click.option("--rpm", type=Whole(1), help="Requests a minute to one endpoint, at most."),
    click.option("--tpm", type=Whole(1), help="Tokens a minute to one endpoint, at most."),
    click.option("--concurrency", type=Whole(1), help="Requests at a time to one endpoint, at most."),
    click.option(
        "--redact/--no-redact",
        default=None,
        help="Replace secrets in all that is sent and written (default: yes).",
    ),
    click.option("--config", type=PATH, help="A config file instead of your own."),
)
_SCENARIO: Final = (
    click.option("--scenario", type=PATH, help="Let a scenario file stand in for the model."),
)
_JUDGING: Final = (
    click.option(
        "--judging",
        "cadence",
        type=click.Choice(get_args(Cadence)),
        help="When the judge is asked (default: auto, when there is something to judge).",
    ),
    click.option(
        "--votes",
        type=Whole(1, MOST_VOTES),
        help="Votes a verdict, 1 to 9, decided by majority (default: 1).",
    ),
)
_LIMITS: Final = (
    click.option("--max-turns", type=Whole(1), help="Turns of both agents together (default: 40)."),
    click.option("--max-tokens", type=Whole(1), help="Tokens of all roles, prompts included."),
    click.option(
        "--max-minutes",
        type=Decimal(0, None, above=True),
        help="Minutes in all (default: 60).",
    ),
    click.option(
        "--max-cost",
        type=Decimal(0, None, above=True),
        metavar="USD",
        help="US dollars of all roles, where their models' prices are known.",
    ),
)
_SHOWING: Final = (
    click.option("--output", "-o", type=PATH, help="Save the result to this file."),
    click.option("--plain", is_flag=True, help="Print readable lines instead of the screen."),
    commands_option,
    theme_option,
    click.option("--json", "as_json", is_flag=True, help="Print the log's lines and nothing else."),
    click.option("--quiet", "-q", is_flag=True, help="Print the result and nothing else."),
    click.option(
        "--detach", is_flag=True, help="Let the run go on in the background; watch it with `watch`."
    ),
    runs_option,
)


def _with(options: tuple[Callable[[_Command], _Command], ...], function: _Command) -> _Command:
    return reduce(lambda decorated, option: option(decorated), reversed(options), function)


def endpoint_options(function: _Command) -> _Command:
    """Where completions come from."""
    return _with((*_ADDRESS, *_MODEL, *_SERVICE, *_SCENARIO), function)


def service_options(function: _Command) -> _Command:
    """Where completions come from, but for the model and what stands in for it."""
    return _with((*_ADDRESS, *_SERVICE), function)


def judging_options(function: _Command) -> _Command:
    """How a run is judged."""
    return _with(_JUDGING, function)


def limit_options(function: _Command) -> _Command:
    """What a run may use."""
    return _with(_LIMITS, function)


def showing_options(function: _Command) -> _Command:
    """How a run is shown, and where it is saved."""
    return _with(_SHOWING, function)


def read_options(values: dict[str, Any]) -> Options:
    """The options of these groups, as typed."""
    models: dict[str, str | None] = {seat: values[f"{seat}_model"] for seat in SEATS}
    temperature = values["temperature"]
    return Options(
        base_url=values["base_url"],
        api_key=secret(values["api_key"]),
        model=values.get("model"),
        pair=values.get("pair"),
        runs=values["runs"],
        context_tokens=values["context_tokens"],
        local_only=values["local_only"],
        redact=values["redact"],
        max_turns=values["max_turns"],
        max_tokens=values["max_tokens"],
        max_minutes=values["max_minutes"],
        max_cost=values["max_cost"],
        fallbacks=parse_fallbacks(values["fallbacks"]),
        rates=Rates(values["rpm"], values["tpm"], values["concurrency"]),
        sampling={} if temperature is None else {"temperature": temperature},
        roles=parse_settings(values["settings"], models),
        cadence=values.get("cadence"),
        votes=values.get("votes"),
    )


def habits_of(values: dict[str, Any]) -> Habits:
    """How the person wants the screen. Raises ConfigError."""
    return read_habits(values["theme"], values["config"])


def read_mode(values: dict[str, Any]) -> Mode:
    """How the run is to be shown."""
    mode = choose_mode(plain=values["plain"], as_json=values["as_json"], quiet=values["quiet"])
    return "detached" if values["detach"] else mode
