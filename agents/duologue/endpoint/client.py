"""`POST /chat/completions` at one endpoint, from a request to a whole completion."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import httpx

from duologue.endpoint.astray import unlisted
from duologue.endpoint.call import Call
from duologue.endpoint.chain import Chain, Outages
from duologue.endpoint.completion import Completion, Listener, Request
from duologue.endpoint.connection import Pool
from duologue.endpoint.dialects import Dialects
from duologue.endpoint.limiter import Limiter
from duologue.endpoint.line import open_line
from duologue.endpoint.models import list_models
from duologue.endpoint.retry import Sleep
from duologue.errors import EndpointError
from duologue.record.redact_stream import RedactedStreams
from duologue.targets import Clocks, Patience, RetryPolicy, Target

MAX_REPLY_BYTES: Final = 8 * 2**20

_CLOCKS: Final = Clocks()
_POLICY: Final = RetryPolicy()
_PATIENCE: Final = Patience()
_NOBODY: Final = Listener()


class Client:
    """One endpoint and model.

    Keeps its connection alive between completions, remembers which request fields the endpoint refuses,
    and holds the one retry policy. `dialects` is what is known of that from earlier, and where it is kept;
    None keeps it no longer than the client lives. `max_reply_bytes` bounds a reply once it is decoded;
    `transport` stands in for the network; `pool` is one that other clients use too, and closing any of them
    closes it, and `limiter` one that they line up at too; without one, `sleep` is what is waited with.
    The `others` answer, in this order, while this endpoint is out, as `patience` has it; `outages` is what
    is known of all of them. `streams` redact what the endpoint says, None leaves it;
    `listed` are the models that it was found to have, for the hint where it knows no such one.
    ConfigError when the target's URL or key cannot be used.
    """

    def __init__(
        self,
        target: Target,
        *,
        clocks: Clocks = _CLOCKS,
        policy: RetryPolicy = _POLICY,
        transport: httpx.AsyncBaseTransport | None = None,
        pool: Pool | None = None,
        dialects: Dialects | None = None,
        limiter: Limiter | None = None,
        others: Sequence["Client"] = (),
        patience: Patience = _PATIENCE,
        outages: Outages | None = None,
        max_reply_bytes: int = MAX_REPLY_BYTES,
        sleep: Sleep = asyncio.sleep,
        streams: RedactedStreams | None = None,
        listed: Sequence[str] = (),
    ) -> None:
        self.target = target
        self._listed = listed
        self._policy = policy
        own = pool if transport is None else Pool(transport)
        limiter = Limiter(origin=target.base_url, sleep=sleep) if limiter is None else limiter
        self._line = open_line(target, clocks, own, max_reply_bytes, limiter, streams, dialects)
        self._chain: Chain | None = None
        if others:
            lines = [self._line, *(other._line for other in others)]
            self._chain = Chain(lines, policy, patience, outages or Outages())

    async def complete(
        self, request: Request, listener: Listener = _NOBODY, *, time_left_s: float | None = None
    ) -> Completion:
        """One whole completion, after as many attempts as the policy allows.

        `time_left_s` is what is left of the run's time, in seconds, None for no limit: a wait beyond it is
        not begun. Raises EndpointError; every attempt that failed was reported to the listener before.
        """
        if self._chain is not None:
            return await self._chain.complete(request, listener, time_left_s)
        try:
            return await Call(self._line, request, listener).run(self._policy, time_left_s)
        except EndpointError as exc:
            if exc.kind == "not_found":
                exc.hint = unlisted(self.target.model, self._listed) or exc.hint
            raise

    async def list_models(self) -> list[str]:
        """The ids of the models that the endpoint serves; one try of at most 10 s. Raises EndpointError."""
        return await list_models(self._line)

    async def aclose(self) -> None:
        """Close the connection; the client cannot be used again."""
        await self._line.pool.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
