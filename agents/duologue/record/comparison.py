"""Two runs side by side: their turns and verdicts by number, or their criteria."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar

from duologue.display import display_safe
from duologue.errors import RecordError, RunNotFound
from duologue.money import dollars
from duologue.record.items import CriterionView, TurnItem, VerdictItem
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_log
from duologue.record.runs import holds_log
from duologue.record.sections import sections
from duologue.record.view import RunView
from duologue.record.wording import Piece, pieces

By = Literal["turn", "criterion"]

_SIGNS: Final = {"met": "✓", "unmet": "✗", "unknown": "?"}
_MOST_CHARACTERS: Final = 40_000
"""Of one side of a row; what is longer is cut, and the cut is told."""
_LONG_TAIL: Final = 3
"""Turns of one side alone that are worth folding."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Side:
    """A run that is compared: its name, and all that is to be seen of it."""

    name: str
    view: RunView

    @property
    def facts(self) -> str:
        """How it ended, after how many turns, for how much."""
        view = self.view
        cost = "" if view.bill.cost_usd is None else f" · {dollars(view.bill.cost_usd)}"
        return f"{view.outcome} · {view.turns} turns · {view.bill.tokens:,} tokens{cost}"


@dataclass(frozen=True, slots=True)
class Row:
    """What stands side by side under a title; the text is made safe, and empty where a side has nothing.

    `marks` says that words are worth comparing; `turns` counts the turns that a folded row stands for.
    """

    title: str
    left: str = ""
    right: str = ""
    marks: bool = True
    turns: int = 0

    @property
    def same(self) -> bool:
        """Whether both sides say the same."""
        return self.left == self.right

    def pieces(self) -> list[Piece]:
        """Both sides, cut where they differ."""
        if self.marks and self.left and self.right:
            return pieces(self.left, self.right)
        return [Piece(self.left, self.right)]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs."""

    left: Side
    right: Side

    def rows(self, by: By, *, folded: bool = True, tail: bool = True) -> list[Row]:
        """Side by side, by turn or by criterion; what both begin with is one row where `folded`, and what one
        alone goes on with is one row where not `tail`."""
        if by == "criterion":
            return list(self._criteria())
        rows = list(self._turns())
        rows = rows if tail else _without_tail(rows)
        return _folded(rows) if folded else rows

    def _turns(self) -> Iterator[Row]:
        ours, theirs = self.left.view.items, self.right.view.items
        turns = _paired(
            {item.turn: item for item in ours if isinstance(item, TurnItem)},
            {item.turn: item for item in theirs if isinstance(item, TurnItem)},
        )
        verdicts = dict(
            _paired(
                {item.turn: item for item in ours if isinstance(item, VerdictItem)},
                {item.turn: item for item in theirs if isinstance(item, VerdictItem)},
            )
        )
        yield _row("goal", (self.left.view, self.right.view), _goal)
        for turn, both in turns:
            role = next(item.role for item in both if item is not None)
            yield _row(f"turn {turn} · {role}", both, _said, turns=1)
            if turn in verdicts:
                yield _row(f"verdict after turn {turn}", verdicts[turn], _judged)
        yield _row("end", (self.left.view, self.right.view), _end)

    def _criteria(self) -> Iterator[Row]:
        ours = {known.criterion.text: known for known in self.left.view.criteria.values()}
        theirs = {known.criterion.text: known for known in self.right.view.criteria.values()}
        for text in dict.fromkeys([*ours, *theirs]):
            yield _row(display_safe(text, newlines=False), (ours.get(text), theirs.get(text)), _standing)
        yield _row("end", (self.left.view, self.right.view), _end)


def load_side(path: Path) -> Side:
    """The run of that folder or log file. Raises RecordError, LogTooNew."""
    records, _ = read_log(path / LOG_NAME if path.is_dir() else path)
    if not records:
        raise RecordError(f"The log {path} holds nothing that can be compared.")
    view = RunView()
    for record in records:
        view.apply(record)
    name = path.name if path.is_dir() else path.absolute().parent.name
    return Side(name, view)


def parent_folder(runs: Path, side: Side) -> Path:
    """The folder of the run that it was forked from. Raises RunNotFound where it is no fork, or its parent
    is not among the saved runs."""
    parent = side.view.started.parent if side.view.started is not None else None
    if parent is None:
        raise RunNotFound(
            f"{side.name} is no fork, so there is nothing to compare it with.", hint="Name two runs."
        )
    # A name from a log, which may be anybody's: it leads to nowhere but into the folder.
    inside = Path(parent.run).name == parent.run and parent.run not in ("", "..")
    if not inside or not holds_log(runs / parent.run):
        raise RunNotFound(
            f"The parent {parent.run!r} of {side.name} is not in {runs}.", hint="Name two runs."
        )
    return runs / parent.run


def _paired(ours: dict[int, _T], theirs: dict[int, _T]) -> list[tuple[int, tuple[_T | None, _T | None]]]:
    return [(turn, (ours.get(turn), theirs.get(turn))) for turn in sorted({*ours, *theirs})]


def _row(title: str, both: tuple[_T | None, _T | None], words: Callable[[_T], str], turns: int = 0) -> Row:
    left, right = ("" if each is None else _bounded(display_safe(words(each))) for each in both)
    return Row(title, left, right, turns=turns)


def _bounded(text: str) -> str:
    if len(text) <= _MOST_CHARACTERS:
        return text
    return f"{text[:_MOST_CHARACTERS]}\n… {len(text) - _MOST_CHARACTERS:,} more characters"


def _folded(rows: Sequence[Row]) -> list[Row]:
    """With the equal rows at the beginning as one, where there are turns in it."""
    count = next((place for place, row in enumerate(rows) if not row.same), len(rows))
    turns = sum(row.turns for row in rows[:count])
    if not turns:
        return list(rows)
    return [Row(f"{turns} turn{'s' * (turns > 1)} in common", marks=False, turns=turns), *rows[count:]]


def _without_tail(rows: Sequence[Row]) -> list[Row]:
    """With the rows of the last turns, where one side has none of them, as one."""
    end = len(rows) - 1
    for left in (True, False):
        others = (row.right if left else row.left for row in reversed(rows[:end]))
        count = next((place for place, other in enumerate(others) if other), end)
        tail = rows[end - count : end]
        turns = sum(row.turns for row in tail)
        if turns >= _LONG_TAIL:
            sides = (f"{turns} more turns", "") if left else ("", f"{turns} more turns")
            row = Row("what one alone goes on with", *sides, marks=False)
            return [*rows[: end - count], row, *rows[end:]]
    return list(rows)


def _goal(view: RunView) -> str:
    return view.started.goal if view.started is not None else ""


def _said(item: TurnItem) -> str:
    parts = [
        f"result:\n{part.text.strip()}" if part.result else part.text.strip()
        for part in sections(item.text, item.result)
    ]
    return "\n\n".join(parts if item.ended is not None else [*parts, "(not finished)"])


def _judged(item: VerdictItem) -> str:
    lines = [f"{item.verdict.decision}{' (overruled)' if item.overruled else ''}"]
    lines += [f"{_SIGNS[word.state]} {word.id} {word.reason}" for word in item.verdict.criteria]
    lines += [f"overruled: {reason}" for reason in item.overruled]
    return "\n".join([*lines, item.verdict.summary])


def _standing(known: CriterionView) -> str:
    quotes = [f"“{each.quote}” — {each.where}" for each in known.evidence if each.stands]
    return "\n".join(filter(None, [f"{_SIGNS[known.state]} {known.state}", known.reason, *quotes]))


def _end(view: RunView) -> str:
    reason = view.ending.reason if view.ending is not None else ""
    result = f"\n\n{view.result}" if view.result is not None else ""
    return f"{view.outcome}: {reason}{result}" if reason else f"{view.outcome}{result}"


def comparison_of(runs: Path, paths: tuple[Path, ...]) -> Comparison:
    """The two runs of these folders, or a fork, first or alone, with its parent on the left. Raises
    RecordError, RunNotFound."""
    sides = [load_side(path) for path in paths]
    if len(sides) == 1:
        return Comparison(load_side(parent_folder(runs, sides[0])), sides[0])
    left, right = sides
    return Comparison(right, left) if _comes_from(left, right) else Comparison(left, right)


def _comes_from(side: Side, other: Side) -> bool:
    parent = side.view.started.parent if side.view.started is not None else None
    return parent is not None and parent.run == other.name
