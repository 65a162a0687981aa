"""The JSON texts in a reply: one for each event of a stream, or the whole body.

Which of the two it is shows in the first byte that is not blank, because servers that ignore `stream`, and
those that answer a stream with an error, send all sorts of content types.
"""

from typing import Final

from duologue.endpoint.sse import EventStream

_BLANK: Final = b" \t\r\n\xef\xbb\xbf"
_BEGINS_A_BODY: Final = b'{["<'


class Payloads:
    """Cuts a reply into JSON texts. `begun` is True once anything but blanks has come; `in_body` is True
    once it is known to be one body, and `streams` once it is known to be events, which may then be fed
    straight to `events`."""

    __slots__ = ("_body", "begun", "events", "in_body", "streams")

    def __init__(self) -> None:
        self.begun = False
        self.in_body = False
        self.streams = False
        self._body: list[bytes] = []
        self.events = EventStream()

    @property
    def replaced(self) -> bool:
        """Whether invalid UTF-8 was replaced."""
        return self.events.replaced

    def feed(self, chunk: bytes) -> list[str]:
        """The texts that this chunk completes."""
        if not self.begun:
            chunk = chunk.lstrip(_BLANK)
            self.begun = bool(chunk)
            self.in_body = self.begun and chunk[0] in _BEGINS_A_BODY
            self.streams = self.begun and not self.in_body
        if self.in_body:
            self._body.append(chunk)
            return []
        return self.events.feed(chunk)

    def finish(self) -> list[str]:
        """The texts that only the end of the reply completes."""
        if not self.in_body:
            return self.events.flush()
        return [self.events.decode(b"".join(self._body))]

    def unread(self) -> str:
        """The body so far, for an error message."""
        return b"".join(self._body[:8]).decode("utf-8", "replace")
