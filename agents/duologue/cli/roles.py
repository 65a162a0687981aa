"""`duologue roles`: the pairs, or one of them with its prompts."""

import click

from duologue.display import display_safe, one_line
from duologue.messages import ROLE_NAMES
from duologue.roles import Pair, list_pairs, load_pair


@click.command(short_help="List the pairs, or show one.")
@click.argument("pair", required=False)
def command(pair: str | None) -> None:
    """List the pairs, or show PAIR: a name, or a folder."""
    if pair is not None:
        _show(load_pair(pair))
        return
    for each in list_pairs():
        click.echo(f"{each.name:<12} {one_line(each.description, 200)}")
    click.echo("\nShow one with `duologue roles NAME`; use it with `duologue run --pair NAME`.", err=True)


def _show(pair: Pair) -> None:
    click.secho(display_safe(f"{pair.title} (version {pair.version})", newlines=False), bold=True)
    click.echo(display_safe(pair.description))
    click.echo(f"Folder: {display_safe(str(pair.path))}")
    for criterion in pair.criteria:
        click.echo(f"Criterion: {display_safe(criterion)}")
    for role in ROLE_NAMES:
        settings = ", ".join(f"{key} = {value}" for key, value in pair.sampling.get(role, {}).items())
        told = display_safe(f" ({settings})", newlines=False) if settings else ""
        click.secho(f"\n── {role}.md{told}", fg="cyan")
        click.echo(display_safe(pair.prompts[role]))
