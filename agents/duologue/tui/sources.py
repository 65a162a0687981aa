"""The words behind the lines of a row, as they were written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from rich.text import Text
from textual.strip import Strip

from duologue.display import display_safe
from duologue.record.draft import Draft
from duologue.record.items import TurnItem
from duologue.record.sections import draft_sections
from duologue.record.sections import sections as ended_sections
from duologue.tui.blocks import look_of
from duologue.tui.column import Column
from duologue.tui.growing import Kind, kind_of
from duologue.tui.look import Look
from duologue.tui.past import Page
from duologue.tui.prose import blocks, data
from duologue.tui.rows import Scene
from duologue.tui.selection import Selection
from duologue.tui.strips import BAR, FRAME, paint
from duologue.tui.turn_block import head

_MARGIN: Final = f"{BAR}│"


@dataclass(frozen=True, slots=True)
class Source:
    """Lines of a row, and what they were made of; None for what nobody wrote."""

    height: int
    raw: str | None


def selected(column: Column, look: Look, selection: Selection) -> str:
    """The words that are selected: those of a block of Markdown that is covered whole as they were written,
    all others as they are shown."""
    parts: list[str] = []
    index = column.index_of_seq(selection.first.seq)
    while index < len(column):
        while isinstance(column.scene.row(index), Page):
            column.open(index)
        if column.scene.seq(index) > selection.last.seq:
            break
        parts += _selected(column.lines(index), column.scene, index, look, selection)
        index += 1
    return "\n".join(parts).strip("\n")


def _selected(
    lines: list[Strip], scene: Scene, index: int, look: Look, selection: Selection
) -> Iterator[str]:
    seq = scene.seq(index)
    spans = [selection.span(seq, at, line.cell_length) for at, line in enumerate(lines)]
    at = 0
    for source in _matching(scene, index, look, len(lines)):
        part = list(zip(lines, spans, strict=True))[at : at + source.height]
        at += source.height
        if source.raw is not None and all(span and _covers(line, *span) for line, span in part):
            yield source.raw
        else:
            yield from (_shown(line, *span) for line, span in part if span)


def _covers(line: Strip, start: int, end: int) -> bool:
    before, after = line.crop(0, start).text, line.crop(end, max(line.cell_length, end)).text
    return not before.strip(_MARGIN) and not after.strip(_MARGIN)


def _shown(line: Strip, start: int, end: int) -> str:
    """What is selected of the line, without the bar and the frame around it."""
    barred, framed = line.text.startswith(BAR), line.text.startswith(f"{BAR}│ ")
    first = len(BAR) + FRAME // 2 if framed else len(BAR) if barred else 0
    last = line.cell_length - FRAME // 2 if framed else line.cell_length
    start, end = max(start, first), min(end, last)
    return line.crop(start, end).text.rstrip() if start < end else ""


def _matching(scene: Scene, index: int, look: Look, height: int) -> list[Source]:
    """The sources of the row's lines, of which there are so many; line by line where that is not known."""
    row = scene.row(index)
    if isinstance(row, TurnItem):
        found = list(sources(row, scene.draft_of(row), look_of(scene, row, look)))
        # Below them there are a cursor while the turn is written, and an empty line.
        if sum(source.height for source in found) == height - (2 if row.ended is None else 1):
            return [*found, Source(1, None), Source(1, None)]
    return [Source(1, None)] * height


def sources(item: TurnItem, draft: Draft | None, look: Look) -> Iterator[Source]:
    """What a turn's lines were made of, from its head on."""
    width = look.width - len(BAR)
    reasoning = draft.reasoning if draft else item.reasoning
    yield Source(len(paint(head(item, reasoning, look), width)), None)
    if look.reasoning and reasoning.strip():
        yield from _parts(reasoning, "words", look, width)
        yield Source(1, "")
    for section in draft_sections(draft.text) if draft else ended_sections(item.text, item.result):
        kind = kind_of(section.text, result=section.result)
        if section.result:
            yield Source(1, "<result>")
            yield from _parts(section.text, kind, look, width - FRAME)
            yield Source(1, "</result>")
        else:
            yield from _parts(section.text, kind, look, width)


def _parts(text: str, kind: Kind, look: Look, width: int) -> Iterator[Source]:
    text = text.strip("\n")
    match kind:
        case "prose":
            yield from _blocks(text, look, width)
        case "data":
            yield Source(len(paint(data(display_safe(text), look.palette.code), width)), text)
        case "words":
            for line in text.split("\n"):
                yield Source(len(paint(Text(display_safe(line)), width)), line)
        case _:
            assert_never(kind)


def _blocks(text: str, look: Look, width: int) -> Iterator[Source]:
    lines = text.split("\n")
    found = blocks(display_safe(text), look.palette.code)
    apart = False
    for place, block in enumerate(found):
        end = found[place + 1].line if place + 1 < len(found) else len(lines)
        if apart:
            yield Source(1, "")
        yield Source(len(paint(block.shown, width)), "\n".join(lines[block.line : end]).rstrip("\n"))
        apart = block.apart
