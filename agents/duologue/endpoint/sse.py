"""Server-sent events out of raw bytes, as the WHATWG specification cuts them.

Lines end at CR, LF or CRLF and nowhere else: `str.splitlines` would also cut at U+2028 and U+0085, which
stand unescaped inside JSON strings.
"""

_BOM = b"\xef\xbb\xbf"


class EventStream:
    """Turns chunks of bytes, cut anywhere, into the `data` payloads of whole events.

    `replaced` is True once invalid UTF-8 was replaced by U+FFFD. Comments and other fields are skipped.
    """

    __slots__ = ("_after_cr", "_data", "_idle", "_started", "_tail", "replaced")

    def __init__(self) -> None:
        self.replaced = False
        self._tail: list[bytes] = []
        self._data: list[str] = []
        self._after_cr = False
        self._started = False
        self._idle = True

    def feed(self, chunk: bytes) -> list[str]:
        """Payloads of the events that this chunk completes, in order."""
        # Nearly every chunk is one whole event of one line: that one takes a shortcut.
        if self._idle and chunk[:6] == b"data: " and chunk[-2:] == b"\n\n":
            line = chunk[6:-2]
            if b"\n" not in line and b"\r" not in line:
                self._started = True
                return [self.decode(line)]
        payloads = self._feed(chunk)
        self._idle = not (self._tail or self._data)
        return payloads

    def _feed(self, chunk: bytes) -> list[str]:
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk[:1] == b"\n":
                chunk = chunk[1:]
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
        if not end:
            if chunk:
                self._tail.append(chunk)
            return []
        self._after_cr = chunk.endswith(b"\r")
        if self._tail:
            block = b"".join(self._tail) + chunk[:end]
            self._tail.clear()
        else:
            block = chunk[:end]
        if end < len(chunk):
            self._tail.append(chunk[end:])
        return self._read(block)

    def flush(self) -> list[str]:
        """The last event, when the stream ended without the blank line that completes it; the stream is over
        then."""
        return self._read(b"".join(self._tail) + b"\n\n")

    def _read(self, block: bytes) -> list[str]:
        """Payloads out of whole lines. A line end is never part of a character, so that decoding the
        block at once replaces just what decoding line by line would."""
        if not self._started:
            self._started = True
            block = block.removeprefix(_BOM)
        text = self.decode(block)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        data = self._data
        payloads: list[str] = []
        lines = text.split("\n")
        lines.pop()
        for line in lines:
            if line[:6] == "data: ":
                data.append(line[6:])
            elif not line:
                if data:
                    payloads.append("\n".join(data))
                    data.clear()
            elif line[:5] == "data:":
                data.append(line[5:])
            elif line == "data":
                data.append("")
        return payloads

    def decode(self, block: bytes) -> str:
        """The text of these bytes, with invalid UTF-8 replaced and noted."""
        try:
            return block.decode()
        except UnicodeDecodeError:
            self.replaced = True
            return block.decode("utf-8", "replace")
