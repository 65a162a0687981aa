"""How the person wants a run shown, from options and the config file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from duologue.config import load_config
from duologue.habits import THEMES, Habits, Theme
from duologue.settings import habits

theme_option: Final[Callable[[Callable[..., Any]], Callable[..., Any]]] = click.option(
    "--theme",
    type=click.Choice(THEMES),
    help="The screen's colours; else theme, under [screen] in the config file.",
)


commands_option: Final[Callable[[Callable[..., Any]], Callable[..., Any]]] = click.option(
    "--commands",
    is_flag=True,
    help="Take commands as lines on standard input where it is no terminal too; `help` lists them.",
)


def read_habits(theme: Theme | None, config: Path | None = None) -> Habits:
    """The person's habits. Raises ConfigError."""
    return habits(theme, load_config(config))
