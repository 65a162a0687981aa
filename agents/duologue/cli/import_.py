"""`duologue import`: other people's conversations as runs that can be replayed, shown and exported."""

from pathlib import Path
from typing import Final, get_args

import click

from duologue.cli.saved import called, runs_option, saved_runs
from duologue.display import display_safe
from duologue.record.import_file import import_files
from duologue.record.imported import ImportFormat

_SHOWN: Final = 5


@click.command(short_help="Import conversations from elsewhere as runs.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(get_args(ImportFormat)),
    help="chat: OpenAI messages; eval: Inspect AI; swe: mini-swe-agent. Found out where it is not given.",
)
@runs_option
def command(files: tuple[Path, ...], format_: ImportFormat | None, runs: Path | None) -> None:
    """Import the conversations in each FILE as runs of their own.

    FILE holds OpenAI chat messages (a JSON list, or {"messages": […]}, one or one a line; gzip is fine),
    an Inspect AI log (.eval or .json), or a mini-swe-agent trajectory.
    """
    folder = saved_runs(runs)
    written = import_files(files, folder, format_, called)
    count = "1 conversation" if len(written) == 1 else f"{len(written)} conversations"
    source = str(files[0]) if len(files) == 1 else f"{len(files)} files"
    click.echo(display_safe(f"Imported {count} from {source} into {folder}:"))
    for path in written[:_SHOWN]:
        click.echo(display_safe(f"  {path.name}"))
    if len(written) > _SHOWN:
        click.echo(display_safe(f"  … {written[-1].name}"))
    click.echo(display_safe(f"Replay the first: duologue replay {called(written[0])}"))
