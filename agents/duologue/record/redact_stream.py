"""Redaction of a text that arrives in pieces: no piece of a secret is let out before the whole was seen.

What could still become a secret is held back: a few characters now and then, a key until it ends. All the
rest passes at once, after one look at it.
"""

import re
from collections.abc import Iterable
from typing import Final

from duologue.record.redact import BLOCK_BODY, Redactor

MOST_HELD: Final = 16_384
"""Characters after which what is held is judged as it stands; where it is a secret, the rest of it is left
out until it ends."""

_SHORTEST: Final = 6
"""Fewer characters than this hold no secret."""

_LEAST_CUT: Final = 8
"""Characters of a known secret that make the end of a text a secret that was cut off."""


_PREFIXES: Final = (
    *("sk[-_]", "[pr]k_", "gh[pousr]_", "github_pat_", "glpat-", "AKIA", "ASIA", "xox", "AIza"),
    *("hf_", "npm_", "pypi-", "eyJ"),
)
"""What keys begin with."""

_CHARACTER: Final = re.compile(r"\[[^]]+\]|.")
_EDGE: Final = r"(?<![A-Za-z0-9_])"
_TOKEN: Final = "[A-Za-z0-9_.-]*"
_RUN: Final = r"[A-Za-z0-9._~+/=-]*"
_LOGIN: Final = r"[^\s/:@\"'<>]{0,64}(?::[^\s/@\"'<>]{0,256})?"
_DIGITS: Final = r"[2-6](?<![\w.,-].)(?:\d{0,2}|\d{3}(?P<gap>[ -]?)(?:\d(?:(?P=gap)?\d){0,13})?[ .,-]?)"


def _upto(prefix: str, then: str = "") -> str:
    """A pattern for the whole prefix with what follows, or for a beginning of it at the text's end."""
    pattern = then
    for character in reversed(_CHARACTER.findall(prefix)):
        pattern = rf"{character}(?:\Z|{pattern})" if pattern else character
    return pattern


_HEAD: Final = "-----BEGIN [A-Z0-9 ]{1,40}-----"
_FOOT: Final = "-----END [A-Z0-9 ]{0,40}-{0,4}"
_KEYS: Final = "|".join(_upto(prefix) for prefix in _PREFIXES)
_BEARER: Final = _upto("bearer", rf"[ \t]+{_RUN}\Z")
_BASIC_RUN: Final = _upto("basic", rf"[ \t]+{_RUN}\Z")
_BASIC: Final = _upto("authorization:", rf"[ \t]*(?:\Z|{_BASIC_RUN})")
_LINE: Final = _upto("BEGIN ", r"[A-Z0-9 ]{0,40}-{0,5}\Z")
_UNFINISHED: Final = "|".join(
    (
        rf"{_EDGE}(?:(?P<token>(?:{'|'.join(_PREFIXES)}){_TOKEN}\Z)|(?:{_KEYS})\Z)",
        rf"{_EDGE}(?:(?P<bearer>(?i:{_BEARER}))|(?i:{_BASIC}))",
        rf"(?P<block>{_HEAD}(?:(?!-----END ){BLOCK_BODY})*(?:{_FOOT})?\Z)",
        rf"-(?:-{{0,4}}\Z|----{_LINE})",
        _upto("://", rf"{_LOGIN}\Z"),
        rf"{_DIGITS}\Z",
    )
)
"""What at the end of a text may be the beginning of a secret."""

_FEW_DIGITS: Final = r"[2-6](?<![\w.,-].)(?:\d{0,2}|\d{3}[ -]?)"
_BEGINNING: Final = rf"(?:{_EDGE}(?:{_KEYS}|(?i:{_upto('bearer')}|{_upto('authorization:')}))|-{{1,5}}|:/?)"
_LONGEST_BEGINNING: Final = len("authorization:")

_RARE: Final = "-_:JAIxbBzZ"
_AFTER_RARE: Final = (
    r"(?<=[-_])(?:(?<=sk.)|(?<=[pr]k_)|(?<=gh[pousr]_)|(?<=github_)|(?<=glpat-)|(?<=hf_)|(?<=npm_)|(?<=pypi-)"
    r"|(?<=-----)B)|(?<=eyJ)|(?<=AKIA)|(?<=ASIA)|(?<=AI)za|(?<=xox)|(?<=[bB])(?i:earer)"
    r"|(?<=[zZ])(?<=(?i:authoriz))(?i:ation:)|(?<=:)//"
)
"""What makes of a character, which is rare in prose and soon looked for, the mark of a secret."""


def _telltale(spellings: Iterable[str], digits: str) -> re.Pattern[str]:
    """What is in every secret, near its beginning: in these spellings and in all others. `digits` are those
    after a card's first."""
    known = sorted({(re.escape(spelling[0]), re.escape(spelling[1])) for spelling in spellings})
    firsts = "".join(first for first, _ in known)
    after = [_AFTER_RARE, f"(?<=[2-6]){digits}", *(f"(?<={first}){second}" for first, second in known)]
    return re.compile(f"[{_RARE}2-6{firsts}](?:{'|'.join(after)})")


def _beginning(spellings: Iterable[str]) -> re.Pattern[str]:
    """What at a text's end may be the first few characters of a secret."""
    firsts = {re.escape(spelling[0]) for spelling in spellings}
    return re.compile(rf"(?:{'|'.join([_BEGINNING, _FEW_DIGITS, *sorted(firsts)])})\Z")


_GOES_ON: Final = {
    "block": re.compile(BLOCK_BODY.replace("-]", "]") + r"+\Z"),
    "token": re.compile("[A-Za-z0-9_]+\\Z"),
    "bearer": re.compile("[A-Za-z0-9_]+\\Z"),
}
"""Pieces that only lengthen what is held."""

_WHOLE_FOOT: Final = re.compile("-----END [A-Z0-9 ]{1,40}-----")
_ENDS_BLOCK: Final = re.compile(BLOCK_BODY.replace("[", "[^", 1))
_ENDS_RUN: Final = re.compile(r"[^A-Za-z0-9._~+/=-]")
_FOOT_CHARACTERS: Final = 64


class RedactedStreams:
    """Makes the streams of one redactor."""

    def __init__(self, redactor: Redactor) -> None:
        self.redact = redactor
        self.spelt = redactor.spelt
        self.unfinished = re.compile(_UNFINISHED)
        # `telltale` finds what may be a secret in a text, `likely` in one that stands in a line of JSON.
        self.telltale = _telltale(self.spelt, r"(?<![\w.,-].)\d{3}[ -]?\d").search
        self.beginning = _beginning(self.spelt).search
        self.likely = _telltale(self.spelt, r"(?:[ -]?\d){12}").search
        self.by_first: dict[str, list[str]] = {}
        for spelling in self.spelt:
            self.by_first.setdefault(spelling[0], []).append(spelling)
        self.longest = max(map(len, self.spelt), default=0)

    def open(self) -> "RedactedStream":
        """A new stream."""
        return RedactedStream(self)

    def whole(self, text: str) -> str:
        """The text, redacted."""
        return self.redact(text)

    def known_from(self, text: str, least: int = 1) -> tuple[int, str]:
        """Where the text's end, of at least that many characters, begins a known secret, and which; its
        length and nothing where it does not."""
        by_first = self.by_first
        for start in range(max(0, len(text) - self.longest + 1), len(text) - least + 1):
            if text[start] in by_first:
                end = text[start:]
                for spelling in by_first[text[start]]:
                    if len(spelling) > len(end) and spelling.startswith(end):
                        return start, self.spelt[spelling]
        return len(text), ""


class RedactedStream:
    """One text on its way: `feed` it pieces, then `flush`; both return what may be shown."""

    __slots__ = ("_before", "_from", "_held", "_kind", "_swallowed")

    def __init__(self, streams: RedactedStreams) -> None:
        self._from = streams
        self._held = ""
        self._before = ""
        self._kind: str | None = None
        self._swallowed: str | None = None

    def feed(self, piece: str) -> str:
        """Take in a piece, and return what is certain by now."""
        if self._kind:
            return self._weigh(piece)
        held, before = self._held, self._before
        text = before + held + piece
        if self._from.telltale(text, len(before)) is not None:
            return self._weigh(piece)
        found = self._from.beginning(text, max(len(before), len(text) - _LONGEST_BEGINNING))
        if found is None:
            self._held, self._before = "", text[-1:]
            return held + piece
        # At the very end something may begin: the next piece will tell.
        start = found.start()
        self._held, self._before = text[start:], text[:start][-1:]
        return text[len(before) : start]

    def flush(self) -> str:
        """The text has ended: what is left of it. A known secret that was cut off is one all the same."""
        held, self._held = self._held, ""
        start, value = self._from.known_from(held, _LEAST_CUT)
        cut = self._from.redact.placeholder("secret", value) if value else ""
        return self._redacted(held[:start]) + cut

    def _weigh(self, piece: str) -> str:
        if self._swallowed is not None:
            piece = self._unswallowed(piece)
            if self._kind:
                return ""
        if self._kind and len(self._held) < MOST_HELD and _GOES_ON[self._kind].match(piece):
            self._held += piece
            return ""
        before = self._before
        text = before + self._held + piece
        found = self._from.unfinished.search(text, len(before))
        known, _ = self._from.known_from(text[len(before) :])
        start = min(len(before) + known, found.start() if found else len(text))
        foot = _WHOLE_FOOT.search(text, max(0, start - _FOOT_CHARACTERS))
        if foot and foot.start() < start < foot.end():
            # The dashes that end a block begin no other.
            start, found = foot.end(), None
        self._kind = (
            found.lastgroup if found and found.start() == start and found.lastgroup in _GOES_ON else None
        )
        self._held = text[start:]
        return self._redacted(text[len(before) : start]) + self._overfull()

    def _overfull(self) -> str:
        """What is held is judged once it is too long."""
        if len(self._held) <= MOST_HELD:
            return ""
        held, self._held = self._held, ""
        shown = self._redacted(held)
        if shown == held:
            self._kind = None
        elif self._kind:
            self._swallowed = held[-_FOOT_CHARACTERS:]
        return shown

    def _unswallowed(self, piece: str) -> str:
        """What of the piece comes after the secret, whose kind stays set while it goes on."""
        seen = self._swallowed or ""
        text = seen + piece
        ends = (_ENDS_BLOCK if self._kind == "block" else _ENDS_RUN).search(text, len(seen))
        end = ends.start() if ends else None
        if self._kind == "block" and (foot := _WHOLE_FOOT.search(text, 0, len(text) if end is None else end)):
            end = foot.end()
        if end is None:
            self._swallowed = text[-_FOOT_CHARACTERS:]
            return ""
        self._swallowed = self._kind = None
        return text[end:]

    def _redacted(self, text: str) -> str:
        """The text, redacted in sight of the character before it."""
        if not text:
            return ""
        before, self._before = self._before, text[-1]
        if len(text) < _SHORTEST or self._from.telltale(before + text) is None:
            return text
        # What was let out begins no secret any more; that a word goes on has to be seen all the same.
        edge = "_" if before.isascii() and before.isalnum() else before
        return self._from.redact(edge + text).removeprefix(edge)
