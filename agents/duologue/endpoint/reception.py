"""One reply on its way to a completion: parsed, bounded, timed, and checked for errors inside a 200."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from duologue.endpoint.assemble import Assembly
from duologue.endpoint.causes import Place
from duologue.endpoint.completion import Delta
from duologue.endpoint.errorbody import error_in, read_error
from duologue.endpoint.faults import bad_reply, from_body
from duologue.endpoint.loops import LOOK_EVERY
from duologue.endpoint.pace import Pace
from duologue.endpoint.payloads import Payloads
from duologue.endpoint.strictjson import parse
from duologue.endpoint.watch import AFTER_DONE_S, AFTER_FINISH_S, Watch
from duologue.errors import EndpointError, EndpointFault

_FRAME_BYTES: Final = 1024
"""What the JSON around each piece of content may come to without counting against the cap."""

_CUT_SHORT: Final = frozenset({"length", "model_length", "max_tokens"})

_FAILED: Final[Mapping[str, EndpointFault]] = {
    "error": "server",
    "abort": "broken_stream",
    "insufficient_system_resource": "overload",
}
"""Finish reasons that say the endpoint broke off, so that the text is not whole."""


class Reception:
    """Takes in one reply. `ended` is True once we have had enough of it; `flags` names what was odd about
    it; `on_delta` hears of each piece of text and reasoning, under the attempt's id."""

    def __init__(
        self, place: Place, watch: Watch, max_bytes: int, attempt: str, on_delta: Callable[[Delta], None]
    ) -> None:
        self.assembly = Assembly(place.streams)
        self.pace = Pace()
        self.flags: list[str] = []
        self.ended = False
        self._place = place
        self._watch = watch
        self._max = max_bytes
        self._attempt = attempt
        self._on_delta = on_delta
        self._payloads = Payloads()
        self._look_at = min(LOOK_EVERY, max_bytes)
        self._bytes = 0
        self._room = max_bytes
        self._said_done = False

    @property
    def whole(self) -> bool:
        """Whether nothing of the reply is missing but, perhaps, its usage and its proper end."""
        assembly = self.assembly
        return assembly.whole or (self._said_done and assembly.calls_whole)

    def feed(self, chunk: bytes) -> bool:
        """Take in decoded bytes, and say whether we have had enough; raises EndpointError when they hold an
        error or pass the cap."""
        self._bytes += len(chunk)
        payloads = self._payloads
        texts = payloads.events.feed(chunk) if payloads.streams else payloads.feed(chunk)
        if texts:
            self._take(texts)
        if self._bytes > self._room:
            self._cap()
        return self.ended

    def finish(self) -> None:
        """The reply has ended; raises EndpointError when what came is not a whole completion."""
        self._take(self._payloads.finish())
        text, reasoning = self.assembly.flush(whole=self.whole)
        if text or reasoning:
            self._arrived(text, reasoning)
        if self._payloads.replaced:
            self.flags.append("invalid-utf8")
        if not self.whole:
            raise self._unfinished()
        reason = self.assembly.finish_reason or ""
        if reason in _FAILED:
            raise bad_reply(
                "", self._place, kind=_FAILED[reason], why=f"a reply that it broke off ({reason})"
            )
        if reason in _CUT_SHORT:
            self._flag("truncated")

    def _take(self, payloads: list[str]) -> None:
        """Everything that one piece of the network brought, told of as one piece of text."""
        assembly = self.assembly
        pieces = assembly.pieces
        for payload in payloads:
            if payload == "[DONE]":
                self._said_done = True
                continue
            try:
                chunk = parse(payload)
            except ValueError:
                chunk = None
            if type(chunk) is not dict or "error" in chunk or "choices" not in chunk:
                chunk = self._odd(chunk, payload)
            assembly.add(chunk)
        if assembly.pieces != pieces:
            self._arrived(*assembly.settle())
        if self._said_done:
            self._watch.finishing("end", AFTER_DONE_S)
        elif assembly.finish_reason is not None:
            self._watch.finishing("usage", AFTER_FINISH_S)

    def _arrived(self, text: str, reasoning: str) -> None:
        self.pace.note(self._watch.content(), len(text))
        if text or reasoning:
            self._on_delta(Delta(self._attempt, text, reasoning))
        if self.assembly.characters > self._look_at:
            self._look()

    def _look(self) -> None:
        """Now and then: is the reply too long, or does it run in a circle?"""
        self._look_at = min(self.assembly.characters + LOOK_EVERY, self._max)
        if self.assembly.loops():
            self._end("looping")
        elif self.assembly.characters > self._max:
            self._end()

    def _odd(self, chunk: Any, payload: str) -> dict[str, Any]:
        """A payload that is no ordinary chunk: blank, an error, a stray remark, or no JSON at all. What
        follows a whole reply cannot spoil it."""
        if not payload.strip() or self.whole:
            return chunk if isinstance(chunk, dict) else {}
        error = error_in(chunk) if chunk is not None else None
        if error is None and chunk is None and '"error"' in payload:
            error = read_error(payload)
        if error is not None:
            raise from_body(error, payload, self._place)
        if not isinstance(chunk, dict) or self._payloads.in_body:
            raise bad_reply(payload, self._place)
        return chunk

    def _cap(self) -> None:
        self._room = self._max + _FRAME_BYTES * self.assembly.pieces
        if self._bytes <= self._room:
            return
        if not self.assembly.pieces:
            why = f"more than {self._max} bytes without a completion in them"
            raise bad_reply(self._payloads.unread(), self._place, kind="too_large", why=why)
        self._end()

    def _end(self, *flags: str) -> None:
        """Enough: what has come is the reply, cut short by us."""
        self.ended = True
        self.assembly.finish_reason = self.assembly.finish_reason or "length"
        for flag in (*flags, "truncated"):
            self._flag(flag)

    def _flag(self, flag: str) -> None:
        if flag not in self.flags:
            self.flags.append(flag)

    def _unfinished(self) -> EndpointError:
        if self.assembly.pieces:
            why = "a reply that ended before it was finished"
            return bad_reply(self.assembly.partial, self._place, kind="broken_stream", why=why)
        return bad_reply("", self._place, kind="empty", why="an empty reply")
