"""A small question to a server that is no completion: asked once, answered within bounds."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

import httpx

from duologue.endpoint.causes import FOREIGN, from_exception
from duologue.endpoint.decoding import decoded
from duologue.endpoint.faults import bad_reply
from duologue.endpoint.line import Line
from duologue.endpoint.strictjson import parse
from duologue.errors import EndpointError

WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, the headers, and the decoded body."""

    status: int
    headers: httpx.Headers
    text: str

    @property
    def value(self) -> Any:
        """The JSON value of a reply that succeeded; None where it failed or is none."""
        try:
            return parse(self.text) if self.status == 200 else None
        except ValueError:
            return None


async def ask(line: Line, request: httpx.Request, what: str, within_s: float = WITHIN_S) -> Reply:
    """The reply to one request, whatever its status; `what` names, for the messages, what was asked for.

    Raises EndpointError where none comes, or one without end.
    """
    try:
        async with asyncio.timeout(within_s):
            return await _exchange(line, request, what)
    except TimeoutError as exc:
        message = f"{line.place.origin} did not answer the question for {what} within {within_s:g} s."
        hint = "Is that the address of an OpenAI-compatible API?"
        raise EndpointError(message, kind="timeout", hint=hint) from exc
    except FOREIGN as exc:
        raise from_exception(exc, line.place) from exc


async def look_up(line: Line, path: str, within_s: float = WITHIN_S, **fields: Any) -> Any:
    """The JSON value that the server has at a path of its own, beside `/v1`; None where it has none. With
    fields these are posted as JSON."""
    url = line.models.copy_with(path=_beside(line.models.path, path), query=None)
    content = json.dumps(fields).encode() if fields else None
    method = "GET" if content is None else "POST"
    request = httpx.Request(
        method, url, headers=line.headers, content=content, extensions=dict(line.extensions)
    )
    try:
        return (await ask_anew(line, request, path, within_s)).value
    except EndpointError:
        return None


async def ask_anew(line: Line, request: httpx.Request, what: str, within_s: float = WITHIN_S) -> Reply:
    """Like `ask`, over a second connection where the first had been closed: some servers announce keep-alive
    and close after each reply."""
    try:
        return await ask(line, request, what, within_s)
    except EndpointError as exc:
        if exc.kind != "connection":
            raise
    return await ask(line, request, what, within_s)


def _beside(models: str, path: str) -> str:
    return models.removesuffix("/models").removesuffix("/v1") + path


async def _exchange(line: Line, request: httpx.Request, what: str) -> Reply:
    response = await line.send(request)
    body = bytearray()
    try:
        async for chunk in decoded(response):
            body += chunk
            if len(body) > line.max_reply_bytes:
                raise bad_reply("", line.place, kind="too_large", why=f"too long a reply about {what}")
    finally:
        await response.aclose()
    return Reply(response.status_code, response.headers, body.decode("utf-8", "replace"))
