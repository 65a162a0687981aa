"""`duologue replay`: a saved run on the screen, as it happened."""

import asyncio
from pathlib import Path

import click

from duologue.cli.habits import read_habits, theme_option
from duologue.cli.mode import choose_mode
from duologue.cli.numbers import Decimal, Whole
from duologue.cli.opening import log_of, opening
from duologue.cli.saved import called, named_run, runs_option
from duologue.cli.show import print_log
from duologue.collector import undisturbed
from duologue.habits import Theme


@click.command(short_help="Replay a saved run as it happened.")
@click.argument("run", default="last")
@click.option("--plain", is_flag=True, help="Print it as plain text instead.")
@click.option("--at", type=Whole(0), metavar="TURN", help="Begin with this turn complete, paused.")
@click.option("--speed", type=Decimal(0.25, 32), default=1.0, help="How fast: 0.25 to 32; 1 is as it was.")
@click.option(
    "--idle-limit",
    type=Decimal(0, None, above=True),
    default=2.0,
    metavar="S",
    help="Seconds that a pause lasts at most; 2 if not set.",
)
@theme_option
@runs_option
def command(
    run: str,
    plain: bool,
    at: int | None,
    speed: float,
    idle_limit: float,
    theme: Theme | None,
    runs: Path | None,
) -> None:
    """Replay RUN: its name, the beginning of it, `last`, or a path to a run or a log file."""
    habits = read_habits(theme)
    path = named_run(run, runs)
    if choose_mode(plain=plain, as_json=False, quiet=False) == "plain":
        print_log(path)
        return
    with opening(path) as frame:
        with undisturbed():
            from duologue.tui.open import Start, screen  # Textual is loaded only where the screen is shown

            log = log_of(path)
            start = Start(turn=at, speed=speed, idle_s=idle_limit)
            app = screen(log, habits, start, called(log.parent))
        app.first_frame = frame
        asyncio.run(app.run_async())
