"""The rows of the transcript: which there are, what each depends on, how high each may be."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final, assert_never

from duologue.record.draft import Draft
from duologue.record.events import RunEnded, RunParked, RunStarted
from duologue.record.items import Item, MarkItem, TurnItem, VerdictItem
from duologue.record.view import RunView
from duologue.tui.look import Only
from duologue.tui.past import Page

Stamp = tuple[object, ...]
"""What a row's lines depend on: equal stamps, equal lines."""

_ENDINGS: Final = ("run.parked", "run.ended")


@dataclass(frozen=True, slots=True)
class Weighing:
    """The line below the last item that says what is being drafted outside a turn, if anything is."""

    draft: Draft | None


Row = RunStarted | Page | Item | RunEnded | RunParked | Weighing


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to show: the run so far and the completion in progress.

    `past` is what came before the view's items; `flipped` are the events whose rows are folded where others
    are not, and the other way round.
    """

    view: RunView
    draft: Draft | None = None
    past: Sequence[Page | Item] = ()
    flipped: Set[int] = frozenset()

    def __len__(self) -> int:
        return len(self.past) + len(self.view.items) + 2

    def row(self, index: int) -> Row | None:
        """The row: the goal first (None before it is known), then the items, then what is weighed."""
        if index == 0:
            return self.view.started
        if index == len(self) - 1:
            return Weighing(None if self._writing() else self.draft)
        place = index - 1 - len(self.past)
        if place < 0:
            return self.past[index - 1]
        item = self.view.items[place]
        if self.view.ending is not None and _is_ending(item) and self._is_last_word(place + 1):
            return self.view.ending
        return item

    def seq(self, index: int) -> int:
        """The number of the row's first event; 0 for the goal, and past all others for what is weighed."""
        if index <= len(self.past):
            return 0 if index == 0 else getattr(self.past[index - 1], "seq", 0)
        place = index - 1 - len(self.past)
        return self.view.items[place].seq if place < len(self.view.items) else self.view.seq + 1

    def _is_last_word(self, index: int) -> bool:
        # After an ending only control commands can follow; an older ending was gone on from.
        return not any(isinstance(item, TurnItem) or _is_ending(item) for item in self.view.items[index:])

    def is_flipped(self, row: Row | None) -> bool:
        """Whether the row alone was folded, or unfolded."""
        return bool(self.flipped) and getattr(row, "seq", 0) in self.flipped

    def _writing(self) -> bool:
        draft, turn = self.draft, self.view.current
        return draft is not None and turn is not None and draft.purpose == "turn" and draft.turn == turn.turn

    def draft_of(self, row: Row | None) -> Draft | None:
        """The draft that belongs to the row: that of the turn in progress."""
        return self.draft if row is not None and row is self.view.current and self._writing() else None

    def settled(self) -> int:
        """Rows before this one change no more: the last turn and all after it still may."""
        items = self.view.items
        last = next((at for at in range(len(items) - 1, -1, -1) if isinstance(items[at], TurnItem)), 0)
        return len(self.past) + last + 1 if self.view.started else 0

    def stamp(self, index: int) -> Stamp:
        """What the row depends on."""
        match row := self.row(index):
            case None | RunStarted():
                return ("goal", row is None)
            case Page(number=number):
                return ("page", number)
            case TurnItem(seq=seq, completions=completions, ended=ended):
                folded = self.is_flipped(row)
                return ("turn", seq, folded, len(completions), ended, *_drafted(self.draft_of(row)))
            case VerdictItem(seq=seq, overruled=overruled):
                return ("verdict", seq, len(overruled), len(self.view.criteria))
            case MarkItem(seq=seq):
                return ("mark", seq, self.is_flipped(row))
            case RunEnded() | RunParked():
                return ("ending", index, self.view.seq)
            case Weighing(draft=draft):
                return ("weighing", *_drafted(draft))
            case _:
                assert_never(row)

    def estimate(self, index: int, width: int) -> int:
        """About how many lines the row takes, without laying it out."""
        match row := self.row(index):
            case None:
                return 0
            case Page(size=size):
                return 2 * size // (3 * max(width, 1)) + 1
            case TurnItem(text=text):
                draft = self.draft_of(row)
                text = draft.text if draft else text
                return 3 + text.count("\n") + len(text) // max(width, 1)
            case VerdictItem(verdict=verdict):
                return 3 + 3 * len(verdict.criteria)
            case Weighing(draft=draft):
                return 0 if draft is None else 2
            case MarkItem():
                return 2
            case RunStarted() | RunEnded() | RunParked():
                return 6
            case _:
                assert_never(row)


def wanted(row: Row | None, only: Only) -> bool:
    """Whether the row is of the kind that is shown; the goal and the ending always are."""
    match row:
        case TurnItem(role=role):
            return only in ("", role)
        case VerdictItem():
            return only in ("", "judge")
        case MarkItem():
            return only in ("", "marks")
        case _:
            return True


def _is_ending(item: Item) -> bool:
    return isinstance(item, MarkItem) and item.kind in _ENDINGS


def _drafted(draft: Draft | None) -> Stamp:
    return () if draft is None else (draft.attempt, len(draft.text), len(draft.reasoning))
