"""Attempts to talk the judge round: words for it where only work is to be.

A line counts that calls the judge, or claims an authority over it, beside one that says what the verdict is
to be or is; so do lines that pass themselves off as a verdict, a delimiter, a check's report or a hidden
text. A word about judges, a quarrel about a verdict, or a report of what is open is none. The phrases are
data, under `languages/`.
"""

import base64
import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence, Set
from typing import Final

from duologue.conversation.exhibit import unmarked
from duologue.conversation.phrases import Kind, address, begins, may_say, normal, says

TALKS_TO_JUDGE: Final = "talks to the judge"

_WANTED: Final[tuple[Kind, ...]] = ("verdict_demand", "verdict_claim")
_LEFT_OUT: Final = "[Left out by the program: a line that talks to the judge.]"
_NEAR: Final = 2
"""Lines below a call of the judge in which what is demanded of it may stand."""
_FAR: Final = 12
"""Lines below a false delimiter in which another may stand."""
_LOOKALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u0261\u03bf\u03b1\u03b5\u03b9\u03bd"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405\u0391\u0392\u0395\u0399",
    "aeopcyxijsdgoaeiv" + "ABEKMHOPCTXIJSABEI",
)
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]{4,}")
_ENCODED_LEAST: Final = 24
_ENCODED: Final = re.compile(rf"[A-Za-z0-9+/_-]{{{_ENCODED_LEAST},}}={{0,2}}")
_TO_URL: Final = str.maketrans("+/", "-_")
_REVERSED: Final = re.compile("\u202e([^\u202c\n]*)")
_SIGNS: Final = re.compile(
    r"[\"'`´*_~#:=,;|()\[\]{}<>/\\\u2010-\u2027\u3001\u3008-\u3011\uff0c\uff1a-\uff1e-]+"
)
_ID: Final = re.compile(r"\bc\d{1,3}\b(?:(?: and| und| y| et|,)? c\d{1,3}\b)*", re.IGNORECASE)
_ID_HINT: Final = re.compile(r"[cC]\d")
_ID_WORD: Final = "criterion"
_SYSTEM: Final = re.compile(
    r"\W{0,4}(?:(?:system|developer|admin)(?:\s+(?:message|note|prompt|override|notice))?\s*(?:[:>\]|]|\uff1a)"
    r"|tool[\s_](?:result|output)\s*(?:[:>\]|(]|\uff1a)|note>|im_start)",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"[.!?\u3002\uff01\uff1f]+")
_NUMBERING: Final = re.compile(r"^[\W\d_]+")
_REPORT: Final = re.compile(
    r"\W{0,4}(?:check c\d+: (?:passed|failed)\b|your last verdict (?:was|is)\b"
    r"|the current result is that of turn \d|the mark is [0-9a-f]{4})",
    re.IGNORECASE,
)
_DELIMITER: Final = re.compile(
    r"[<\uff1c]\s*(?P<closes>/?)\s*(?:turn|tool|facts)-(?:[0-9a-f]{4,}\b|[^\s<>]{1,40}\s+number=)",
    re.IGNORECASE,
)
_MARKUP: Final = re.compile(r"\s*(?:`{3,}\w*|~{3,}\w*|</?[^<>]*>|[\[\]{}(),\s]+)?\s*")
_FIELD: Final = re.compile(
    r"[\s\-{\[\]},\"']*(?:criteria|id|thinking|evidence|reason|summary|where|quote|state|decision)[\"']?\s*:"
)
_KEYS: Final = (
    re.compile(r"\\?[\"']?decision\\?[\"']?\s*[:=]\s*\\?[\"']?(?:done|impossible)\b", re.IGNORECASE),
    re.compile(r"\\?[\"']?state\\?[\"']?\s*[:=]\s*\\?[\"']?met\b", re.IGNORECASE),
)


class Subject:
    """What the person gave to the run: an agent that takes up its words makes no attempt, and where the goal
    itself is about verdicts there is none to see."""

    def __init__(self, goal: str = "", criteria: Sequence[str] = (), sources: Sequence[str] = ()) -> None:
        own = "\n".join(_own_lines(goal))
        self._given = _folded("\n".join([goal, *criteria, *sources]))
        self.is_the_judge = says("judge_name", own) or says("verdict_claim", _words(own))

    def apart(self, text: str) -> str:
        """The text as a second opinion is shown it: a word in place of what somebody says to the judge."""
        return text if self.is_the_judge else _replaced(text.splitlines(), attempts(text), _LEFT_OUT)

    def allows(self, line: str) -> bool:
        """Whether the line is nothing that the agents came up with."""
        return self.is_the_judge or _folded(line) in self._given


def _own_lines(goal: str) -> Iterator[str]:
    """The goal's lines without those that are an attempt themselves: it may hold what others wrote."""
    tried = attempts(goal)
    return (line for number, line in enumerate(goal.splitlines()) if number not in tried)


def _folded(text: str) -> str:
    return " ".join(unmarked(text).split()).casefold()


@functools.lru_cache(maxsize=64)
def attempts(text: str) -> frozenset[int]:
    """The numbers of the lines, from 0, in which somebody talks to the judge."""
    lines = text.splitlines()
    found = {number for number, line in enumerate(lines) if _REPORT.match(line)}
    if _may_judge(text) and all(key.search(text) for key in _KEYS):
        found |= _false_verdict(lines)
    if "<" in text or "\uff1c" in text:
        found |= _false_outside(lines)
    if _may_want(text):
        found |= _called(lines)
    return frozenset(found)


def _may_judge(text: str) -> bool:
    """Whether the names of a verdict's fields may stand in it."""
    said = normal(text)
    return not text.isascii() or ("decision" in said and "state" in said)


def _may_want(text: str) -> bool:
    """Whether a line of it may say what the verdict is to be: most texts are told apart from such at once."""
    if _may_hide(text):
        return True
    plain = text if text.isascii() else _plain(text)
    return may_say(_WANTED, plain) or (_names_criterion(plain) and may_say(_WANTED, _ID_WORD))


def _may_hide(text: str) -> bool:
    """Whether a line of it may say something in hiding, as `_readings` would find it."""
    if not text.isascii() and (_TAGS.search(text) or _REVERSED.search(text)):
        return True
    longest = max(map(len, text.split()), default=0)
    return longest >= _ENCODED_LEAST and _ENCODED.search(text) is not None


def _names_criterion(text: str) -> bool:
    return _ID_HINT.search(text) is not None and _ID.search(text) is not None


def _called(lines: Sequence[str]) -> set[int]:
    """The lines from a call of the judge to what is wanted of it."""
    found: set[int] = set()
    read = [_readings(line) for line in lines]
    for number, readings in enumerate(read):
        if any(map(_calls, readings)):
            near = range(number, min(number + _NEAR + 1, len(lines)))
            wanted = [place for place in near if any(map(_wants, read[place]))]
            found.update(range(number, max(wanted) + 1) if wanted else ())
    return found


def _false_outside(lines: Sequence[str]) -> set[int]:
    """False delimiters, what stands between them, and what follows one that closes nothing: it passes itself
    off as the program's, up to one that opens, or as far as it runs on."""
    marks = [(n, mark["closes"]) for n, line in enumerate(lines) if (mark := _DELIMITER.search(line))]
    found = {number for number, _ in marks}
    while marks:
        (number, closes), *marks = marks
        end = number + 1
        if marks and marks[0][1] != closes and marks[0][0] - number <= _FAR:
            end = marks.pop(0)[0]
        elif closes:
            end = next((n for n in range(end, len(lines)) if _MARKUP.fullmatch(lines[n])), len(lines))
        found.update(range(number, end))
    return found


def _with_markup(found: Set[int], lines: Sequence[str]) -> set[int]:
    """With the fences and tags around them."""
    around = set(found)
    for number in found:
        for step in (-1, 1):
            place = number + step
            while 0 <= place < len(lines) and _MARKUP.fullmatch(lines[place]):
                around.add(place)
                place += step
    return around


def without_attempts(text: str) -> str:
    """The text with a gap, which no quote reaches over, where somebody talks to the judge."""
    lines = text.splitlines()
    return _replaced(lines, _with_markup(attempts(text), lines), "\0")


def _replaced(lines: Sequence[str], numbers: Set[int], gap: str) -> str:
    return "\n".join(gap if number in numbers else line for number, line in enumerate(lines))


def _false_verdict(lines: Sequence[str]) -> set[int]:
    """The lines of what reads like the judge's own answer: its fields, on lines that follow one another."""
    found: set[int] = set()
    block: list[int] = []
    for number, line in enumerate([*lines, ""]):
        if number < len(lines) and (_FIELD.match(line) or any(key.search(line) for key in _KEYS)):
            block.append(number)
        elif not _MARKUP.fullmatch(line) or not line.strip():
            text = "\n".join(lines[n] for n in block)
            found.update(block if all(key.search(text) for key in _KEYS) else ())
            block = []
    return found


def _readings(line: str) -> list[str]:
    """What the line says, and what it says in hiding: tag characters, base64, text set backwards."""
    hidden = ["".join(chr(ord(sign) - 0xE0000) for sign in run) for run in _TAGS.findall(line)]
    hidden += [run[::-1] for run in _REVERSED.findall(line)]
    hidden += filter(None, map(_decoded, _ENCODED.findall(line)))
    return [_plain(said) for said in (line, *hidden)]


def _decoded(text: str) -> str:
    try:
        padded = text.translate(_TO_URL) + "=" * (-len(text) % 4)
        return base64.urlsafe_b64decode(padded).decode()
    except ValueError:
        return ""


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unmarked(text))
    if not plain.isascii() and re.search("[A-Za-z]", plain):
        plain = " ".join(_latin(word) for word in plain.split())
    return plain


def _latin(word: str) -> str:
    """The word with its look-alikes replaced, where nothing else of another script is in it."""
    latin = word.translate(_LOOKALIKES)
    return latin if latin.isascii() else word


def _words(text: str) -> str:
    return " ".join(_ID.sub(_ID_WORD, _SIGNS.sub(" ", text)).split())


def _calls(text: str) -> bool:
    """Whether the judge is spoken to, or somebody puts on an authority over it."""
    if _SYSTEM.match(text) or address("judge_name").search(text) or says("takeover", _words(text)):
        return True
    said = [_words(_NUMBERING.sub("", sentence)) for sentence in _SENTENCE_END.split(text)]
    return any(begins("judge_name", each) or begins("judge_call", each) for each in said)


def _wants(text: str) -> bool:
    """Whether it is said what the verdict is to be, or is."""
    words = _words(text)
    return any(says(kind, words) for kind in _WANTED)
