"""Markdown of foreign texts: all of it visible, none of it acting.

Against hiding: HTML, images, references and entities are shown as they were written, links with their
address, and line ends stay line ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement, TableElement
from rich.segment import Segment
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from duologue.display import display_safe
from duologue.tui.prose import MOST_CHARACTERS, MOST_HIGHLIGHTED

# The parser drops what is nested deeper than it goes (20), so such texts are shown as they are.
_DEEPEST: Final = 12
_HOLDING: Final = ("bullet_list_open", "ordered_list_open", "blockquote_open", "table_open")
_PARSER: Final = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["strikethrough", "table"])
    .disable(["entity", "image", "reference"])
)


class _Heading(Heading):
    LEVEL_ALIGN: ClassVar = dict.fromkeys(Heading.LEVEL_ALIGN, "left")


class _Code(CodeBlock):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        lexer = self.lexer_name if len(code) <= MOST_HIGHLIGHTED else "text"
        yield Syntax(
            code, lexer, theme=self.theme, word_wrap=True, padding=(0, 2), background_color="default"
        )


class _Table(TableElement):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                table.show_edge = False  # it is an empty line above, and one below
            yield table


class _Prose(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
        "table_open": _Table,
    }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What it holds. Before a list, a quote and a table Rich has an empty line, were they the first."""
        parts = iter(super().__rich_console__(console, options))
        first = next(parts, None)
        holds = bool(self.parsed) and self.parsed[0].type in _HOLDING
        if first is not None and not (holds and isinstance(first, Segment) and first.text == "\n"):
            yield first
        yield from parts


@dataclass(frozen=True, slots=True)
class Block:
    """A block that stands in no other one: the line of the text with which it begins, its kind as the parser
    names it, what it looks like. `apart` says that an empty line stands between it and the next."""

    line: int
    kind: str
    shown: RenderableType
    apart: bool = True


def blocks(safe: str, code_theme: str) -> list[Block]:
    """The blocks of a text that was made safe, each laid out by itself."""
    lines = safe.split("\n")
    return [_block(tokens, lines, code_theme) for tokens in _apart(_PARSER.parse(safe))]


def _line(token: Token) -> int:
    return token.map[0] if token.map is not None else 0


def _apart(tokens: list[Token]) -> Iterator[list[Token]]:
    begun: list[Token] = []
    for token in tokens:
        begun.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield begun
            begun = []


def _block(tokens: list[Token], lines: list[str], code_theme: str) -> Block:
    first, kind = _line(tokens[0]), tokens[0].type
    if any(token.level > _DEEPEST for token in tokens):
        last = tokens[0].map[1] if tokens[0].map is not None else len(lines)
        return Block(first, kind, Text("\n".join(lines[first:last]).strip("\n")))
    for token in tokens:
        _keep_line_ends(token)
        # In lists and quotes, what stands before the words is the list's and the quote's.
        if token.type == "inline" and token.level == 1 and token.map is not None:
            _keep_indents(token, lines[token.map[0] :])
    document = _Prose("", code_theme=code_theme, hyperlinks=False)
    document.parsed = tokens
    return Block(first, kind, document, apart=kind != "hr")


def prose(text: str, code_theme: str) -> RenderableType:
    """The text, made safe, as Markdown, of which a block that is too deep stands as it is; all of it does
    where it is too long."""
    safe = display_safe(text).strip("\n")
    if len(text) > MOST_CHARACTERS:
        return Text(safe)
    shown: list[RenderableType] = []
    apart = False
    for block in blocks(safe, code_theme):
        shown += [Text(), block.shown] if apart else [block.shown]
        apart = block.apart
    return Group(*shown)


def data(safe: str, code_theme: str) -> RenderableType:
    """JSON that was made safe."""
    return Syntax(safe, "json", theme=code_theme, word_wrap=True, background_color="default")


def _keep_indents(token: Token, lines: list[str]) -> None:
    """Put the blanks back with which a paragraph's lines begin; the parser drops them, a poem needs them."""
    children: list[Token] = []
    line = 0
    for child in (None, *(token.children or ())):
        if child is not None:
            children.append(child)
        if child is None or child.type == "hardbreak":
            blanks = len(lines[line]) - len(lines[line].lstrip(" ")) if line < len(lines) else 0
            children += [Token("text", "", 0, content="\xa0" * blanks)] if blanks else []
            line += 1
    token.children = children


def _keep_line_ends(token: Token) -> None:
    for child in token.children or ():
        if child.type == "softbreak":
            child.type = "hardbreak"
