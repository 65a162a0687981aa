"""`GET /models`: what an endpoint serves."""

import asyncio
from typing import Any, Final

import httpx

from duologue.endpoint.causes import FOREIGN, from_exception
from duologue.endpoint.decoding import decoded
from duologue.endpoint.errorbody import error_in
from duologue.endpoint.faults import bad_reply, from_body, from_status
from duologue.endpoint.line import Line
from duologue.endpoint.strictjson import parse
from duologue.errors import EndpointError

_TOTAL_S: Final = 10.0


async def list_models(line: Line) -> list[str]:
    """The ids of the models, from one try; EndpointError on failure."""
    try:
        async with asyncio.timeout(_TOTAL_S):
            status, headers, text = await _fetch(line)
    except TimeoutError as exc:
        message = f"{line.place.origin} did not list its models within {_TOTAL_S:g} s."
        hint = "Is that the address of an OpenAI-compatible API?"
        raise EndpointError(message, kind="timeout", hint=hint) from exc
    except FOREIGN as exc:
        raise from_exception(exc, line.place) from exc
    if status != 200:
        raise from_status(status, headers, text, line.place)
    return _ids(line, text)


async def _fetch(line: Line) -> tuple[int, httpx.Headers, str]:
    response = await line.send(line.get_models())
    body = bytearray()
    try:
        async for chunk in decoded(response):
            body += chunk
            if len(body) > line.max_reply_bytes:
                raise bad_reply("", line.place, kind="too_large", why="too long a list of models")
    finally:
        await response.aclose()
    return response.status_code, response.headers, body.decode("utf-8", "replace")


def _ids(line: Line, text: str) -> list[str]:
    try:
        reply = parse(text)
    except ValueError as exc:
        raise bad_reply(text, line.place, why="no list of models") from exc
    match reply:
        case {"data": list() as entries} | {"models": list() as entries} | [*entries]:
            return [name for entry in entries if (name := _id(entry))]
        case _:
            error = error_in(reply)
    if error is not None:
        raise from_body(error, text, line.place)
    raise bad_reply(text, line.place, why="no list of models")


def _id(entry: Any) -> str:
    """Ollama's and TGI's own lists say `name` or `model_id`."""
    if isinstance(entry, str):
        return entry
    names = [entry.get(key) for key in ("id", "name", "model_id")] if isinstance(entry, dict) else []
    return next((name for name in names if isinstance(name, str) and name), "")
