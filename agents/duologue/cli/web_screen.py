"""`python -m duologue.cli.web_screen`: the screens, for the server that shows them in a browser."""

from pathlib import Path

import click

from duologue.cli.habits import read_habits, theme_option
from duologue.cli.home import open_run, show_home
from duologue.cli.report import report
from duologue.habits import Theme
from duologue.record.runs import summarise


@click.command()
@click.argument("runs", type=click.Path(path_type=Path))
@click.argument("run", type=click.Path(path_type=Path), required=False)
@theme_option
def command(runs: Path, run: Path | None, theme: Theme | None) -> None:
    """Show the saved RUNS, or one RUN of them."""
    if run is None:
        show_home(runs, read_habits(theme), leaving=False)
    else:
        open_run(summarise(run), read_habits(theme))


if __name__ == "__main__":
    try:
        command.main(standalone_mode=False)
    except Exception as exc:
        # The outermost boundary of this process; which error it is, is told apart in `report`.
        raise SystemExit(report(exc)) from exc
