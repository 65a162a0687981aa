"""What a model at an endpoint can do: one small call for each thing that a run may want of it."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from duologue.endpoint.client import Client
from duologue.endpoint.completion import Delta, Listener, Request
from duologue.endpoint.connection import Pool, open_pool
from duologue.endpoint.dialects import Dialects
from duologue.endpoint.faults import from_status
from duologue.endpoint.findings import (
    SCHEMA_FIELD,
    Ability,
    Finding,
    Heard,
    Trying,
    advice,
    of_completion,
    of_fault,
    of_schema,
    of_streaming,
    of_tools,
    of_usage,
    of_vectors,
    of_window,
)
from duologue.endpoint.inquiry import ask_anew
from duologue.endpoint.limiter import Limiter
from duologue.endpoint.line import Line, open_line
from duologue.endpoint.server import Served, context_window
from duologue.endpoint.shared import limiter_for
from duologue.errors import EndpointError
from duologue.messages import Message
from duologue.record.redact_stream import RedactedStreams
from duologue.targets import Clocks, Rates, RetryPolicy, Target

_UNLIMITED: Final = Rates()
_MOST_BYTES: Final = 2**20
_MOST_TOKENS: Final = 200
_CALL_S: Final = 20.0
_CONNECT_S: Final = 5.0

_HELLO: Final = (Message("user", "Say hello in one word."),)
_ASK_JSON: Final = (Message("user", "Is grass green? Answer in JSON."),)
_ASK_TOOL: Final = (Message("user", "What time is it in Oslo? Use the tool."),)
_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {SCHEMA_FIELD: {"type": "boolean"}},
    "required": [SCHEMA_FIELD],
    "additionalProperties": False,
}
_TOOL: Final[Mapping[str, Any]] = {
    "type": "function",
    "function": {
        "name": "local_time",
        "description": "The time in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How an endpoint is spoken to, as in a run: `dialects` is what was learnt of it earlier, and where what
    is learnt now is kept; `rates` are kept to; `streams` redact what it says."""

    dialects: Dialects = field(default_factory=Dialects)
    rates: Rates = _UNLIMITED
    streams: RedactedStreams | None = None


class _Overheard(httpx.AsyncBaseTransport):
    """A transport that keeps what was last sent, and as what the answer came."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.sent: Mapping[str, Any] = {}
        self.content_type = ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        self.sent = json.loads(await request.aread())
        self.content_type = response.headers.get("content-type", "")
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


@asynccontextmanager
async def open_inquiry(target: Target, streams: RedactedStreams | None = None) -> AsyncIterator[Line]:
    """A line for questions beside completions. Raises ConfigError and EndpointError for an address, a key or
    a proxy that cannot be used."""
    pool = open_pool(target.base_url, local_only=target.local_only)
    try:
        clocks = Clocks(connect_s=_CONNECT_S)
        limiter = Limiter(origin=target.base_url)
        yield open_line(target, clocks, pool, _MOST_BYTES, limiter, streams)
    finally:
        await pool.transport.aclose()


async def probe(
    target: Target, line: Line, served: Served, manner: Manner, within_s: float
) -> AsyncGenerator[Trying | Finding, None]:
    """What is found out about the target, in order, each as soon as it is known.

    The first call has all of `within_s`, in seconds, as a model may have to be loaded; each later one 20 s of
    what is left. Where there is no completion, nothing else is tried.
    """
    way = open_pool(target.base_url, local_only=target.local_only)
    pool = Pool(_Overheard(way.transport), way.proxy)
    clocks = Clocks(_CONNECT_S, within_s, _CALL_S, within_s)
    policy = RetryPolicy(attempts=1)
    async with Client(
        target,
        clocks=clocks,
        policy=policy,
        pool=pool,
        dialects=manner.dialects,
        limiter=limiter_for(target, manner.rates),
        streams=manner.streams,
        listed=served.models.ids,
    ) as client:
        probing = _Probing(client, pool, line, served, asyncio.get_running_loop().time() + within_s)
        yield Trying("completion")
        findings = await probing.completion(within_s)
        for finding in findings:
            yield finding
        if findings[0].state != "works":
            return
        yield Trying("JSON schema")
        yield await probing.schema()
        yield Trying("tools")
        yield await probing.tools()
        yield Trying("embeddings")
        yield await probing.embeddings()
        yield Trying("context")
        yield await probing.context()


class _Probing:
    """The calls, which share a client, so that what one learns of the endpoint's dialect the next knows."""

    def __init__(self, client: Client, pool: Pool, line: Line, served: Served, until: float) -> None:
        assert isinstance(pool.transport, _Overheard)
        self._client = client
        self._transport = pool.transport
        self._line = line
        self._served = served
        self._until = until

    async def completion(self, within_s: float) -> list[Finding]:
        """Whether there is an answer at all; and how it came."""
        try:
            heard = await self._call(Request(_HELLO, max_tokens=_MOST_TOKENS), within_s)
        except EndpointError as exc:
            return [Finding("completion", "failed", exc.message, advice(exc))]
        return [of_completion(heard), of_streaming(heard), of_usage(heard)]

    async def schema(self) -> Finding:
        """Whether answers can be held to a JSON schema."""
        request = Request(_ASK_JSON, schema=_SCHEMA, max_tokens=_MOST_TOKENS)
        return await self._find("JSON schema", request, of_schema)

    async def tools(self) -> Finding:
        """Whether the model can call a tool."""
        request = Request(_ASK_TOOL, tools=(_TOOL,), max_tokens=_MOST_TOKENS)
        return await self._find("tools", request, of_tools)

    async def _find(self, ability: Ability, request: Request, of: Callable[[Heard], Finding]) -> Finding:
        try:
            return of(await self._call(request))
        except EndpointError as exc:
            return of_fault(ability, exc)

    async def embeddings(self) -> Finding:
        """Whether texts can be made into vectors."""
        line = self._line
        content = json.dumps({"model": self._client.target.model, "input": "hello"}).encode()
        url = line.models.copy_with(path=line.models.path.removesuffix("models") + "embeddings")
        request = httpx.Request(
            "POST", url, headers=line.headers, content=content, extensions=dict(line.extensions)
        )
        try:
            reply = await ask_anew(line, request, "embeddings", self._left(_CALL_S))
            if reply.status != 200:
                raise from_status(reply.status, reply.headers, reply.text, line.place)
        except EndpointError as exc:
            return of_fault("embeddings", exc)
        return of_vectors(reply.value)

    async def context(self) -> Finding:
        """How large the context window is."""
        try:
            async with asyncio.timeout(self._left(_CALL_S)):
                return of_window(await context_window(self._line, self._served, self._client.target.model))
        except TimeoutError:
            return of_window(None)

    async def _call(self, request: Request, within_s: float = _CALL_S) -> Heard:
        pieces = 0

        def on_delta(_delta: Delta) -> None:
            nonlocal pieces
            pieces += 1

        left = self._left(within_s)
        try:
            async with asyncio.timeout(left):
                completion = await self._client.complete(request, Listener(on_delta), time_left_s=left)
        except TimeoutError as exc:
            within = f"did not answer within {left:.0f} s" if left else "was not asked: no time was left"
            message = f"{self._line.place.origin} {within}."
            raise EndpointError(message, kind="timeout", hint="Give it more time with --timeout.") from exc
        transport = self._transport
        streamed = pieces > 1 or "event-stream" in transport.content_type
        return Heard(completion, transport.sent, streamed)

    def _left(self, most_s: float) -> float:
        return max(min(most_s, self._until - asyncio.get_running_loop().time()), 0.0)
