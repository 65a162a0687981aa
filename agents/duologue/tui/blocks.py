"""From a row of the transcript to its lines."""

from dataclasses import replace
from typing import Final, assert_never

from rich.text import Text
from textual.strip import Strip

from duologue.record.draft import Draft
from duologue.record.events import RunEnded, RunParked, RunStarted
from duologue.record.items import MarkItem, TurnItem, VerdictItem
from duologue.record.parts import Purpose
from duologue.tui.amounts import compact
from duologue.tui.ending_block import ending_block
from duologue.tui.goal_block import goal_block
from duologue.tui.look import Look
from duologue.tui.mark_block import mark_block
from duologue.tui.palette import FOUND
from duologue.tui.past import Page
from duologue.tui.rows import Row, Scene, Weighing, wanted
from duologue.tui.strips import highlighted, paint
from duologue.tui.turn_block import Growth, turn_block
from duologue.tui.verdict_block import verdict_block

_DOING: Final[dict[Purpose, str]] = {
    "turn": "writes",
    "verdict": "weighs the evidence",
    "criteria": "sets the criteria",
    "summary": "sums up what no longer fits",
    "appeal": "weighs the evidence once more",
}


def paint_row(scene: Scene, index: int, look: Look, growth: Growth | None = None) -> list[Strip]:
    """The row's lines with an empty one below them; none where there is nothing to show. `growth` is what is
    laid out of the turn that is being written."""
    if not wanted(row := scene.row(index), look.only):
        return []
    lines = _lines(scene, index, look, growth)
    if look.find and not isinstance(row, TurnItem):  # a turn finds as it is laid out
        lines = [highlighted(line, look.find, FOUND) for line in lines]
    return [*lines, Strip.blank(0)] if lines else []


def _lines(scene: Scene, index: int, look: Look, growth: Growth | None) -> list[Strip]:
    match row := scene.row(index):
        case None | Page():
            return []
        case RunStarted():
            return goal_block(row, look)
        case TurnItem():
            return turn_block(row, scene.draft_of(row), look_of(scene, row, look), growth)
        case VerdictItem():
            return verdict_block(row, scene.view.criteria, look)
        case MarkItem():
            return mark_block(row, look_of(scene, row, look))
        case RunEnded() | RunParked():
            return ending_block(row, scene.view, look)
        case Weighing(draft=draft):
            return _weighing(draft, look)
        case _:
            assert_never(row)


def look_of(scene: Scene, row: Row, look: Look) -> Look:
    """The row's look: with what is folded unfolded, where that was asked of this row alone."""
    flipped = scene.is_flipped(row)
    return replace(look, reasoning=not look.reasoning, tools=not look.tools) if flipped else look


def _weighing(draft: Draft | None, look: Look) -> list[Strip]:
    if draft is None:
        return []
    count = compact(len(draft.text) + len(draft.reasoning))
    line = Text(f"{draft.role} {_DOING[draft.purpose]} · {count} characters so far")
    line.stylize(look.palette.role(draft.role))
    return paint(line, look.width)
