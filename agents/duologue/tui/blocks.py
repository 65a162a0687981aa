"""From a row of the transcript to its lines."""

from typing import Final, assert_never

from rich.text import Text
from textual.strip import Strip

from duologue.record.draft import Draft
from duologue.record.events import RunEnded, RunParked, RunStarted
from duologue.record.parts import Purpose
from duologue.record.view import MarkItem, TurnItem, VerdictItem
from duologue.tui.amounts import compact
from duologue.tui.ending_block import ending_block
from duologue.tui.goal_block import goal_block
from duologue.tui.look import Look
from duologue.tui.mark_block import mark_block
from duologue.tui.past import Page
from duologue.tui.rows import Scene, Weighing
from duologue.tui.strips import paint
from duologue.tui.turn_block import turn_block
from duologue.tui.verdict_block import verdict_block

_DOING: Final[dict[Purpose, str]] = {
    "turn": "writes",
    "verdict": "weighs the evidence",
    "criteria": "sets the criteria",
    "summary": "sums up what no longer fits",
    "appeal": "weighs the evidence once more",
}


def paint_row(scene: Scene, index: int, look: Look) -> list[Strip]:
    """The row's lines with an empty one below them; none where there is nothing to show."""
    lines = _lines(scene, index, look)
    return [*lines, Strip.blank(0)] if lines else []


def _lines(scene: Scene, index: int, look: Look) -> list[Strip]:
    match row := scene.row(index):
        case None | Page():
            return []
        case RunStarted():
            return goal_block(row, look)
        case TurnItem():
            return turn_block(row, scene.draft_of(row), look)
        case VerdictItem():
            return verdict_block(row, scene.view.criteria, look)
        case MarkItem():
            return mark_block(row, look)
        case RunEnded() | RunParked():
            return ending_block(row, scene.view, look)
        case Weighing(draft=draft):
            return _weighing(draft, look)
        case _:
            assert_never(row)


def _weighing(draft: Draft | None, look: Look) -> list[Strip]:
    if draft is None:
        return []
    count = compact(len(draft.text) + len(draft.reasoning))
    line = Text(f"{draft.role} {_DOING[draft.purpose]} · {count} characters so far")
    line.stylize(look.palette.role(draft.role))
    return paint(line, look.width)
