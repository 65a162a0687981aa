"""`duologue export`: a saved run as Markdown, chat messages for fine-tuning, or a web page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, assert_never, get_args

import click

from duologue.cli.output import save_output
from duologue.cli.report import complain
from duologue.cli.saved import named_run, runs_option
from duologue.config import environment, load_config
from duologue.conversation.sources import Source, render_sources
from duologue.display import display_safe
from duologue.errors import RecordError, UserError
from duologue.known_secrets import secret_values
from duologue.record.blobs import load_blob
from duologue.record.chat_export import render_chat
from duologue.record.events import Record, RunStarted
from duologue.record.log import LOG_NAME
from duologue.record.markdown import render_markdown
from duologue.record.page import render_page
from duologue.record.reader import read_log
from duologue.record.redact import Redactor
from duologue.record.story import Story, mapped, tell

ExportFormat = Literal["md", "jsonl", "html"]

_ENDINGS: Final[dict[str, ExportFormat]] = {
    ".md": "md",
    ".markdown": "md",
    ".jsonl": "jsonl",
    ".html": "html",
    ".htm": "html",
}
_KINDS: Final = {
    "secret": "secret",
    "card": "card number",
    "email": "e-mail address",
    "name": "user name",
}


@click.command(short_help="Save a run as Markdown, chat messages or a web page.")
@click.argument("names", metavar="[RUN]...", nargs=-1)
@click.option(
    "--format",
    "format_",
    type=click.Choice(get_args(ExportFormat)),
    help="md: Markdown; jsonl: OpenAI messages, one line a run; html: one page that needs no network.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Save it there; standard output otherwise."
)
@click.option(
    "--redact", is_flag=True, help="Replace known secrets, keys, cards, e-mail addresses, user names."
)
@runs_option
def command(
    names: tuple[str, ...],
    format_: ExportFormat | None,
    output: Path | None,
    redact: bool,
    runs: Path | None,
) -> None:
    """Export RUN: its name, the beginning of it, `last`, or a path. With jsonl, several are possible.

    The format is the one of the file's ending where --format does not say it.
    """
    chosen = format_ or _format_of(output)
    paths = [named_run(name, runs) for name in names or ("last",)]
    if chosen != "jsonl" and len(paths) > 1:
        raise UserError("Only jsonl takes several runs.", hint="Export them one by one.")
    redactor = _redactor() if redact else None
    text = _render(paths, chosen, redactor)
    if output is None:
        click.echo(text, nl=False)
    else:
        save_output(output, text)
        click.echo(display_safe(f"Saved to {output}."), err=True)
    if redactor is not None:
        click.echo(f"Replaced: {_counted(redactor) or 'nothing was found'}.", err=True)


def export_to(path: Path, output: Path, redact: bool) -> None:
    """Save the run in the format of the file's ending, redacted or not. Raises UserError, RecordError."""
    save_output(output, _render([path], _format_of(output), _redactor() if redact else None))


def _format_of(output: Path | None) -> ExportFormat:
    hint = "Say --format md, jsonl or html."
    if output is None:
        raise UserError("The format is not said.", hint=hint)
    try:
        return _ENDINGS[output.suffix.lower()]
    except KeyError as exc:
        raise UserError(f"The ending of {output} names no format.", hint=hint) from exc


def _redactor() -> Redactor:
    """With the secrets of the environment and of the config file."""
    config, environ = load_config(), environment()
    tables = config.endpoints
    keys = [table.api_key.get_secret_value() for table in tables if table.api_key is not None]
    named = [environ.get(table.api_key_env or "", "") for table in tables]
    return Redactor([*secret_values(environ), *keys, *named])


def _counted(redactor: Redactor) -> str:
    """How many different values of each kind were replaced, in words."""
    ends = {
        kind: "" if count == 1 else "es" if kind == "email" else "s"
        for kind, count in redactor.counts.items()
    }
    return ", ".join(f"{count} {_KINDS[kind]}{ends[kind]}" for kind, count in redactor.counts.items())


def _render(paths: Sequence[Path], format_: ExportFormat, redactor: Redactor | None) -> str:
    match format_:
        case "jsonl":
            return "".join(line for path in paths for line in _line(path, redactor))
        case "md":
            return render_markdown(_safe(_story(paths[0])[0], redactor))
        case "html":
            return render_page(_safe(_story(paths[0])[0], redactor))
        case other:
            assert_never(other)


def _line(path: Path, redactor: Redactor | None) -> Sequence[str]:
    story, records = _story(path)
    sources = _sources(path, records)
    if redactor is not None:
        story, sources = mapped(story, redactor), redactor(sources)
    line = render_chat(story, sources)
    if line is None:
        complain(f"The run {story.run} is left out: its assistant says nothing.", None)
        return ()
    return (f"{line}\n",)


def _safe(story: Story, redactor: Redactor | None) -> Story:
    return mapped(story if redactor is None else mapped(story, redactor), display_safe)


def _story(path: Path) -> tuple[Story, Sequence[Record]]:
    log = path / LOG_NAME if path.is_dir() else path
    records, problems = read_log(log)
    if not records:
        raise RecordError(f"The log {log} holds nothing that can be exported.")
    for problem in problems[:5]:
        complain(f"Skipped {problem}", None)
    return tell(records, len(problems)), records


def _sources(path: Path, records: Sequence[Record]) -> str:
    """The sources as the assistant saw them, as far as they are still with the run."""
    folder = path if path.is_dir() else path.parent
    found: list[Source] = []
    for record in records:
        if isinstance(record.event, RunStarted):
            for source in record.event.sources:
                try:
                    text = load_blob(folder, source.blob).decode("utf-8", "replace")
                except RecordError as exc:
                    complain(exc.message, None)
                    text = "(not kept)"
                found.append(Source(source.name, text))
    return render_sources(found)
