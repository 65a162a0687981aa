"""The links in a text, each with the host it leads to in truth. None of them is opened from here."""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MOST_LINKS: Final = 200
_MOST_CHARACTERS: Final = 2_000
_SCHEMES: Final = ("http", "https")
_BARE: Final = re.compile(r"(?<![\w@])https?://[^\s<>\"'`|\\^{}]+", re.IGNORECASE)
_AFTER: Final = ".,;:!?*_~…»”’"
_ADDRESS: Final = re.compile(r"(?:https?://|\bwww\.)((?:[\w-]+\.)+[^\W\d_]{2,})", re.IGNORECASE)
_HOST: Final = re.compile(r"((?:[\w-]+\.)+[^\W\d_]{2,})", re.IGNORECASE)
# Letters that the older and the newer rules for international names turn into different hosts.
_IN_DISPUTE: Final = "\u00df\u1e9e\u03c2\u200c\u200d"
_FILES: Final = (
    *(".txt", ".md", ".py", ".js", ".ts", ".json", ".toml", ".yaml", ".yml"),
    *(".html", ".htm", ".csv", ".pdf", ".png", ".jpg", ".sh"),
)
_PLAIN_HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?")
_NUMBER: Final = re.compile(r"(?:0x[0-9a-f]*|\d+)\.?")


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its words, its address as it was written, and the `url` that can be opened, None where it is
    refused. `host` is where that leads, in ASCII; `warnings` are what may deceive in it, or why it is
    refused."""

    words: str
    address: str
    url: str | None
    host: str
    warnings: tuple[str, ...] = ()


class _Refused(Exception):
    """Why a link is not to be opened."""


def links(text: str) -> list[Link]:
    """The links of a text, Markdown's and bare ones, each once and in their order."""
    found = dict.fromkeys(_places(text))
    return [link(words, address) for words, address in list(found)[:MOST_LINKS]]


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - a screen opens without it, see `prose`

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("entity")
    # Every address, also one that the screen shows as mere words, and exactly as it was written.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return parser


def _places(text: str) -> Iterator[tuple[str, str]]:
    for token in _parser().parse(text):
        if token.type in ("fence", "code_block"):
            yield from _bare(token.content)
        yield from _in_line(token.children or [])


def _in_line(tokens: "list[Token]") -> Iterator[tuple[str, str]]:
    address, words = "", ""
    for token in tokens:
        match token.type:
            case "link_open":
                address, words = str(token.attrs.get("href", "")), ""
            case "link_close":
                yield words, address
                address = ""
            case "image":
                yield token.content, str(token.attrs.get("src", ""))
            case _ if address:
                words += token.content
            case _:
                yield from _bare(token.content)


def _bare(text: str) -> Iterator[tuple[str, str]]:
    for found in _BARE.finditer(text):
        address = found.group()
        # One that is too long is refused as it stands.
        address = _without_end(address) if len(address) <= _MOST_CHARACTERS else address
        yield address, address


def _without_end(address: str) -> str:
    """The address without what the sentence around it ends with."""
    address = address.rstrip(_AFTER)
    for opening, closing in ("()", "[]"):
        while address.endswith(closing) and address.count(closing) > address.count(opening):
            address = address[:-1].rstrip(_AFTER)
    return address


def link(words: str, address: str) -> Link:
    """The link, seen through."""
    try:
        parts = _parts(address)
        host = _host(parts)
    except _Refused as refused:
        return Link(words, address, None, "", (str(refused),))
    port = f":{parts.port}" if parts.port is not None else ""
    rest = parts._replace(scheme=parts.scheme.lower(), netloc=host + port)
    return Link(words, address, rest.geturl(), host + port, tuple(_warnings(words, parts, host)))


def _parts(address: str) -> SplitResult:
    """Raises _Refused for what is no address of the web's, and for what browsers might read otherwise."""
    if len(address) > _MOST_CHARACTERS:
        raise _Refused("it is too long to be looked through")
    if any(character <= " " or character in "\\\x7f" or not character.isprintable() for character in address):
        raise _Refused("it holds characters that browsers read in different ways")
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - is read to find out whether it can be
    except ValueError:
        raise _Refused("it is no address that can be read") from None
    if parts.scheme.lower() not in _SCHEMES:
        named = f", this is {parts.scheme.lower()}" if parts.scheme else ""
        raise _Refused(f"only http and https are opened{named}")
    return parts


def _host(parts: SplitResult) -> str:
    """The host in ASCII. Raises _Refused where it is not plain which one it is."""
    host = parts.hostname or ""
    if ":" in host:
        return f"[{_checked_ip(host)}]"
    if any(letter in _IN_DISPUTE for letter in host):
        raise _Refused("its host has letters that browsers read in different ways")
    try:
        plain = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _Refused("its host cannot be read") from None
    if not _PLAIN_HOST.fullmatch(plain) or ".." in plain:
        raise _Refused("its host cannot be read")
    # What ends in a number is one in browsers, in whatever form that is written.
    return _checked_ip(plain) if _NUMBER.fullmatch(plain.rstrip(".").rpartition(".")[2]) else plain


def _checked_ip(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise _Refused("its host is a number in disguise") from None


def _warnings(words: str, parts: SplitResult, host: str) -> Iterator[str]:
    if "@" in parts.netloc:
        before = parts.netloc.rpartition("@")[0]
        yield f"what stands before the @, {before}, is no host: it leads to {host}"
    if "xn--" in host:
        yield from _foreign(host)
    named = _named(words)
    if named and not _same(named, host):
        yield f"its words name another host, {named}"


def _named(words: str) -> str:
    """The host that the words name, as an address or with nothing beside it; empty where they do not."""
    words = words[:_MOST_CHARACTERS]
    found = _ADDRESS.search(words) or _HOST.fullmatch(words.strip())
    host = found.group(1) if found else ""
    return "" if found is not None and found.re is _HOST and host.endswith(_FILES) else host


def _foreign(host: str) -> Iterator[str]:
    """An international name, spelled out, and whether its letters are of several scripts."""
    try:
        spelled = host.encode("ascii").decode("idna")
    except UnicodeError:
        yield "its host is an international name that cannot be spelled out"
        return
    labels = [_scripts(label) for label in spelled.split(".")]
    if any(len(scripts) > 1 for scripts in labels):
        mixed = " and ".join(sorted(set().union(*(scripts for scripts in labels if len(scripts) > 1))))
        yield f"its host mixes the letters of {mixed}: {spelled}"
    else:
        yield f"its host is an international name: {spelled}"


def _scripts(label: str) -> set[str]:
    names = (unicodedata.name(character, "?").partition(" ")[0] for character in label if character.isalpha())
    return {name.capitalize() for name in names}


def _same(named: str, host: str) -> bool:
    try:
        plain = named.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    bare = [each.lower().rstrip(".").removeprefix("www.") for each in (plain, host)]
    return bare[0] == bare[1]
