"""`duologue web`: the screens in a browser of this machine."""

import asyncio
import sys
import webbrowser
from importlib.util import find_spec
from pathlib import Path

import click

from duologue.cli.habits import read_habits, theme_option
from duologue.cli.numbers import Whole
from duologue.cli.saved import run_folder, runs_option, saved_runs
from duologue.errors import UserError
from duologue.extras import install_command
from duologue.habits import Theme


@click.command(short_help="The screens in a browser of this machine.")
@click.argument("run", required=False)
@click.option("--port", type=Whole(0, 65535), default=0, help="The port (default: any that is free).")
@click.option("--open", "open_", is_flag=True, help="Open the browser too.")
@theme_option
@runs_option
def command(run: str | None, port: int, open_: bool, theme: Theme | None, runs: Path | None) -> None:
    """Show the saved runs, or RUN, in a browser of this machine, until an interrupt.

    Only who has the URL sees them, and only on this machine. Resuming and forking need a terminal.
    """
    if find_spec("textual_serve") is None:
        raise UserError(
            "The browser needs textual-serve, which is not installed.",
            hint=f"Install it: {install_command('web')}",
        )
    from duologue.cli.web_server import WebServer  # an HTTP server: loaded only where one is wanted

    read_habits(theme)  # what is wrong with them is said now, and not in the browser
    words = [str(saved_runs(runs).absolute())]
    words += [] if run is None else [str(run_folder(run, runs).absolute())]
    words += [] if theme is None else ["--theme", theme]
    try:
        server = WebServer([sys.executable, "-m", "duologue.cli.web_screen", *words], port)
    except OSError as exc:
        raise UserError(f"Port {port} cannot be used: {exc.strerror}.", hint="Leave --port out.") from exc

    def ready() -> None:
        click.echo(server.url)
        click.echo("Whoever has this URL on this machine can use it. ctrl+c ends it.", err=True)
        if open_:
            webbrowser.open(server.url)

    asyncio.run(server.serve(ready))
