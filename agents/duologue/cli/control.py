"""`duologue control`: steer a run under way, from any terminal."""

from pathlib import Path
from typing import Any, Final, get_args

import click

from duologue.cli.saved import called, run_folder, runs_option, saved_runs
from duologue.display import display_safe
from duologue.errors import UserError
from duologue.record.control import (
    AddCriterion,
    Approve,
    Command,
    Deny,
    Pause,
    Raisable,
    RaiseLimit,
    Resume,
    Say,
    Stop,
    send,
)
from duologue.record.runs import list_runs

_WORDS: Final = ("pause", "resume", "say", "criterion", "limit", "stop", "approve", "deny")
_WHOLE: Final = ("turns", "tokens")


@click.command(short_help="Steer a run that is going on.")
@click.argument("run")
@click.argument("word", type=click.Choice(_WORDS), metavar="COMMAND")
@click.argument("text", nargs=-1)
@click.option(
    "--to",
    type=click.Choice(["user", "assistant"]),
    default="user",
    help="Whom `say` speaks to (default: user).",
)
@runs_option
def command(run: str, word: str, text: tuple[str, ...], to: Any, runs: Path | None) -> None:
    """Steer RUN, which goes on here or in another terminal; `last` is the newest that does.

    \b
    pause               begin nothing new; `resume` goes on
    say TEXT            tell the user agent something, or --to assistant
    criterion TEXT      add a condition that the result has to meet
    limit NAME VALUE    set turns, tokens, minutes or cost anew
    stop [TEXT]         end it now, with what it has; TEXT is your own verdict
    approve, deny       answer what the run asks
    """
    told = read_command(word, " ".join(text).strip(), to)
    folder = _steered(run, runs)
    send(folder, told)
    click.echo(display_safe(f"Told {called(folder)}: {word}."), err=True)


def _steered(run: str, runs: Path | None) -> Path:
    """The run's folder; `last` is the newest run that goes on, if one does. Raises RunNotFound."""
    going = list_runs(saved_runs(runs)) if run == "last" else []
    live = [summary.path for summary in going if summary.state == "running"]
    return live[-1] if live else run_folder(run, runs)


def read_command(word: str, text: str, to: Any = "user") -> Command:
    """The command that these words are. Raises UserError where they are none."""
    match word:
        case "pause" | "resume" | "approve" if text:
            raise UserError(f"`{word}` takes no text.", hint='To tell the run something: say "…"')
        case "pause":
            return Pause()
        case "resume":
            return Resume()
        case "approve":
            return Approve()
        case "say" | "criterion" if not text:
            raise UserError(f"`{word}` needs a text.", hint=f'As in: {word} "Name the sum."')
        case "say":
            return Say(text=text, to=to)
        case "criterion":
            return AddCriterion(text=text)
        case "limit":
            return _limit(text)
        case "stop":
            return Stop(text=text)
        case "deny":
            return Deny(text=text)
        case _:
            raise UserError(f"There is no command {word!r}.", hint=f"They are: {', '.join(_WORDS)}.")


def _limit(text: str) -> RaiseLimit:
    name, _, value = text.partition(" ")
    hint = "As in: limit turns 60"
    limit = next((known for known in get_args(Raisable) if known == name), None)
    if limit is None:
        raise UserError(f"`limit` needs one of {', '.join(get_args(Raisable))}.", hint=hint)
    try:
        number = float(value)
        whole = limit not in _WHOLE or number == int(number)
        if not (0 < number < float("inf") and whole):
            raise ValueError
    except (ValueError, OverflowError) as exc:
        raise UserError(f"{value.strip()!r} is no number of {limit}.", hint=hint) from exc
    return RaiseLimit(limit=limit, value=number)
