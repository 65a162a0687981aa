"""What a terminal was made to do: the bytes that reached it, held against a closed grammar.

Nothing of the program's own gates is used here. A stream is good where every control in it is one that the
program itself writes, every other character is one that stands for itself, and each hostile string that
arrived whole shows something between its two nonces, which no control of anybody's does alone.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.hostile.strings import NONCE, hostile_strings

_STYLE: Final = r"(?:[0-79]|[34]9|[34]8;2;\d{1,3};\d{1,3};\d{1,3})"
_SGR: Final = rf"\x1b\[{_STYLE}(?:;{_STYLE})*m"
PLAIN: Final = re.compile(r"\x1b\[(?:0|1|2|3[0-7]|9[0-7])m|\r\x1b\[K|\n")
"""Lines, the colours of Click, and the one line of progress that is replaced."""
DATA: Final = re.compile(r"\n")
"""JSON and exports: lines and nothing else."""
SCREEN: Final = re.compile(
    _SGR
    + r"|\x1b\[\d{1,3};\d{1,4}H"  # where to draw
    + r"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]|\x1b\[\?20(?:26|48)\$p"
    + r"|\x1b\[[<>]\d*u"  # keys as Kitty sends them
    + r"|\x1b\]22;[a-z]*(?:\x07|\x1b\\)"  # the pointer's shape
    + r"|\x1b\]52;c;[A-Za-z0-9+/=]*\x07"  # what was copied
    + r"|\r?\n"
)
"""What Textual writes, and the line ends of what is printed between two screens."""
_PIECES: Final = re.compile(r"\x1b\[\d{1,3};\d{1,4}H|\n|[│┃▌]")
_APART: Final = "\ue000"
_VISIBLE_FORMATS: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
_JOINED: Final = re.compile(
    "[\u2190-\u2bff\U0001f000-\U0001faff]\ufe0f?\u200d|[\u0600-\u0fff\u1000-\u109f\u1780-\u17ff][\u200c\u200d]"
)
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2028\u2029")
_TAGS: Final = re.compile("[\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]")
_VARIES: Final = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_HEAP: Final = 9
_category: Final = cache(unicodedata.category)
_WHOLE: Final = re.compile(rf"({NONCE})((?:(?!{NONCE}).)*)\1", re.DOTALL)
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_ATTACKS: Final = {string[:6]: string[6:-6] for string in hostile_strings()}
_MARKED: Final = re.compile("[\u2400-\u2421\u27e8\ufffd]|%E2%(?:90|9F)|\\\\(?:x[0-9a-f]{2}|u[0-9a-f]{4})")


def faults(seen: bytes, own: re.Pattern[str]) -> list[str]:
    """What in these bytes acted, or hid, each with its surroundings; `own` is what the program may write."""
    try:
        text = seen.decode("utf-8")
    except UnicodeDecodeError as exc:
        return [f"no UTF-8: {seen[max(exc.start - 40, 0) : exc.end + 20]!r}"]
    shown = own.sub(_kept_line_end, text)
    return [*_acting(shown), *_obeyed(text, own)]


def whole(seen: bytes, own: re.Pattern[str]) -> int:
    """How many of the strings arrived from beginning to end."""
    return len({found.group(1) for found in _WHOLE.finditer(own.sub("", seen.decode("utf-8", "replace")))})


def nonces(seen: bytes, own: re.Pattern[str]) -> set[str]:
    """The strings of which something arrived where it can be read."""
    return set(re.findall(NONCE, own.sub(_kept_line_end, seen.decode("utf-8", "replace"))))


def controls(seen: bytes) -> list[str]:
    """What acts in data that is printed as it is: controls, reordering, line separators."""
    text = DATA.sub("", seen.decode("utf-8", "surrogateescape"))
    return [repr(_around(text, at)) for at, character in enumerate(text) if _acts(character)]


def _kept_line_end(found: re.Match[str]) -> str:
    return "\n" if found.group().endswith("\n") else ""


def _acts(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(
        character
    ) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def _acting(text: str) -> Iterator[str]:
    heap, last = 0, -2
    suspects = "".join(character for character in set(text) if not _stands_for_itself(character))
    for found in re.finditer(f"[{re.escape(suspects)}]", text) if suspects else ():
        at, character = found.start(), found.group()
        heap = (heap if at == last + 1 else 0) + 1 if _category(character) in ("Mn", "Me") else 0
        last = at
        if character.isascii() or heap >= _HEAP or _hides(character, text, at):
            yield repr(_around(text, at))


@cache
def _stands_for_itself(character: str) -> bool:
    """Whether it does so wherever it stands."""
    if character.isascii():
        return character.isprintable() or character in "\n\t"
    joins = character in "\u200c\u200d" or _VARIES.match(character) or _category(character) in ("Mn", "Me")
    return not joins and not _hides(character, character, 0)


def _hides(character: str, text: str, at: int) -> bool:
    if character in "\u200c\u200d":
        return not _JOINED.match(text[max(at - 2, 0) : at + 1]) and not _JOINED.match(text[at - 1 : at + 1])
    kind = _category(character)
    if _VARIES.match(character):
        return text[at - 1 : at].isascii() and text[at - 1 : at] not in "#*0123456789"
    if kind == "Cf":
        return character not in _VISIBLE_FORMATS
    return kind in ("Cc", "Cs", "Zl", "Zp", "Cn") or character in _FILLERS or bool(_TAGS.match(character))


def _obeyed(text: str, own: re.Pattern[str]) -> Iterator[str]:
    """Strings that arrived whole, but for what was taken as a control or as markup."""
    shown = own.sub("", text)
    if own is SCREEN:
        # A screen is drawn in pieces, each of which begins where its cursor goes.
        shown = own.sub("", _PIECES.sub(_APART, text))
        yield from (f"{string!r} arrived as it is" for string in _own_controls() if string in text)
    for found in _WHOLE.finditer(shown):
        mark, between = found.groups()
        attack = _ATTACKS.get(mark, "")
        if _APART in between or (own is SCREEN and "\n" in attack):
            continue
        if not between and not attack.isspace():
            yield f"nothing is shown between {found.group()}"
        elif _CONTROL.search(attack) and len(_MARKED.findall(between)) <= len(_MARKED.findall(attack)):
            yield f"a control is not shown in {found.group()!r}"


@cache
def _own_controls() -> tuple[str, ...]:
    """The strings that hold what a screen writes too: each is known by its surroundings alone."""
    return tuple(string for string in hostile_strings() if SCREEN.search(string.replace("\n", "")))


def _around(text: str, at: int) -> str:
    return text[max(at - 30, 0) : at + 30]
