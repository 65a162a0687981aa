"""What `doctor` found out, as lines for a person and as JSON for a program."""

import shutil
import textwrap
from collections.abc import Sequence
from typing import Any, Final

import click

from duologue.cli.subjects import Subject
from duologue.cli.suggestion import shown_url, suggested_run
from duologue.display import display_safe, one_line
from duologue.endpoint.findings import Finding, State
from duologue.endpoint.server import Served

_COLOURS: Final[dict[State, str]] = {
    "works": "green",
    "adapted": "yellow",
    "missing": "yellow",
    "failed": "red",
    "unknown": "cyan",
}
_WIDE: Final = 64
_LABEL: Final = 24
_MOST_MODELS: Final = 6
_MOST_SAID: Final = 600
_OPTIONS: Final = ("--base-url", "found on this machine")


def heading(subject: Subject) -> None:
    """Which endpoint it is, and what set it."""
    software = subject.served.software if subject.served is not None else None
    name = one_line(software or "Endpoint", 60)
    click.secho(f"{name} at {shown_url(subject.target.base_url)}", bold=True)
    found = subject.server is not None or subject.fallback
    facts = [subject.origins.base_url if found else f"Set by {subject.origins.base_url}"]
    if len(subject.roles) in (1, 2):
        facts.append(f"for {' and '.join(subject.roles)}")
    if subject.origins.api_key is not None:
        facts.append(f"with the key of {subject.origins.api_key}")
    said = f"{', '.join(facts)}."
    paragraph(said[0].upper() + said[1:])


def models(served: Served) -> None:
    """What it serves, shortened."""
    names = served.models.ids
    if names:
        shown = ", ".join(one_line(name, 60) for name in names[:_MOST_MODELS])
        more = f" and {len(names) - _MOST_MODELS} more" if len(names) > _MOST_MODELS else ""
        paragraph(f"{'Models' if len(names) > 1 else 'Model'}: {shown}{more}.")


def tried(subject: Subject) -> None:
    """Which model is tried, where there is a choice."""
    listed = subject.served.models.ids if subject.served is not None else ()
    if subject.model is not None and listed != (subject.model,):
        by = f", set by {subject.origins.model}" if subject.origins.model else "; name another with --model"
        paragraph(f"Tried with {one_line(subject.model, 60)}{by}.")


def row(finding: Finding) -> None:
    """One thing found out."""
    said = finding.said if finding.said.endswith((".", "?", "!", "…")) else f"{finding.said}."
    said = one_line(" ".join(filter(None, (said, finding.means))), _MOST_SAID)
    state = click.style(f"{finding.state:<8}", fg=_COLOURS[finding.state])
    if _columns() < _WIDE:
        click.echo(f"  {state} {finding.ability}")
        paragraph(said, indent=4)
        return
    lines = textwrap.wrap(said, max(_columns() - _LABEL, 20), break_on_hyphens=False)
    click.echo(f"  {state} {finding.ability:<12} {lines[0] if lines else ''}")
    for line in lines[1:]:
        click.echo(" " * _LABEL + line)


def forgotten(subject: Subject) -> None:
    """How much of what was remembered of it is forgotten."""
    count = subject.forgotten
    what = "what one model of it wants" if count == 1 else f"what {count} models of it want"
    paragraph(f"Forgotten is {what} otherwise." if count else "Nothing was remembered of it.")


def closing(subject: Subject) -> None:
    """What is remembered of it, and whether it is usable."""
    lessons = subject.dialect.describe() if subject.dialect is not None else []
    if lessons:
        paragraph("Remembered, and dropped with --forget:")
    for lesson in lessons:
        paragraph(one_line(lesson, _MOST_SAID), indent=4)
    if not subject.usable:
        paragraph("Not usable: there was no completion." if subject.model else "Not usable as it is.")


def suggestion(subjects: Sequence[Subject], context_tokens: int, config: str | None) -> None:
    """The command to copy, of a run that uses all of these."""
    paragraph("Start a run with it:" if len(subjects) == 1 else "Start a run with them:")
    click.echo(f"    {command(subjects, context_tokens, config)}")
    if subjects[0].origins.api_key == "--api-key":
        paragraph("Give it the key as OPENAI_API_KEY, which is not repeated here.")


def command(subjects: Sequence[Subject], context_tokens: int, config: str | None) -> str:
    """The run to start, naming only what is not set anyway. The window is named where one is smaller than
    what a run would count with."""
    subject = subjects[0]
    by = subject.origins
    listed = subject.served.models.ids if subject.served is not None else ()
    named = by.model in (None, "--model") and (subject.server is not None or listed != (subject.model,))
    window = min((each.context_tokens or context_tokens for each in subjects), default=context_tokens)
    return suggested_run(
        subject.target.base_url if by.base_url in _OPTIONS else None,
        subject.model if named else None,
        window if 1024 <= window < context_tokens else None,
        () if config is None else ("--config", config),
    )


def as_json(subject: Subject) -> dict[str, Any]:
    """The same, for a program. No key is in it."""
    served = subject.served
    return {
        "base_url": shown_url(subject.target.base_url),
        "set_by": subject.origins.base_url,
        "key_of": subject.origins.api_key,
        "roles": list(subject.roles),
        "fallback": subject.fallback,
        "server": served.software if served is not None else None,
        "models": list(served.models.ids) if served is not None else [],
        "model": subject.model,
        "model_set_by": subject.origins.model,
        "usable": subject.usable,
        "remembered": subject.dialect.describe() if subject.dialect is not None else [],
        "forgotten": subject.forgotten,
        "findings": [_as_json(finding) for finding in subject.findings],
    }


def _as_json(finding: Finding) -> dict[str, Any]:
    values = {
        "ability": finding.ability,
        "state": finding.state,
        "said": finding.said,
        "means": finding.means,
        "first_token_s": finding.seconds,
        "tokens": finding.tokens,
    }
    return {key: value for key, value in values.items() if value is not None}


def paragraph(text: str, indent: int = 2) -> None:
    """The text, wrapped to the terminal and safe for it."""
    blank = " " * indent
    safe = display_safe(text, newlines=False)
    lines = textwrap.wrap(
        safe, _columns(), initial_indent=blank, subsequent_indent=blank, break_on_hyphens=False
    )
    for line in lines:
        click.echo(line)


def _columns() -> int:
    return max(min(shutil.get_terminal_size((100, 24)).columns, 110), 24)
