"""Reasoning that comes inside the content as `<think>…</think>`, kept apart from the text."""

_OPEN = "<think>"
_CLOSE = "</think>"


class ThinkingSplitter:
    """Splits content as it streams in, even where a tag is cut between two pieces. While `plain` is True, a
    piece without `<` is text as it is, and need not come here."""

    __slots__ = ("_block", "_held", "_trim", "inside", "plain")

    def __init__(self) -> None:
        self.inside = False
        self._held = ""
        self._trim = False
        self.plain = True
        self._block: list[str] = []

    def split(self, piece: str) -> tuple[str, str]:
        """The text and the reasoning in this piece; what may be the start of a tag is held back."""
        texts: list[str] = []
        thoughts: list[str] = []
        rest = self._held + piece
        while True:
            tag = _CLOSE if self.inside else _OPEN
            before, found, after = rest.partition(tag)
            if not found:
                break
            self._put(before, texts, thoughts)
            self._toggle()
            rest = after
        held = _overlap(rest, tag)
        self._held = rest[len(rest) - held :]
        self._put(rest[: len(rest) - held], texts, thoughts)
        self.plain = not (self.inside or self._held or self._trim)
        return "".join(texts), "".join(thoughts)

    def flush(self) -> tuple[str, str]:
        """What was held back when the stream ended, as text and as reasoning."""
        held, self._held = self._held, ""
        texts: list[str] = []
        thoughts: list[str] = []
        self._put(held, texts, thoughts)
        return "".join(texts), "".join(thoughts)

    def unclosed(self) -> str:
        """The reasoning since a tag that was opened and never closed."""
        return "".join(self._block) if self.inside else ""

    def _toggle(self) -> None:
        self.inside = not self.inside
        self._block.clear()
        # The blank lines after a closing tag part it from the answer; they are not the answer's.
        self._trim = not self.inside

    def _put(self, part: str, texts: list[str], thoughts: list[str]) -> None:
        if self.inside:
            thoughts.append(part)
            self._block.append(part)
            return
        if self._trim:
            part = part.lstrip()
            self._trim = not part
        texts.append(part)


def _overlap(text: str, tag: str) -> int:
    """How many characters at the text's end may be the beginning of the tag."""
    return next((n for n in range(min(len(tag) - 1, len(text)), 0, -1) if tag.startswith(text[-n:])), 0)


def unwrap(text: str, reasoning: str, unclosed: str) -> tuple[str, str]:
    """Text and reasoning of a whole reply, with its unpaired tags understood.

    An opening tag in mid-text that nothing closes is the model writing about tags: it is text again. A
    closing tag on a line's end that nothing opened ends reasoning whose opening tag stood in the prompt.
    """
    if unclosed and text.strip():
        return text + _OPEN + unclosed, reasoning.removesuffix(unclosed)
    before, found, after = text.partition(_CLOSE)
    if found and not reasoning and (not after or after[0] in "\r\n"):
        return after.lstrip(), before
    return text, reasoning
