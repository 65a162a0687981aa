"""`duologue compress`: old runs kept small."""

from datetime import datetime
from pathlib import Path

import click

from duologue.cli.ls import begun_since, moment
from duologue.cli.report import complain
from duologue.cli.saved import run_folder, runs_option, saved_runs
from duologue.display import display_safe
from duologue.errors import RecordError
from duologue.outcomes import EXIT_FAILED
from duologue.record.compress import compress_run
from duologue.record.log import LOG_NAME
from duologue.record.runs import list_runs

_RESUMABLE = ("running", "parked", "crashed")


@click.command(short_help="Compress the logs of old runs.")
@click.argument("names", nargs=-1, metavar="[RUN]…")
@click.option(
    "--older-than", type=moment, metavar="TIME", help="Every ended run from before: 30d, 2026-11-22."
)
@runs_option
def command(names: tuple[str, ...], older_than: datetime | None, runs: Path | None) -> int:
    """Compress the log of each RUN; it is listed, shown, searched, replayed and verified as before.

    The original is removed only after the compressed log was read back and found to be the same. With
    --older-than, runs that wait to be gone on with are left as they are.
    """
    if not names and older_than is None:
        raise click.UsageError("Name runs, or say --older-than 30d.")
    found = [run_folder(name, runs) for name in names]
    if older_than is not None:
        found += [
            summary.path
            for summary in list_runs(saved_runs(runs))
            if summary.at and not begun_since(summary, older_than)
            if summary.state not in _RESUMABLE and (summary.path / LOG_NAME).is_file()
        ]
    failed = False
    for path in dict.fromkeys(found):
        try:
            before, after = compress_run(path)
        except RecordError as exc:
            failed = True
            complain(exc.message, exc.hint)
        else:
            click.echo(f"{display_safe(path.name, newlines=False)}: {before:,} bytes are now {after:,}.")
    if not found:
        click.echo("No run is as old as that and not compressed yet.", err=True)
    return EXIT_FAILED if failed else 0
