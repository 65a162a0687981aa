"""The help of a command with many options: they stand in sections, under what they are for."""

from typing import Final

import click

_SECTIONS: Final = {
    "Who answers": (
        "base_url",
        "api_key",
        "model",
        "user_model",
        "assistant_model",
        "judge_model",
        "appeal_model",
        "temperature",
        "settings",
        "context_tokens",
        "fallbacks",
        "rpm",
        "tpm",
        "concurrency",
        "scenario",
    ),
    "Who may hear it": ("local_only", "redact"),
    "When it is done": ("cadence", "votes"),
    "Limits": ("max_turns", "max_tokens", "max_minutes", "max_cost"),
    "What you see": ("output", "plain", "as_json", "quiet", "detach", "commands", "theme"),
    "Where things are": ("runs", "config"),
}


class Sectioned(click.Command):
    """A command whose help groups what it shares with others; its own options come first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, a section at a time."""
        known = {name: title for title, names in _SECTIONS.items() for name in names}
        rows: dict[str, list[tuple[str, str]]] = {"Options": [], **{title: [] for title in _SECTIONS}}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                rows[known.get(param.name or "", "Options")].append(record)
        for title, records in rows.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
