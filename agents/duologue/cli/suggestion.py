"""Commands to copy: quoted for a shell, and never with a key in them."""

import shlex
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from duologue.display import display_safe

_PLAIN = ("api-version", "api_version", "version")
"""What may stand in an address's query and is no secret."""


def suggested_run(
    base_url: str | None,
    model: str | None = None,
    context_tokens: int | None = None,
    more: Sequence[str] = (),
) -> str:
    """`duologue run` with what has to be named; None leaves it out."""
    words = ["duologue", "run", *more]
    if base_url is not None:
        words += ["--base-url", shown_url(base_url)]
    if model is not None:
        words += [f"--model={model}"] if model.startswith("-") else ["-m", model]
    if context_tokens is not None:
        words += ["--context", str(context_tokens)]
    return " ".join([*(shlex.quote(display_safe(word, newlines=False)) for word in words), '"…"'])


def shown_url(url: str) -> str:
    """The address without what in its query could be a key."""
    parts = urlsplit(url)
    query = [(key, value if key.lower() in _PLAIN else "…") for key, value in parse_qsl(parts.query)]
    return display_safe(parts._replace(query=urlencode(query, safe="…")).geturl(), newlines=False)
