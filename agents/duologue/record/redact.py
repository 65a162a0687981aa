"""Secrets and personal particulars replaced by stable placeholders, before a run is given to others.

Two ways in: the exact values that the person's own environment and config hold, and patterns that are
anchored tightly enough to leave prose and code alone. It finds what is known; it promises no more.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Final

from duologue.known_secrets import LEAST_CHARACTERS


@dataclass(frozen=True, slots=True)
class Pattern:
    """Where `found` matches, its group `value`, or all of it, is replaced. No match is without one of `parts`
    (in lower case), which are much sooner looked for than a pattern."""

    kind: str
    found: re.Pattern[str]
    parts: tuple[str, ...]


def _secret(pattern: str, *parts: str, flags: int = 0) -> Pattern:
    return Pattern("secret", re.compile(pattern, flags), parts)


# Each begins where no word goes on, and asks for a digit where letters alone could be a compound word.
_EDGE: Final = r"(?<![A-Za-z0-9_])"
_WHOLE_BLOCK: Final = _secret(
    r"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----.*?(?:-----END (?P=label)-----|\Z)",
    "-----begin ",
    flags=re.DOTALL,
)
_GIT: Final = (*(f"gh{kind}_" for kind in "pousr"), "github_pat_", "glpat-")
_KEYS: Final = (
    _secret(_EDGE + r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}", "eyj"),
    _secret(_EDGE + r"(?<!-)sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}", "sk-"),
    _secret(_EDGE + r"[spr]k_(?:live|test)_[A-Za-z0-9]{16,}", "k_live_", "k_test_"),
    _secret(
        _EDGE + r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,})", *_GIT
    ),
    _secret(_EDGE + r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])", "akia", "asia"),
    _secret(_EDGE + r"xox[abeoprs]-(?=[A-Za-z-]*[0-9])[A-Za-z0-9-]{10,}", "xox"),
    _secret(_EDGE + r"AIza[A-Za-z0-9_-]{35}", "aiza"),
    _secret(
        _EDGE + r"(?:hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})", "hf_", "npm_", "pypi-"
    ),
    _secret(r"(?i)\bbearer[ \t]+(?P<value>(?=[A-Za-z._~+/=-]*[0-9])[A-Za-z0-9._~+/=-]{16,})", "bearer"),
    _secret(r"(?i)\bauthorization:[ \t]*basic[ \t]+(?P<value>[A-Za-z0-9+/=]{8,})", "authorization:"),
)
_ANY_LOGIN: Final = _secret(r"(?<=://)(?P<value>[^\s/:@\"'<>]{1,64}:[^\s/@\"'<>]{1,256})(?=@)", "://")
# A password that says it is one, that repeats the name, or that is to be filled in is an example's.
_LOGIN: Final = _secret(
    r"(?<=://)(?P<value>(?P<who>[^\s/:@\"'<>]{1,64}):(?!(?:pass(?:word|wd)?|pwd?|secret|changeme|(?P=who))@)"
    r"(?![${*%])[^\s/@\"'<>]{1,256})(?=@)",
    "://",
)
_CARD: Final = Pattern(
    "card",
    re.compile(r"(?<![\w.,-])[2-6]\d{3}(?P<gap>[ -]?)\d(?:(?P=gap)?\d){7,13}(?![.,-]?\w)"),
    tuple("23456"),
)
_DIGITS: Final = re.compile(r"[2-6](?:[ -]?\d){12}")
"""What every card has in it."""
_PERSONAL: Final = (
    Pattern(
        "email",
        re.compile(
            r"(?<![\w.%+-])[\w.%+-]{1,64}@(?!\dx\.)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"
        ),
        ("@",),
    ),
    Pattern(
        "name",
        re.compile(
            r"(?<![\w.])(?:/home/|/Users/|\b[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/))"
            r"(?!(?:Shared|Public|Default|linuxbrew)\b)(?P<value>\w(?:[\w.-]{0,62}\w)?)"
        ),
        ("home/", "users"),
    ),
)

BLOCK_BODY: Final = r"[A-Za-z0-9+/=\s:,.()\\-]"
"""What may stand between the two lines around a key; a backslash is that of an escaped line end."""

_BLOCK: Final = _secret(
    r"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----"
    rf"(?:{BLOCK_BODY}*?-----END (?P=label)-----"
    rf"|(?={BLOCK_BODY}{{0,400}}?[A-Za-z0-9+/]{{32}})(?:(?!-----)(?:{BLOCK_BODY}))*)",
    "-----begin ",
)

ALL: Final = (_WHOLE_BLOCK, *_KEYS, _ANY_LOGIN, _CARD, *_PERSONAL)
"""For what is given to others: secrets, cards and personal particulars. It rather takes too much."""

IN_FLIGHT: Final = (_BLOCK, *_KEYS, _LOGIN, _CARD)
"""For what a run sends and writes: secrets and cards. Talk about keys has to stay as it is."""

_ISSUERS: Final = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|62\d{14,17}"
)


Name = Callable[[str, str], str]
"""From a kind and a value to the placeholder that stands for it."""


def numbered() -> Name:
    """Placeholders such as `⟨secret-1⟩`, each kind counted up as its values are met."""
    counts: Counter[str] = Counter()

    def name(kind: str, value: str) -> str:
        counts[kind] += 1
        return f"⟨{kind}-{counts[kind]}⟩"

    return name


def tagged(key: bytes) -> Name:
    """Placeholders such as `⟨secret-3f9a⟩`, which with the same key are always the same for a value."""

    def name(kind: str, value: str) -> str:
        return f"⟨{kind}-{blake2b(value.encode('utf-8', 'replace'), key=key, digest_size=2).hexdigest()}⟩"

    return name


class Redactor:
    """Replaces what it finds; the same value always by the same placeholder, such as `⟨secret-1⟩`."""

    def __init__(
        self, secrets: Iterable[str] = (), patterns: Sequence[Pattern] = ALL, name: Name | None = None
    ) -> None:
        known = {value.strip() for value in secrets if len(value.strip()) >= LEAST_CHARACTERS}
        self.spelt = {spelling: value for value in known for spelling in _spellings(value)}
        longest_first = sorted(self.spelt, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None
        self._patterns = patterns
        self._parts = tuple({part for each in patterns for part in each.parts if not part.isdigit()})
        self._name = name or numbered()
        self._placeholders: dict[tuple[str, str], str] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """How many different values of each kind were replaced."""
        return Counter(kind for kind, _ in self._placeholders)

    def __call__(self, text: str) -> str:
        """The text with every secret in it replaced."""
        if self._known is not None:
            text = self._known.sub(lambda found: self.placeholder("secret", self.spelt[found.group()]), text)
        for pattern in self._likely(text):
            text = pattern.found.sub(partial(self._replace, pattern.kind), text)
        return text

    def _has_part(self, lowered: str) -> bool:
        # One search for each is many times as fast as one pattern for all, and a loop twice as any().
        for part in self._parts:
            if part in lowered:
                return True
        return _DIGITS.search(lowered) is not None

    def _likely(self, text: str) -> Iterator[Pattern]:
        """The patterns that may match somewhere in the text; of most texts it is soon told that none does."""
        lowered = text.lower()
        if self._has_part(lowered):
            yield from (each for each in self._patterns if any(part in lowered for part in each.parts))

    def _replace(self, kind: str, found: re.Match[str]) -> str:
        whole = found.group()
        if kind == "card":
            digits = re.sub("[ -]", "", whole)
            return self.placeholder(kind, digits) if is_card(digits) else whole
        group = "value" if "value" in found.groupdict() else 0
        start, end = found.start(group) - found.start(), found.end(group) - found.start()
        return whole[:start] + self.placeholder(kind, whole[start:end]) + whole[end:]

    def placeholder(self, kind: str, value: str) -> str:
        """What stands for the value."""
        known = self._placeholders.get((kind, value))
        if known is None:
            known = self._placeholders[(kind, value)] = self._name(kind, value)
        return known


def in_flight(secrets: Iterable[str], key: bytes) -> Redactor:
    """What a run sends and writes goes through this one. `key` belongs to the run: a secret has the same
    placeholder all through it, and another in every other run."""
    return Redactor(secrets, IN_FLIGHT, tagged(key))


def _spellings(value: str) -> set[str]:
    """The value as it is, and as it may stand inside JSON: what has to be escaped there, or all that can."""
    plain = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    units = memoryview(value.encode("utf-16-be", "surrogatepass")).cast("B")
    codes = [f"{units[n] << 8 | units[n + 1]:04x}" for n in range(0, len(units), 2)]
    escaped = {"".join(f"\\u{code}" for code in codes), "".join(f"\\u{code.upper()}" for code in codes)}
    return plain | {text.replace("/", "\\/") for text in plain} | escaped


def is_card(digits: str) -> bool:
    """Whether the digits are a number that a card could have: an issuer's range, length and check digit."""
    return _ISSUERS.fullmatch(digits) is not None and luhn(digits)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
