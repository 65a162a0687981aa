"""What a terminal sends as keys, whatever that is: nothing it sends can end the screen."""

from codecs import getincrementaldecoder
from collections.abc import Iterator

from textual._xterm_parser import XTermParser
from textual.events import Key
from textual.keys import Keys
from textual.message import Message


class Keyboard:
    """The keys, mouse events and pastes in the bytes of a terminal.

    Textual's own reader ends the screen, with a traceback, over a byte that is no UTF-8 and over a key with a
    number that no character has.
    """

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._parser = _Parser()

    def feed(self, data: bytes) -> Iterator[Message]:
        """What these bytes complete. What is no text in them becomes U+FFFD."""
        if text := self._decode(data):
            yield from self._parser.feed(text)

    def tick(self) -> Iterator[Message]:
        """What is complete since nothing has followed it: the escape key."""
        yield from self._parser.tick()


class _Parser(XTermParser):
    # Textual keeps what it has parsed before, which is no part of what the method is.
    def _parse_extended_key(self, sequence: str) -> list[Key] | None:  # type: ignore[override]
        try:
            return super()._parse_extended_key(sequence)
        except (ValueError, OverflowError):
            return [Key(Keys.Ignore, sequence)]
