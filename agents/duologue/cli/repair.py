"""`duologue repair`: a mended copy of a damaged run."""

from pathlib import Path

import click

from duologue.cli.report import complain
from duologue.cli.saved import run_folder, runs_option
from duologue.display import display_safe
from duologue.record.repair import repair_run

_MOST_SHOWN = 20


@click.command(short_help="Write a mended copy of a damaged run.")
@click.argument("run", default="last")
@click.option("--output", type=click.Path(path_type=Path), help="The copy's folder; it must not exist yet.")
@runs_option
def command(run: str, output: Path | None, runs: Path | None) -> None:
    """Write a mended copy of RUN beside it, and say what was lost. RUN itself stays as it is.

    Every event that can be proven is kept under its number; in the place of one that is lost stands an
    `event.lost`. The copy verifies, and can be gone on with.
    """
    folder = run_folder(run, runs).absolute()
    copy = output if output is not None else folder.with_name(f"{folder.name}-mended")
    findings = repair_run(folder, copy)
    for problem in findings.problems[:_MOST_SHOWN]:
        complain(problem[:1].upper() + problem[1:], None)
    if len(findings.problems) > _MOST_SHOWN:
        complain(f"And {len(findings.problems) - _MOST_SHOWN} problems more.", None)
    if findings.intact:
        click.echo(f"{display_safe(folder.name)} is intact: {findings.kept} events. Nothing was written.")
        return
    dropped = "1 line" if findings.lines_dropped == 1 else f"{findings.lines_dropped} lines"
    lost = f"{findings.events_lost} lost, {dropped} dropped"
    click.echo(f"{findings.kept} events kept, {lost}. The mended copy: {display_safe(str(copy))}")
