"""Markdown of foreign texts: all of it visible, none of it acting.

Against hiding: HTML, images, references and entities are shown as they were written, links with their
address, and line ends stay line ends.
"""

import re
from typing import ClassVar, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.syntax import Syntax
from rich.text import Text

from duologue.display import display_safe

MOST_CHARACTERS: Final = 100_000
"""Longer texts are shown without formatting, as parsing them would hold up the screen."""

_MOST_HIGHLIGHTED: Final = 20_000
# The parser drops what is nested deeper than it goes (20), so such texts are shown as they are.
_DEEPEST: Final = 12
# An opening brace or bracket, and nothing that would make it a link or a task of Markdown's.
_JSON: Final = re.compile(r"""\s*(\{|\[\s*[\[{"\d-])""")
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
        lexer = self.lexer_name if len(code) <= _MOST_HIGHLIGHTED else "text"
        yield Syntax(
            code, lexer, theme=self.theme, word_wrap=True, padding=(0, 2), background_color="default"
        )


class _Prose(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
    }


def prose(text: str, code_theme: str) -> RenderableType:
    """The text, made safe, as Markdown; as it stands where it is too long or too deep for that."""
    safe = display_safe(text).strip("\n")
    if len(safe) > MOST_CHARACTERS:
        return Text(safe)
    tokens = _PARSER.parse(safe)
    if any(token.level > _DEEPEST for token in tokens):
        return Text(safe)
    lines = safe.split("\n")
    for token in tokens:
        _keep_line_ends(token)
        # In lists and quotes, what stands before the words is the list's and the quote's.
        if token.type == "inline" and token.level == 1 and token.map is not None:
            _keep_indents(token, lines[token.map[0] :])
    document = _Prose("", code_theme=code_theme, hyperlinks=False)
    document.parsed = tokens
    return document


def delivered(text: str, code_theme: str) -> RenderableType:
    """A result, which is JSON as often as prose: Markdown would take the indentation out of it."""
    safe = display_safe(text).strip("\n")
    if not _JSON.match(safe) or len(safe) > _MOST_HIGHLIGHTED:
        return prose(text, code_theme)
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
