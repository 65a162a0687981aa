"""A base URL that leads past an API: where the API is instead, and what its models are called."""

import re
from collections.abc import Awaitable, Callable, Sequence
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlsplit

from duologue.errors import EndpointError

_METHODS: Final = ("/chat/completions", "/completions", "/responses", "/embeddings", "/models")
_ROOTS: Final = ("/v1", "/api/v1")
_MOST_NAMED: Final = 10
_PAGE: Final = re.compile(r"\s*<(!doctype\s+html|html)\b", re.IGNORECASE)


def is_astray(fault: EndpointError) -> bool:
    """Whether the list of models failed as it does where there is no API."""
    return fault.kind == "not_found" or is_page(fault)


def is_page(fault: EndpointError) -> bool:
    """Whether a web page came."""
    return fault.kind == "bad_reply" and _PAGE.match(fault.body) is not None


async def found_beside(
    base_url: str, fault: EndpointError, answers: Callable[[str], Awaitable[bool]]
) -> str | None:
    """The base URL nearby at which an API `answers`, None where none does. Only the path differs, so that the
    key stays where it belongs."""
    for url in neighbours(base_url, everywhere=is_page(fault)):
        if await answers(url):
            return url
    return None


def neighbours(base_url: str, *, everywhere: bool) -> list[str]:
    """Base URLs that may have been meant: without a method at the end, or with `/v1` there; `everywhere`: at
    the server's root too. A page is no API, but a path without a list of models may be another one."""
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/")
    stems = [path.removesuffix(method) for method in _METHODS if path.endswith(method)]
    versioned = [] if "/v1" in path else [f"{path}/v1"]
    paths = dict.fromkeys(stems[:1] or [*versioned, *(_ROOTS if everywhere else ())])
    return [parts._replace(path=each).geturl() for each in paths if each != path]


def unlisted(model: str, listed: Sequence[str]) -> str | None:
    """A hint where the endpoint lists models, and this one is not among them; else None."""
    if not listed or model in listed:
        return None
    close = get_close_matches(model, listed, 1, 0.5)
    if close:
        return f"It lists no model {model!r}. Did you mean --model {close[0]}?"
    more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
    return f"It lists no model {model!r}. It has {', '.join(listed[:_MOST_NAMED])}{more}."
