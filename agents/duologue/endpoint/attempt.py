"""One try at a completion: a request sent, a reply received, the clocks running."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable

import httpx

from duologue.endpoint.causes import FOREIGN, from_exception
from duologue.endpoint.charging import estimated, prompt_was_cut, reported
from duologue.endpoint.completion import Completion, Delta, FailedAttempt
from duologue.endpoint.decoding import decoded
from duologue.endpoint.faults import from_status
from duologue.endpoint.gathering import gather
from duologue.endpoint.hints import HINTS
from duologue.endpoint.line import Line
from duologue.endpoint.reception import Reception
from duologue.endpoint.watch import Watch
from duologue.errors import EndpointError
from duologue.messages import Usage

_ERROR_BYTES = 65536
"""How much of an error's body is read in search of its message."""

_ERROR_S = 5.0
"""How long an error's body is waited for."""

_CHARGED_UNANSWERED = frozenset({"timeout"})
"""Ways to fail before an answer in which the server may already have worked on the prompt."""


class Attempt:
    """One try. `answered` is True once the status line came; `id` names the try in the log."""

    def __init__(self, line: Line, prompt_bytes: int, on_delta: Callable[[Delta], None]) -> None:
        self.id = secrets.token_hex(6)
        self.answered = False
        self._line = line
        self._place = line.place
        self._prompt_bytes = prompt_bytes
        self._watch = Watch(line.clocks)
        self._reception = Reception(line.place, self._watch, line.max_reply_bytes, self.id, on_delta)

    async def run(self, request: httpx.Request) -> None:
        """Send and receive. Raises EndpointError, whatever went wrong; a reply that was whole when its
        connection broke or a clock ran out is whole."""
        try:
            async with self._watch:
                await self._exchange(request)
        except TimeoutError as exc:
            if self._watch.fired is None:
                raise
            if not self._reception.whole:
                raise self._timed_out() from exc
        except FOREIGN as exc:
            if not self._reception.whole:
                raise from_exception(exc, self._place, in_reply=self.answered) from exc
        self._reception.finish()

    def completion(self, adapted: tuple[str, ...], waited_s: float) -> Completion:
        """The completion, after `run` has returned; `adapted` and `waited_s` are its own."""
        reception, assembly = self._reception, self._reception.assembly
        text, reasoning, calls = assembly.result()
        now = self._watch.now()
        first = reception.pace.first
        return Completion(
            attempt=self.id,
            model=assembly.model or self._line.target.model,
            text=text,
            reasoning=reasoning,
            tool_calls=calls,
            finish_reason=assembly.finish_reason,
            usage=self._usage(),
            pace=reception.pace.finished(now),
            first_token_s=(now if first is None else first) - self._watch.started,
            duration_s=now - self._watch.started,
            flags=self._flags(),
            adapted=adapted,
            waited_s=waited_s,
            extra=assembly.extra,
        )

    def failed(self, error: EndpointError, wait_s: float | None) -> FailedAttempt:
        """The record of this try when it gave no completion. What the server refused, or never saw, is not
        charged."""
        charged = error.status in (None, 200) if self.answered else error.kind in _CHARGED_UNANSWERED
        usage = self._usage() if charged else Usage(estimated=True)
        partial = self._reception.assembly.partial
        return FailedAttempt(
            self.id, error.kind, error.message, error.status, partial, wait_s, usage, error.context_tokens
        )

    def cancelled(self) -> FailedAttempt:
        """The record of this try when it was called off; the server may have worked on it already."""
        partial = self._reception.assembly.partial
        return FailedAttempt(
            self.id, "cancelled", "The attempt was cancelled.", None, partial, None, self._usage()
        )

    async def _exchange(self, request: httpx.Request) -> None:
        response = await self._line.send(request)
        try:
            self.answered = True
            self._line.limiter.learn(response.headers.raw, refused=not response.is_success)
            if not response.is_success:
                raise await self._refused(response)
            await gather(response, self._reception.feed)
        finally:
            await response.aclose()

    async def _refused(self, response: httpx.Response) -> EndpointError:
        body = bytearray()
        # The status says enough: a body that breaks off or never ends does not change it.
        with contextlib.suppress(TimeoutError, *FOREIGN):
            async with asyncio.timeout(min(_ERROR_S, self._line.clocks.idle_s)):
                async for chunk in decoded(response):
                    body += chunk
                    if len(body) > _ERROR_BYTES:
                        break
        text = body[:_ERROR_BYTES].decode("utf-8", "replace")
        return from_status(response.status_code, response.headers, text, self._place)

    def _timed_out(self) -> EndpointError:
        message = f"{self._place.origin} was too slow: the {self._watch.fired} ran out."
        return EndpointError(message, kind="timeout", hint=HINTS["timeout"])

    def _usage(self) -> Usage:
        assembly = self._reception.assembly
        return reported(assembly.usage) or estimated(self._prompt_bytes, assembly.characters)

    def _flags(self) -> tuple[str, ...]:
        usage = self._usage()
        flags = list(self._reception.flags)
        if usage.estimated:
            flags.append("no-usage")
        elif prompt_was_cut(usage, self._prompt_bytes):
            flags.append("prompt-cut")
        return tuple(flags)
