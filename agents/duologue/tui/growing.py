"""The lines of a text that grows at its end: what can change no more is laid out once."""

import re
from collections.abc import Callable
from typing import Final, Literal, assert_never

from rich.console import RenderableType
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from duologue.display import display_safe
from duologue.tui.prose import MOST_CHARACTERS, blocks, data, is_data
from duologue.tui.strips import paint

Kind = Literal["prose", "data", "words"]
"""Markdown, JSON, or words as they stand."""
Dress = Callable[[list[Strip]], list[Strip]]

MOST_OPEN: Final = 3_000
"""Characters of what may still change that are laid out as they will be in the end."""
_SLOWER: Final = 1.1
_LEFT_EDGE: Final = re.compile(r"\n(?=\S)")


def kind_of(text: str, *, result: bool) -> Kind:
    """How a turn's words are shown, and how its result is."""
    if result and is_data(text):
        return "data"
    return "prose" if len(text) <= MOST_CHARACTERS else "words"


class Growing:
    """Lays out a text at that many columns, again and again as it grows.

    Blocks of Markdown are closed once another one has begun below them on a line that is complete: no rule of
    the parser's looks back beyond the last block. Their lines are kept, and what is open is laid out again,
    with everything that acts made visible anew: a block begins a line, and no sequence reaches over its end.
    An open block of more than `most_open` characters is shown in pieces, each laid out once, until it is
    closed. `dress` is done to lines as they are made.
    """

    def __init__(
        self,
        width: int,
        code_theme: str,
        dress: Dress,
        style: Style | str = "",
        *,
        most_open: int = MOST_OPEN,
    ) -> None:
        self._width, self._code, self._dress, self._style = width, code_theme, dress, style
        self._most_open = most_open
        self._begin("prose")

    def _begin(self, kind: Kind) -> None:
        self._kind: Kind = kind
        self._seen = ""
        self._at = 0
        self._closed: list[Strip] = []
        self._apart = False
        self._open()

    def _open(self) -> None:
        """What is open begins anew."""
        self._looked = 0
        self._pieces: list[Strip] = []
        self._cut = 0
        self._fence = ""

    def lines(self, text: str, kind: Kind, *, whole: bool) -> list[Strip]:
        """The lines of the text; `whole` says that it grows no more, and each block is as it will stay."""
        text = text.lstrip("\n")
        if kind != self._kind or not text.startswith(self._seen):
            self._begin(kind)
        self._seen = text
        match kind:
            case "prose":
                self._close_blocks(text, whole)
            case "words":
                text = text.rstrip("\n")
                self._close_lines(text)
            case "data":
                text = text.rstrip("\n")
            case _:
                assert_never(kind)
        safe = display_safe(text[self._at :])
        if whole or len(safe) <= self._most_open:
            return [*self._closed, *self._laid(safe)]
        self._take_pieces(safe)
        return [*self._closed, *self._pieces, *self._laid(self._fence + safe[self._cut :])]

    def _close_blocks(self, text: str, whole: bool) -> None:
        complete = text.rfind("\n", self._at) + 1 - self._at
        # What is open and long is looked through again only when it has grown by its share.
        enough = self._looked * _SLOWER if self._looked > self._most_open and not whole else self._looked
        if complete <= enough:
            return
        self._looked = complete
        raw = text[self._at : self._at + complete]
        found = blocks(display_safe(raw), self._code)
        for block in found[:-1]:
            self._closed += self._painted(block.shown)
            self._apart = block.apart
        if len(found) > 1:
            # Making safe takes no line away and adds none.
            self._at += sum(len(line) + 1 for line in raw.split("\n")[: found[-1].line])
            self._open()

    def _close_lines(self, text: str) -> None:
        end = text.rfind("\n", self._at) + 1
        if end > self._at:
            self._closed += self._laid(display_safe(text[self._at : end - 1]))
            self._at = end
            self._open()

    def _painted(self, shown: RenderableType) -> list[Strip]:
        apart = paint(Text(), self._width) if self._apart else []
        return self._dress([*apart, *paint(shown, self._width)])

    def _laid(self, safe: str) -> list[Strip]:
        """What is open, or a piece of it."""
        match self._kind:
            case "words":
                return self._dress(paint(Text(safe, self._style), self._width))
            case "data":
                return self._dress(paint(data(safe, self._code), self._width))
            case "prose":
                return self._laid_blocks(safe)
            case _:
                assert_never(self._kind)

    def _laid_blocks(self, safe: str) -> list[Strip]:
        lines: list[Strip] = []
        before = self._apart
        for block in blocks(safe, self._code):
            lines += self._painted(block.shown)
            self._apart = block.apart
        self._apart = before
        return lines

    def _take_pieces(self, safe: str) -> None:
        """Lay out all pieces but what has come last."""
        while len(safe) - self._cut > self._most_open:
            end = _piece(safe, self._cut, self._most_open)
            self._pieces += self._laid(self._fence + safe[self._cut : end].rstrip("\n"))
            if self._cut == 0 and self._kind == "prose":
                self._fence = _fence(safe[:end], self._code)
            self._cut = end


def _piece(safe: str, start: int, most: int) -> int:
    """Where the piece that starts there ends: at best before a line that begins at the left edge."""
    end = start + most
    edges = [found.end() for found in _LEFT_EDGE.finditer(safe, start + 1, end)]
    places = (*edges[-1:], safe.rfind("\n", start, end) + 1, safe.rfind(" ", start, end) + 1)
    return next((place for place in places if place > start), end)


def _fence(piece: str, code_theme: str) -> str:
    """The line that opens the code in which the piece ends, or nothing."""
    found = blocks(piece, code_theme)
    return piece.split("\n")[found[-1].line] + "\n" if found and found[-1].kind == "fence" else ""
