"""Making untrusted text fit to be shown.

What models, tools, endpoints and files say can hold terminal escapes, reordering and invisible characters.
`display_safe` stands between all such text and every screen, title, notification and export. It removes
nothing silently: what could act or hide is shown as a mark. The rules follow Unicode's reports 36 and 39
and the "Trojan Source" paper (Boucher and Anderson, 2021).
"""

import re
from functools import partial
from typing import Final
from unicodedata import combining, east_asian_width

MOST_MARKS: Final = 8
"""Combining marks kept in a row; written languages stay well below, stacks that cover other lines do not."""

_BREAKS: Final = r"\t\n"
_ACTING: Final = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0, DEL, C1
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u3164\ufeff\uffa0"  # no width, or fillers
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # reordering
    r"\u2028\u2029\ufff0-\ufffb"  # line and paragraph separators, annotations
    r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # lone surrogates, noncharacters
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # shorthand and musical format controls
    r"\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags, which carry hidden text
    + "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 17))
)
_JOINERS: Final = r"\u200c\u200d"
_VARIATIONS: Final = r"\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_MARKS: Final = (
    r"\u0300-\u034e\u0350-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0730-\u074a"
    r"\u08d3-\u08e1\u08e3-\u0902\u093a-\u093c\u0941-\u094d\u0951-\u0957\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    r"\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f71-\u0f7e\u0f80-\u0f84\u1ab0-\u1aff\u1cd0-\u1cd2\u1cd4-\u1ce0"
    r"\u1dc0-\u1dff\u20d0-\u20f0\u2de0-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\ua672\ua674-\ua67d"
    r"\ua8e0-\ua8f1\ufe20-\ufe2f\U0001d165-\U0001d169\U0001d16d-\U0001d172\U0001e8d0-\U0001e8d6"
)
# The bracket of our own marks is left out, so that what was made safe once stays as it is.
_PICTURES: Final = r"\u2190-\u27e5\u27ea-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
# Scripts whose spelling needs joiners: Arabic, Syriac and N'Ko, those of India, Burmese and Khmer.
_JOINED: Final = (
    r"\u0620-\u06dc\u06de-\u070e\u0710-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff"
)
_VARIED: Final = (
    r"#*0-9\xa9\xae\u1820-\u18aa\u2010-\u2027\u2030-\u205e\u2100-\u9fff\uf900-\ufaff\U00010000-\U0003fffd"
)

_ALLOWED_JOINER: Final = (
    rf"(?:(?<=[{_PICTURES}])|(?<=[{_PICTURES}]\ufe0f))\u200d(?=[{_PICTURES}])|(?<=[{_JOINED}])[{_JOINERS}]"
)
_EXCESS: Final = rf"(?<=[{_MARKS}{_VARIATIONS}{_JOINERS}]{{{MOST_MARKS}}})[{_MARKS}{_VARIATIONS}{_JOINERS}]+"


def _compiled(extra: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What may have to be marked, which is quick to find; and what has to be, exactly."""
    suspect = re.compile(f"[{extra}{_ACTING}{_JOINERS}{_VARIATIONS}{_MARKS}]")
    marked = re.compile(
        rf"(?P<excess>{_EXCESS})|\r\n|[{extra}{_ACTING}]"
        rf"|(?!{_ALLOWED_JOINER})[{_JOINERS}]|(?<![{_VARIED}])[{_VARIATIONS}]"
    )
    return suspect, marked


_MANY_LINES: Final = _compiled("")
_ONE_LINE: Final = _compiled(_BREAKS)
# More than this times its columns is not read of a text that becomes one line, however long it is.
_ENOUGH: Final = 64
_BLANKS: Final = re.compile(r"[ \t\r\n]+")


def display_safe(text: str, *, newlines: bool = True) -> str:
    """The text with everything visible that could act on a screen or hide from a reader.

    Control characters become their pictures (`␛`), other characters their number (`⟨U+202E⟩`). Newlines
    and tabs stay where `newlines` holds. Clean text comes back as the same object; applying it twice
    changes nothing more. A text that grows must be passed whole, as its last character may join the next.
    """
    if text.isascii() and (text.replace("\n", "").replace("\t", "") if newlines else text).isprintable():
        return text
    suspect, marked = _MANY_LINES if newlines else _ONE_LINE
    if suspect.search(text) is None:
        return text
    return marked.sub(partial(_mark, newlines=newlines), text)


def _mark(found: re.Match[str], *, newlines: bool) -> str:
    run = found.group()
    if found.lastgroup == "excess":
        return f"⟨+{len(run)} marks⟩"
    if run == "\r\n":
        return "\n" if newlines else "␊"
    code = ord(run)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def one_line(text: str, width: int) -> str:
    """The text as one safe line of at most `width` columns, ending in `…` where something was cut."""
    head = text[: _ENOUGH * max(width, _ENOUGH)]
    line = display_safe(_BLANKS.sub(" ", head).strip(" "), newlines=False)
    if len(head) == len(text) and sum(map(_columns, line)) <= width:
        return line
    return line[: _fitting(line, width - 1)].rstrip(" \u200c\u200d") + "…" if width > 0 else ""


def _fitting(line: str, width: int) -> int:
    """How many characters of the line fit."""
    for place, character in enumerate(line):
        width -= _columns(character)
        if width < 0:
            return place
    return len(line)


def _columns(character: str) -> int:
    """Columns on a terminal; never too few, as what joins may be drawn apart."""
    if character.isascii():
        return 1
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
