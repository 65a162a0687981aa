"""The JSON texts in a reply: one for each event of a stream, or the whole body.

Which of the two it is shows in the first byte that is not blank, because servers that ignore `stream`, and
those that answer a stream with an error, send all sorts of content types.
"""

from typing import Final

from duologue.endpoint.sse import EventStream

_BLANK: Final = b" \t\r\n\xef\xbb\xbf"
_BEGINS_A_BODY: Final = b'{["<'


class Payloads:
    """Cuts a reply into JSON texts. `in_body` is True once it is known to be one body; `begun` is True
    once anything but blanks has come."""

    __slots__ = ("_body", "_events", "begun", "in_body")

    def __init__(self) -> None:
        self.begun = False
        self.in_body = False
        self._body: list[bytes] = []
        self._events = EventStream()

    @property
    def replaced(self) -> bool:
        """Whether invalid UTF-8 was replaced."""
        return self._events.replaced

    def feed(self, chunk: bytes) -> list[str]:
        """The texts that this chunk completes."""
        if not self.begun:
            chunk = chunk.lstrip(_BLANK)
            self.begun = bool(chunk)
            self.in_body = self.begun and chunk[0] in _BEGINS_A_BODY
        if self.in_body:
            self._body.append(chunk)
            return []
        return self._events.feed(chunk)

    def finish(self) -> list[str]:
        """The texts that only the end of the reply completes."""
        if not self.in_body:
            return self._events.flush()
        return [self._events.decode(b"".join(self._body))]

    def unread(self) -> str:
        """The body so far, for an error message."""
        return b"".join(self._body[:8]).decode("utf-8", "replace")
