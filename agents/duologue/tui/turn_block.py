"""One turn: who spoke, what was said, what was delivered."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from duologue.record.draft import Draft
from duologue.record.items import TurnItem
from duologue.record.sections import Section, draft_sections, sections
from duologue.tui.amounts import compact
from duologue.tui.growing import Dress, Growing, kind_of
from duologue.tui.look import Look
from duologue.tui.palette import FOUND
from duologue.tui.strips import BAR, FRAME, barred, between_sides, frame, highlighted, paint, words

CURSOR: Final = "▌"
_THOUGHTS: Final = -1
_ROOMY: Final = 60
"""Columns from which all that is known of a turn stands above it; below, what one line holds."""


class Growth:
    """The turn that is being written, as far as it is laid out; of use as long as turn and look stay."""

    def __init__(self) -> None:
        self._of: tuple[int, Look] | None = None
        self._parts: dict[tuple[int, bool], Growing] = {}

    def holds(self, item: TurnItem, look: Look) -> bool:
        """Whether it is this turn's, in this look."""
        return self._of == (item.seq, look)

    def take(self, item: TurnItem, look: Look) -> None:
        """Be this turn's."""
        if not self.holds(item, look):
            self._of, self._parts = (item.seq, look), {}

    def part(self, place: int, fresh: Growing, *, result: bool = False) -> Growing:
        """The part of the turn at that place, the result or not; `fresh` where there is none yet."""
        return self._parts.setdefault((place, result), fresh)


def turn_block(item: TurnItem, draft: Draft | None, look: Look, growth: Growth | None = None) -> list[Strip]:
    """The turn's lines; `draft` is what has arrived of it where it is in progress. What `growth` holds of the
    turn is not laid out again."""
    if growth is None or (draft is None and not growth.holds(item, look)):
        growth = Growth()
    growth.take(item, look)
    style = look.palette.role(item.role)
    dress, width = partial(_dressed, look=look, style=style), look.width - len(BAR)
    reasoning = draft.reasoning if draft else item.reasoning
    lines = dress(paint(head(item, reasoning, look), width))
    if look.reasoning and reasoning.strip():
        thoughts = growth.part(_THOUGHTS, Growing(width, "", dress, "dim italic"))
        lines += thoughts.lines(reasoning, "words", whole=draft is None)
        lines += dress(paint(Text(), width))
    for place, section in enumerate(
        draft_sections(draft.text) if draft else sections(item.text, item.result)
    ):
        lines += _section(section, look, growth, place, dress, whole=draft is None)
    if item.ended is None:
        lines += dress(paint(Text(CURSOR, style=style), width))
    return lines


def head(item: TurnItem, reasoning: str, look: Look) -> RenderableType:
    """What stands above a turn's words: who speaks, and how much was thought."""
    return Group(_header(item, look, look.palette.role(item.role)), *_thought(reasoning, look))


def _dressed(strips: list[Strip], look: Look, style: Style) -> list[Strip]:
    lines = barred(strips, style)
    return [highlighted(line, look.find, FOUND) for line in lines] if look.find else lines


def _header(item: TurnItem, look: Look, style: Style) -> Text:
    facts = [f"turn {item.turn}"]
    if item.model:
        facts.append(item.model)
    if item.bill.tokens:
        facts += filter(None, (f"{compact(item.bill.tokens)} tokens", item.bill.known))
    if item.ended is not None:
        facts.append(f"{item.ended - item.started:.1f} s")
    told = " · ".join(
        ["", *(facts if look.width >= _ROOMY else _fitting(facts, look.width - len(item.role)))]
    )
    header = Text.assemble((item.role, style + look.palette.strong), words(told, "dim"))
    for flag in item.completions[-1].flags if item.completions else ():
        header.append_text(words(f" · {flag}", look.palette.warn))
    if item.claim is not None:
        header.append_text(words(f" · says it is {item.claim}", look.palette.warn))
    return header


def _fitting(facts: list[str], width: int) -> Iterator[str]:
    """The facts that one line has room for."""
    room = width - len(BAR)
    for fact in facts:
        room -= cell_len(fact) + len(" · ")
        if room >= 0:
            yield fact


def _thought(reasoning: str, look: Look) -> list[RenderableType]:
    if not reasoning:
        return []
    summary = words(f"thought for {compact(len(reasoning))} characters", "dim italic")
    return [summary if look.reasoning else summary.append(" (r)", "dim")]


def _section(
    section: Section, look: Look, growth: Growth, place: int, dress: Dress, *, whole: bool
) -> list[Strip]:
    width, code, style = look.width - len(BAR), look.palette.code, look.palette.good
    kind = kind_of(section.text, result=section.result)
    if not section.result:
        return growth.part(place, Growing(width, code, dress)).lines(section.text, kind, whole=whole)

    def framed(strips: list[Strip]) -> list[Strip]:
        return dress(between_sides(strips, width, style))

    top, bottom = frame("result", width, style)
    made = growth.part(place, Growing(width - FRAME, code, framed), result=True)
    body = made.lines(section.text, kind, whole=whole)
    return [*dress([top]), *body, *dress([bottom])]
