"""What a turn says, as far as lists of phrases can tell: one file a language, under `languages/`."""

import functools
import re
import tomllib
from importlib.resources import files
from typing import Final, Literal

from duologue.conversation.words import SPACELESS

Kind = Literal[
    "courtesy",
    "offer",
    "filler",
    "promise",
    "no_promise",
    "asks",
    "done",
    "bare_done",
    "not_done",
    "assent",
    "again",
    "serves",
    "instructs",
    "user_label",
    "assistant_label",
    "judge_name",
    "judge_call",
    "takeover",
    "verdict_demand",
    "verdict_claim",
]
"""What a list of phrases is for; `languages/en.toml` says it of each."""

_UP_TO_THREE_WORDS: Final = r"(?:[\w'-]+[,\s]+){0,3}"
_WORD: Final = re.compile(r"\w+")
_ASCII_GAPS: Final = {code: " " for code in range(128) if _WORD.match(chr(code)) is None}
_IS_SPACELESS: Final = re.compile(rf"[{SPACELESS}]")


@functools.lru_cache(maxsize=64)
def normal(text: str) -> str:
    """The text as phrases are compared with it: without case, with plain apostrophes."""
    return text.casefold().replace("’", "'")


def says(kind: Kind, text: str) -> bool:
    """Whether a phrase of that kind stands in the text."""
    said = normal(text)
    return _has_anchor(kind, said) and _pattern(kind).search(said) is not None


def may_say(kinds: tuple[Kind, ...], text: str) -> bool:
    """Whether a phrase of one of these kinds can stand in the text, or in a line of it; soon told."""
    said = normal(text)
    return any(_has_anchor(kind, said) for kind in kinds)


def begins(kind: Kind, text: str) -> bool:
    """Whether the text begins with a phrase of that kind."""
    return _pattern(kind).match(normal(text)) is not None


@functools.lru_cache(maxsize=256)  # a turn is looked at again with each of the next few
def without(text: str, kinds: tuple[Kind, ...]) -> str:
    """What is left of the text without the phrases of these kinds, taken out in this order."""
    left = normal(text)
    for kind in kinds:
        left = _pattern(kind).sub(" ", left)
    return left


@functools.cache
def label(kind: Literal["user_label", "assistant_label"]) -> re.Pattern[str]:
    """A line's beginning that names a side as its speaker, as in `User:` or `**User:**`."""
    names = "|".join(re.escape(name) for name in _phrases(kind))
    return re.compile(rf"^[ \t*_#]*(?:{names})[ \t]*[*_]*[ \t]*[:\uff1a]", re.IGNORECASE | re.MULTILINE)


@functools.cache
def address(kind: Kind) -> re.Pattern[str]:
    """A name by which somebody is spoken to: after a sign or first in a line, before a colon or comma."""
    names = "|".join(re.escape(name) for name in sorted(_phrases(kind), key=len, reverse=True))
    return re.compile(rf"(?:^|[^\w\s,、，])[\s*_]*(?:{names})[\s*_]*[:,\uff1a\uff0c\u3001]", re.IGNORECASE)


def _has_anchor(kind: Kind, said: str) -> bool:
    """Whether the text has a word without which no phrase of the kind can stand in it. A long list of phrases
    is slow to search for; a set of words is not."""
    spaced, spaceless = _anchors(kind)
    if not spaced.isdisjoint(_words_of(said)):
        return True
    return not said.isascii() and any(phrase in said for phrase in spaceless)


@functools.lru_cache(maxsize=64)
def _words_of(said: str) -> frozenset[str]:
    return frozenset(said.translate(_ASCII_GAPS).split() if said.isascii() else _WORD.findall(said))


@functools.cache
def _anchors(kind: Kind) -> tuple[frozenset[str], tuple[str, ...]]:
    """The longest word of each phrase; and, in scripts without spaces, the longest part of it."""
    spaced: set[str] = set()
    spaceless: set[str] = set()
    for phrase in _phrases(kind):
        if _IS_SPACELESS.search(phrase):
            spaceless.add(max(phrase.replace("*", " ").split(), key=len))
        else:
            spaced.add(max(_WORD.findall(phrase), key=len))
    return frozenset(spaced), tuple(sorted(spaceless))


@functools.cache
def _pattern(kind: Kind) -> re.Pattern[str]:
    """Any phrase of the kind, longest first; in scripts with spaces, as whole words."""
    spaced: list[str] = []
    spaceless: list[str] = []
    for phrase in sorted(_phrases(kind), key=len, reverse=True):
        (spaceless if _IS_SPACELESS.search(phrase) else spaced).append(_expression(phrase))
    return re.compile("|".join([rf"(?<!\w)(?:{'|'.join(spaced) or '(?!)'})(?!\w)", *spaceless]))


def _expression(phrase: str) -> str:
    parts = [_UP_TO_THREE_WORDS if word == "*" else re.escape(word) + r"\s+" for word in phrase.split()]
    return "".join(parts).removesuffix(r"\s+")


def _phrases(kind: Kind) -> list[str]:
    return sorted({normal(phrase) for table in languages().values() for phrase in table.get(kind, ())})


@functools.cache
def languages() -> dict[str, dict[str, list[str]]]:
    """The lists of every language, by the name of its file."""
    folder = files("duologue.conversation").joinpath("languages")
    return {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }
