"""`duologue replay`: a saved run on the screen, as it happened."""

import asyncio
from pathlib import Path

import click

from duologue.cli.habits import read_habits, theme_option
from duologue.cli.perform import choose_mode
from duologue.cli.saved import named_run
from duologue.cli.show import print_log
from duologue.habits import Theme
from duologue.record.log import LOG_NAME


@click.command(short_help="Replay a saved run as it happened.")
@click.argument("run", default="last")
@click.option("--plain", is_flag=True, help="Print it as plain text instead.")
@theme_option
@click.option("--runs", type=click.Path(path_type=Path), help="The folder of saved runs.")
def command(run: str, plain: bool, theme: Theme | None, runs: Path | None) -> None:
    """Replay RUN: its name, the beginning of it, `last`, or a path to a run or a log file."""
    habits = read_habits(theme)
    path = named_run(run, runs)
    if choose_mode(plain=plain, as_json=False, quiet=False) == "plain":
        print_log(path)
        return
    from duologue.tui.open import replay  # Textual is loaded only where the screen is shown

    asyncio.run(replay(path / LOG_NAME if path.is_dir() else path, habits))
