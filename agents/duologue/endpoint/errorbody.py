"""What a server's error body says, whichever of a dozen shapes it has."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from duologue.endpoint.retryafter import sensible
from duologue.endpoint.strictjson import parse

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_MESSAGE_IN_BROKEN_JSON = re.compile(r'"(?:message|error|detail)"\s*:\s*"(.*)', re.DOTALL)
_LONGEST_MESSAGE = 300
_LONGEST_READ = 8192


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error as the server put it. `codes` holds its `code` and `type` as strings, lower-cased; `status`
    is an HTTP status found among them, or None; `parameter` is the request field it names, or None;
    `retry_after_s` is the wait in seconds that it asks for, or None."""

    message: str = ""
    codes: tuple[str, ...] = ()
    status: int | None = None
    parameter: str | None = None
    context_tokens: int | None = None
    retry_after_s: float | None = None


def read_error(text: str) -> ErrorBody:
    """The error in a reply's text: JSON of any known shape, JSON that does not parse, HTML, plain text."""
    try:
        value = parse(text.strip().lstrip("\ufeff"))
    except ValueError:
        return ErrorBody(message=_plain(text))
    return error_in(value) or ErrorBody(message=_plain(text))


def error_in(value: Any) -> ErrorBody | None:
    """The error that a parsed reply or chunk holds, None when it holds none."""
    match value:
        case [dict() as first, *_]:
            return error_in(first)
        case {"choices": [_, *_], "error": None | {} | "" | False}:
            return None
        case {"error": dict() as inner} if inner:
            return _from_fields(inner)
        case {"error": str() as message} if message:
            return _from_fields({**value, "message": message})
        case {"detail": detail} if detail:
            return _from_detail(detail)
        case {"choices": list()}:
            return None
        case {"message": {"detail": detail}}:
            return _from_detail(detail)
        case {"message": str()} | {"object": "error"}:
            return _from_fields(value)
        case _:
            return None


def _from_fields(fields: Mapping[str, Any]) -> ErrorBody:
    raw = [fields.get(key) for key in ("code", "type", "error_type", "status")]
    codes = tuple(str(code).lower() for code in raw if isinstance(code, str | int))
    message = next((m for m in (fields.get("message"), fields.get("detail")) if isinstance(m, str)), "")
    parameter = fields.get("param")
    return ErrorBody(
        message=_plain(message) or ", ".join(codes),
        codes=codes,
        status=next((int(code) for code in codes if re.fullmatch("[345][0-9][0-9]", code)), None),
        parameter=_head(parameter) if isinstance(parameter, str) and parameter else None,
        context_tokens=_positive(fields.get("n_ctx")),
        retry_after_s=_retry_delay(fields.get("details")),
    )


def _from_detail(detail: Any) -> ErrorBody:
    """FastAPI's shapes: a string, an error object, or a list of findings with their places."""
    match detail:
        case [{"loc": [*places], "msg": str() as message}, *_]:
            names = [place for place in places if isinstance(place, str) and place != "body"]
            named = names[0] if names else None
            return ErrorBody(message=_plain(f"{named}: {message}" if named else message), parameter=named)
        case dict():
            return error_in(detail) or _from_fields(detail)
        case _:
            return ErrorBody(message=_plain(str(detail)))


def _plain(text: str) -> str:
    """One line without markup."""
    text = text[:_LONGEST_READ]
    if title := _TITLE.search(text):
        text = title[1]
    elif broken := _MESSAGE_IN_BROKEN_JSON.search(text):
        text = broken[1].rstrip('}"] \r\n')
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def shortened(line: str) -> str:
    """The line, short enough for a sentence."""
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"


def _head(parameter: str) -> str:
    """`response_format.type` and `messages[3].content` name the fields they begin with."""
    return re.split(r"[.\[]", parameter, maxsplit=1)[0]


def _positive(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value < 10**9 else None


def _retry_delay(details: Any) -> float | None:
    """Google's way to ask for a wait: a detail with `retryDelay`, such as "36s"."""
    found = (
        [each.get("retryDelay") for each in details if isinstance(each, dict)]
        if isinstance(details, list)
        else []
    )
    delay = next((text for text in found if isinstance(text, str)), "")
    return sensible(float(delay[:-1])) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?s", delay) else None
