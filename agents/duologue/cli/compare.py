"""`duologue compare`: two runs side by side."""

import shutil
import textwrap
from pathlib import Path
from typing import Final

import click

from duologue.cli.habits import read_habits, theme_option
from duologue.cli.mode import choose_mode
from duologue.cli.saved import named_run, runs_option, saved_runs
from duologue.display import display_safe
from duologue.habits import Theme
from duologue.record.comparison import By, Comparison, Row, comparison_of

_MOST_COLUMNS: Final = 100


@click.command(short_help="Two runs side by side.")
@click.argument("run")
@click.argument("other", required=False)
@click.option(
    "--by",
    type=click.Choice(["turn", "criterion"]),
    default="turn",
    help="What is set side by side (default: turn).",
)
@click.option("--plain", is_flag=True, help="Print the comparison instead of the screen.")
@theme_option
@runs_option
def command(run: str, other: str | None, by: By, plain: bool, theme: Theme | None, runs: Path | None) -> None:
    """Compare RUN with OTHER: names, their beginnings, `last`, or paths. A fork alone is compared with its
    parent.

    Printed, [-words-] stand in RUN alone and {+words+} in OTHER alone.
    """
    habits = read_habits(theme)
    names = (run,) if other is None else (run, other)
    folder, paths = saved_runs(runs), tuple(named_run(name, runs) for name in names)
    comparison = comparison_of(folder, paths)
    if choose_mode(plain=plain, as_json=False, quiet=False) == "plain":
        print_comparison(comparison, by)
        return
    from duologue.tui.compare import CompareApp  # Textual is loaded only where the screen is shown

    CompareApp(comparison, by, habits).run()


def print_comparison(comparison: Comparison, by: By) -> None:
    """Both runs in a line each, then what they have in common and where they differ."""
    left, right = comparison.left, comparison.right
    for sign, side in (("-", left), ("+", right)):
        click.secho(display_safe(f"{sign} {side.name} · {side.facts}", newlines=False), bold=True)
    for row in comparison.rows(by):
        click.echo("")
        click.secho(display_safe(f"{'=' if row.same else '≠'} {row.title}", newlines=False), bold=True)
        for line in _lines(row):
            click.echo(line)


def _lines(row: Row) -> list[str]:
    if row.same:
        return _wrapped(row.left)
    found = row.pieces()
    if len(found) == 1:
        return [*_wrapped(f"[-{row.left or '–'}-]"), *_wrapped(f"{{+{row.right or '–'}+}}")]
    merged = "".join(
        piece.left
        if piece.same
        else (f"[-{piece.left}-]" if piece.left else "") + (f"{{+{piece.right}+}}" if piece.right else "")
        for piece in found
    )
    return _wrapped(merged)


def _wrapped(text: str) -> list[str]:
    width = max(min(shutil.get_terminal_size((_MOST_COLUMNS, 24)).columns, _MOST_COLUMNS) - 2, 20)
    lines = []
    for line in text.splitlines():
        lines += textwrap.wrap(line, width, replace_whitespace=False, drop_whitespace=False) or [""]
    return [f"  {line}".rstrip() for line in lines]
