"""Secrets and personal particulars replaced by stable placeholders, before a run is given to others.

Two ways in: the exact values that the person's own environment and config hold, and patterns that are
anchored tightly enough to leave prose and code alone. It finds what is known; it promises no more.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

LEAST_CHARACTERS: Final = 8
"""Shorter values of secret variables are left alone: they would be found in words."""

_SECRET_NAMES: Final = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Where `found` matches, its group `value`, or all of it, is replaced."""

    kind: str
    found: re.Pattern[str]


def _secret(pattern: str, flags: int = 0) -> _Pattern:
    return _Pattern("secret", re.compile(pattern, flags))


# Each begins where no word goes on, and asks for a digit where letters alone could be a compound word.
_EDGE: Final = r"(?<![A-Za-z0-9_])"
_PATTERNS: Final = (
    _secret(r"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----.*?(?:-----END (?P=label)-----|\Z)", re.DOTALL),
    _secret(_EDGE + r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    _secret(_EDGE + r"(?<!-)sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}"),
    _secret(_EDGE + r"[spr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    _secret(_EDGE + r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,})"),
    _secret(_EDGE + r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _secret(_EDGE + r"xox[abeoprs]-(?=[A-Za-z-]*[0-9])[A-Za-z0-9-]{10,}"),
    _secret(_EDGE + r"AIza[A-Za-z0-9_-]{35}"),
    _secret(_EDGE + r"(?:hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})"),
    _secret(r"(?i)\bbearer[ \t]+(?P<value>(?=[A-Za-z._~+/=-]*[0-9])[A-Za-z0-9._~+/=-]{16,})"),
    _secret(r"(?i)\bauthorization:[ \t]*basic[ \t]+(?P<value>[A-Za-z0-9+/=]{8,})"),
    _secret(r"(?<=://)(?P<value>[^\s/:@\"'<>]{1,64}:[^\s/@\"'<>]{1,256})(?=@)"),
    _Pattern("card", re.compile(r"(?<![\w.,-])[2-6]\d{3}(?P<gap>[ -]?)\d(?:(?P=gap)?\d){7,13}(?![.,-]?\w)")),
    _Pattern(
        "email",
        re.compile(
            r"(?<![\w.%+-])[\w.%+-]{1,64}@(?!\dx\.)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"
        ),
    ),
    _Pattern(
        "name",
        re.compile(
            r"(?<![\w.])(?:/home/|/Users/|\b[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/))"
            r"(?!(?:Shared|Public|Default|linuxbrew)\b)(?P<value>\w(?:[\w.-]{0,62}\w)?)"
        ),
    ),
)
_ISSUERS: Final = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|62\d{14,17}"
)


def secret_values(environ: Mapping[str, str]) -> list[str]:
    """The values of the variables whose names say that they are secret."""
    return [value for name, value in environ.items() if _SECRET_NAMES.search(name)]


class Redactor:
    """Replaces what it finds; the same value always by the same placeholder, such as `⟨secret-1⟩`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {value.strip() for value in secrets if len(value.strip()) >= LEAST_CHARACTERS}
        # A secret may stand inside JSON, where quotes, backslashes and newlines are written otherwise.
        self._spelt = {json.dumps(value)[1:-1]: value for value in known} | {value: value for value in known}
        longest_first = sorted(self._spelt, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None
        self._placeholders: dict[tuple[str, str], str] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """How many different values of each kind were replaced."""
        return Counter(kind for kind, _ in self._placeholders)

    def __call__(self, text: str) -> str:
        """The text with every secret in it replaced."""
        if self._known is not None:
            text = self._known.sub(
                lambda found: self._placeholder("secret", self._spelt[found.group()]), text
            )
        for pattern in _PATTERNS:
            text = pattern.found.sub(partial(self._replace, pattern.kind), text)
        return text

    def _replace(self, kind: str, found: re.Match[str]) -> str:
        whole = found.group()
        if kind == "card":
            digits = re.sub("[ -]", "", whole)
            return self._placeholder(kind, digits) if is_card(digits) else whole
        group = "value" if "value" in found.groupdict() else 0
        start, end = found.start(group) - found.start(), found.end(group) - found.start()
        return whole[:start] + self._placeholder(kind, whole[start:end]) + whole[end:]

    def _placeholder(self, kind: str, value: str) -> str:
        known = self._placeholders.get((kind, value))
        if known is None:
            known = f"⟨{kind}-{self.counts.get(kind, 0) + 1}⟩"
            self._placeholders[(kind, value)] = known
        return known


def is_card(digits: str) -> bool:
    """Whether the digits are a number that a card could have: an issuer's range, length and check digit."""
    return _ISSUERS.fullmatch(digits) is not None and luhn(digits)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
