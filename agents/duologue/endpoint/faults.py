"""The one place where what an endpoint answers becomes an EndpointError.

A status that is not 200, an error inside a 200, a 200 that is no completion; what httpx raises is told
apart in causes.py.
"""

import re
from collections.abc import Mapping
from typing import Final

from duologue.endpoint.causes import Place
from duologue.endpoint.errorbody import ErrorBody, read_error, shortened
from duologue.endpoint.hints import HINTS, waiting
from duologue.endpoint.overflow import OVERFLOW_CODES, overflows, stated_size
from duologue.endpoint.parameters import named_parameter
from duologue.endpoint.retryafter import retry_after_s
from duologue.errors import EndpointError, EndpointFault

BODY_BYTES: Final = 4096
"""How much of an error's body is kept."""

_STATUSES: Final[Mapping[int, EndpointFault]] = {
    401: "auth",
    402: "payment",
    403: "auth",
    404: "not_found",
    405: "not_found",
    407: "proxy",
    408: "timeout",
    409: "server",
    413: "too_large",
    425: "server",
    429: "rate",
    498: "overload",
    503: "overload",
    504: "timeout",
    529: "overload",
}

_CODES: Final[Mapping[str, EndpointFault]] = {
    "insufficient_quota": "quota",
    "quota_exceeded": "quota",
    "billing_hard_limit_reached": "quota",
    "billing_not_active": "quota",
    "insufficient_balance": "payment",
    "rate_limit_exceeded": "rate",
    "rate_limit_error": "rate",
    "overloaded_error": "overload",
    "overloaded": "overload",
    "invalid_api_key": "auth",
    "authentication_error": "auth",
    "permission_error": "auth",
    "permission_denied": "auth",
    "model_not_found": "not_found",
    "not_found_error": "not_found",
    "notfounderror": "not_found",
    "invalid_request_error": "bad_request",
    "invalid_request": "bad_request",
    "badrequesterror": "bad_request",
    "content_filter": "bad_request",
    "tool_use_failed": "bad_request",
}

_WORDS: Final[Mapping[EndpointFault, str]] = {
    "auth": "refused the credentials",
    "payment": "wants to be paid",
    "quota": "says that the quota is used up",
    "rate": "says that requests come too fast",
    "overload": "is overloaded",
    "loading": "is still loading the model",
    "server": "failed",
    "not_found": "knows no such path or model",
    "redirect": "answered with a redirect, which is not followed",
    "bad_request": "refused the request",
    "overflow": "says that the talk no longer fits the model's context",
    "too_large": "says that the request is too large",
    "proxy": "stands behind a proxy that wants credentials",
    "timeout": "gave up waiting",
}

_WRONG_KEY: Final = re.compile(
    r"api[ _-]key (?:is )?(?:not valid|invalid|missing|expired)|invalid api[ _-]key"
)
_NO_MONEY: Final = re.compile(r"credit balance is too low|insufficient (?:balance|credit)")
"""What Gemini and Anthropic answer with a plain 400."""


def from_status(status: int, headers: Mapping[str, str], text: str, place: Place) -> EndpointError:
    """The error for a reply whose status is not 200; `text` is its decoded body."""
    text = place.masked(text)
    body = read_error(text) if text.strip() else ErrorBody()
    kind: EndpointFault = "redirect" if 300 <= status < 400 else _kind_of_status(status, body)
    return _error(kind, body, text, place, status=status, wait_s=retry_after_s(headers))


def from_body(body: ErrorBody, text: str, place: Place) -> EndpointError:
    """The error for an error that stands inside a 200, judged by its inner code."""
    codes = [_CODES[code] for code in body.codes if code in _CODES]
    if body.status is not None:
        kind = _kind_of_status(body.status, body)
    else:
        kind = _refined(codes[0] if codes else "server", body)
    return _error(kind, body, text, place, status=200, wait_s=None)


def bad_reply(text: str, place: Place, *, kind: EndpointFault = "bad_reply", why: str = "") -> EndpointError:
    """The error for a 200 that is no completion and no error either."""
    said = why or f"not a completion: {_told(read_error(text), place) or 'nothing'}"
    hint = HINTS["bad_reply" if kind == "too_large" else kind]
    body = _clipped(place.masked(text))
    return EndpointError(f"{place.origin} sent {said}.", kind=kind, status=200, body=body, hint=hint)


def _kind_of_status(status: int, body: ErrorBody) -> EndpointFault:
    if status in _STATUSES:
        return _refined(_STATUSES[status], body)
    return _refined("server" if status >= 500 else "bad_request", body)


def _refined(kind: EndpointFault, body: ErrorBody) -> EndpointFault:
    """The kind once the words and codes of the body are taken into account."""
    words = body.message.lower()
    if kind in ("bad_request", "too_large", "server") and (
        overflows(words) or OVERFLOW_CODES.intersection(body.codes)
    ):
        return "overflow"
    if kind == "bad_request" and _WRONG_KEY.search(words):
        return "auth"
    if kind == "bad_request" and _NO_MONEY.search(words):
        return "payment"
    if kind == "rate" and _used_up(body):
        return "quota"
    if kind == "overload" and "load" in words and "overload" not in words:
        return "loading"
    if kind == "server" and ("overloaded" in words or "server busy" in words):
        return "overload"
    return kind


def _used_up(body: ErrorBody) -> bool:
    """Whether a 429 is about money. Gemini speaks of billing with every rate limit, and names a wait."""
    if any(_CODES.get(code) == "quota" for code in body.codes):
        return True
    return "billing" in body.message.lower() and body.retry_after_s is None


def _error(
    kind: EndpointFault, body: ErrorBody, text: str, place: Place, *, status: int, wait_s: float | None
) -> EndpointError:
    told = _told(body, place)
    said = f": {told}" if told else "."
    code = "" if status == 200 else f" (HTTP {status})"
    refused = kind == "bad_request"
    wait_s = body.retry_after_s if wait_s is None else wait_s
    return EndpointError(
        f"{place.origin} {_WORDS[kind]}{code}{said}",
        kind=kind,
        status=status,
        retry_after_s=wait_s,
        body=_clipped(place.masked(text)),
        parameter=(body.parameter or named_parameter(body.message)) if refused else None,
        context_tokens=(body.context_tokens or stated_size(body.message)) if kind == "overflow" else None,
        hint=f"{waiting(wait_s)} {HINTS[kind]}" if wait_s else HINTS[kind],
    )


def _told(body: ErrorBody, place: Place) -> str:
    """What the server said, fit for a sentence; the key is masked first, so that no half of it is left."""
    return shortened(place.masked(body.message))


def _clipped(text: str) -> str:
    return text.encode("utf-8", "replace")[:BODY_BYTES].decode("utf-8", "ignore")
