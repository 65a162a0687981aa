"""A run as lines of text: what `--plain`, `show` and a pipe get instead of the screen."""

import shutil
import textwrap
from collections.abc import Callable, Iterable
from typing import Final

import click

from duologue.display import display_safe
from duologue.messages import ROLE_NAMES
from duologue.record.ballots import ballot_lines
from duologue.record.bill import Bill
from duologue.record.contradictions import contradiction_lines
from duologue.record.events import (
    AttemptFailed,
    CompletionReceived,
    CriteriaSet,
    GoalSpecified,
    Record,
    RunEnded,
    RunParked,
    TurnCompleted,
    TurnStarted,
)
from duologue.record.items import Item, MarkItem, TurnItem, VerdictItem
from duologue.record.view import RunView, next_attempt

STATE_SIGNS: Final = {"met": "✓", "unmet": "✗", "unknown": "?"}
_ROLE_COLOURS: Final = {"user": "cyan", "assistant": "green", "judge": "yellow"}
_MOST_COLUMNS: Final = 100

Write = Callable[[str], None]


def _many(count: int, noun: str, many: str = "") -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {many or noun + 's'}"


class Printer:
    """Prints a run as its records come. `write` takes finished lines; `progress`, if there is one, is told
    in a few words what is going on; `called` is how commands name the run, where not by its own name."""

    def __init__(self, write: Write, progress: Write | None = None, called: str = "") -> None:
        self.view = RunView()
        self._write = write
        self._progress = progress
        self._called = called
        self._printed = 0
        self._deriving = False

    def record(self, record: Record) -> None:
        """Take the next record, and print what it completes."""
        self.view.apply(record)
        if record.seq == 1:
            self._header()
        while self._printed < len(self.view.items) and self._is_complete(self.view.items[self._printed]):
            self._item(self.view.items[self._printed])
            self._printed += 1
        if self._progress is not None:
            self._tell(record)
        if isinstance(record.event, RunEnded | RunParked):
            # A turn that was cut off has no end of its own to be printed at.
            self.flush()
            self._ending(record.event)

    def skip(self, records: Iterable[Record]) -> None:
        """Take what was printed before, or is to be left out."""
        for record in records:
            self.view.apply(record)
        self._printed = len(self.view.items)

    def flush(self) -> None:
        """Print what is left of a log that breaks off."""
        for item in self.view.items[self._printed :]:
            self._item(item)
        self._printed = len(self.view.items)

    def _is_complete(self, item: Item) -> bool:
        # A verdict is complete when the next record shows whether it was overruled.
        if isinstance(item, TurnItem):
            return item.ended is not None
        return not isinstance(item, VerdictItem) or self.view.seq > item.seq

    def _tell(self, record: Record) -> None:
        assert self._progress is not None
        match record.event:
            case TurnStarted(turn=turn, role=role):
                self._progress(f"turn {turn}: the {role} is writing …")
            case CriteriaSet(criteria=criteria, proposed=True):
                self._deriving = False
                self._progress("These criteria are proposed:")
                for criterion in criteria:
                    self._progress(display_safe(f"  {criterion.id} {criterion.text}"))
                self._progress(f"Answer with `{self._control} approve`, `deny`, or `criterion TEXT`.")
            case CriteriaSet(criteria=criteria) if self._deriving:
                self._deriving = False
                count = sum(criterion.origin == "goal" for criterion in criteria)
                derived = _many(count, "criterion", "criteria") if count else "no criteria"
                self._progress(f"{derived} derived from the goal")
            case CompletionReceived(purpose="criteria"):
                self._deriving = True
            case GoalSpecified(question=question, answer="") if question:
                self._progress(f"Answer with `{self._control} say TEXT`, or `deny` to go on without.")
            case CompletionReceived(purpose="summary", role=role):
                self._progress(f"the {role} has summed up what no longer fits its context")
            case AttemptFailed(role=role, message=message, wait_s=wait_s):
                self._progress(f"{role}: {display_safe(message)}{next_attempt(wait_s)}")
            case TurnCompleted(result=result, claim=claim) if result or claim:
                self._progress("the judge is reading …")
            case _:
                pass

    @property
    def _control(self) -> str:
        """How a command to this run begins, in any terminal."""
        name = self._called or (self.view.started.run if self.view.started else "RUN")
        return f"duologue control {display_safe(name, newlines=False)}"

    def _header(self) -> None:
        started = self.view.started
        if started is None:
            return
        self._line(f"Goal: {started.goal}", bold=True)
        facts = [f"Run {started.run}", f"pair {started.pair.name}", ", ".join(self.view.models)]
        self._line(" · ".join(filter(None, facts)), dim=True)

    def _item(self, item: Item) -> None:
        match item:
            case TurnItem():
                self._turn(item)
            case VerdictItem():
                self._verdict(item)
            case MarkItem():
                if item.kind not in ("run.ended", "run.parked"):
                    self._line(f"! {item.text}", fg="yellow")

    def _turn(self, item: TurnItem) -> None:
        self._write("")
        took = "" if item.ended is None else f" · {item.ended - item.started:.1f} s"
        unfinished = " · not finished" if item.ended is None else ""
        cost = f" · {item.bill.known}" if item.bill.known else ""
        head = f"── {item.role} · turn {item.turn} · {item.bill.tokens} tokens{cost}{took}{unfinished}"
        self._line(head, fg=_ROLE_COLOURS.get(item.role))
        for line in display_safe(item.text).splitlines():
            self._write(line)

    def _verdict(self, item: VerdictItem) -> None:
        self._write("")
        overruled = " (overruled)" if item.overruled else ""
        cost = f" · {item.bill.known}" if item.bill.known else ""
        self._line(
            f"── judge · after turn {item.turn}{cost} · {item.verdict.decision}{overruled}", fg="yellow"
        )
        for word in item.verdict.criteria:
            known = self.view.criteria.get(word.id)
            text = known.criterion.text if known else ""
            self._wrapped(f"{STATE_SIGNS[word.state]} {word.id} {text}", "  ", "      ")
            self._wrapped(word.reason, "      ")
            for each in word.evidence:
                found = f" [{each.doubt}]" if each.doubt else ""
                self._wrapped(f"“{each.quote}” — {each.where}{found}", "      ")
        for line in [*ballot_lines(item.verdict), *contradiction_lines(item.verdict)]:
            self._wrapped(line, "  ")
        for reason in item.overruled:
            self._wrapped(f"Overruled: {reason}", "  ", fg="red")
        self._wrapped(item.verdict.summary, "  ")

    def _ending(self, ending: RunEnded | RunParked) -> None:
        view, spent = self.view, ending.spent
        self._write("")
        good = view.outcome == "done"
        self._wrapped(f"══ {view.outcome}: {ending.reason}", "", bold=True, fg="green" if good else "red")
        for id_ in ending.unmet:
            known = view.criteria.get(id_)
            self._wrapped(f"not met: {id_} {known.criterion.text if known else ''}", "  ", "      ")
        self._spent(spent.turns, spent.calls, Bill.of(spent), spent.seconds)
        if view.result is not None:
            self._write("")
            self._line("Result" if good else "Best result so far", bold=True)
            self._write(display_safe(view.result))
            self._write("")
        self._line(f"  Next: {ending.next}", dim=True)

    def totals(self) -> None:
        """Print what has been spent by now."""
        self._spent(self.view.turns, self.view.calls, self.view.bill, self.view.mono)

    def _spent(self, turns: int, calls: int, bill: Bill, seconds: float) -> None:
        cost = f"{bill.words}, " if bill.words else ""
        count = f"{_many(turns, 'turn')}, {_many(calls, 'call')}, {bill.tokens:,} tokens"
        self._line(f"  {count}, {cost}{seconds:.1f} s", dim=True)
        # Where only a part of the log was read, what each role has used is not known.
        if bill.tokens and self.view.bill.tokens == bill.tokens:
            roles = [(role, self.view.bills[role]) for role in ROLE_NAMES if role in self.view.bills]
            shares = (f"{role} {one.tokens:,} tokens {one.words}".rstrip() for role, one in roles)
            self._line(f"  {' · '.join(shares)}", dim=True)

    def _line(self, text: str, **style: object) -> None:
        safe = display_safe(text, newlines=False)
        self._write(click.style(safe, **style) if style else safe)  # type: ignore[arg-type]

    def _wrapped(self, text: str, indent: str, hanging: str | None = None, **style: object) -> None:
        width = min(shutil.get_terminal_size((_MOST_COLUMNS, 24)).columns, _MOST_COLUMNS)
        following = indent if hanging is None else hanging
        safe = display_safe(text, newlines=False)
        for line in textwrap.wrap(safe, width, initial_indent=indent, subsequent_indent=following):
            self._write(click.style(line, **style) if style else line)  # type: ignore[arg-type]
