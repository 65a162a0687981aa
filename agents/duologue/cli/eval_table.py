"""The figures of an evaluation, as a table that fits the terminal, and as JSON."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from duologue.batch.tally import NOT_BEGUN, Tally
from duologue.batch.trial import Finding
from duologue.display import one_line
from duologue.record.bill import Bill

_WIDEST: Final = 18
_GAP: Final = 2
_LEGEND: Final = "✓ passed: what is held out says that it came to what it should; ✗ not so."
_Row = tuple[str, Callable[[Tally], str]]
_ROWS: Final[tuple[_Row, ...]] = (
    ("runs", lambda of: str(of.trials)),
    ("  came to an end", lambda of: str(of.ran)),
    ("done", lambda of: str(of.done)),
    ("passed", lambda of: _part(of.passed, of.told)),
    ("judge agrees", lambda of: _part(of.agreed, of.told)),
    ("  true done", lambda of: str(of.true_done)),
    ("  false done", lambda of: str(of.false_done)),
    ("  missed", lambda of: str(of.missed)),
    ("  truly not done", lambda of: str(of.truly_undone)),
    ("turns", lambda of: f"{of.turns:,}"),
    ("tokens", lambda of: f"{of.tokens:,}"),
    ("cost", lambda of: Bill(of.tokens, of.cost_usd or 0.0, of.unpriced_tokens).brief),
    ("time", lambda of: _time(of.seconds)),
)


def table(tallies: Sequence[Tally], findings: Sequence[Finding], columns: int) -> Iterator[str]:
    """The lines of both tables: the figures of each variant, and how each goal ended. Where the variants do
    not fit side by side in so many columns, they follow below each other."""
    outcomes = dict.fromkeys(outcome for of in tallies for outcome in sorted(of.outcomes))
    rows = [*_ROWS[:3], *(_outcome_row(outcome) for outcome in outcomes if outcome != "done"), *_ROWS[3:]]
    figures = [(name, [figure(of) for of in tallies]) for name, figure in rows]
    goals = list(dict.fromkeys(finding.goal for finding in findings))
    ends = [(goal, [_ends(findings, goal, of.variant) for of in tallies]) for goal in goals]
    heads = [_head(of.variant) for of in tallies]
    yield from _side_by_side("", heads, figures, columns)
    yield ""
    yield from _side_by_side("goal", heads, ends, columns)
    if any(finding.passed is not None for finding in findings):
        yield _LEGEND


def _head(variant: str) -> str:
    """What is too long loses its beginning: versions differ at their ends."""
    return variant if len(variant) <= _WIDEST else "…" + variant[1 - _WIDEST :]


def _outcome_row(outcome: str) -> _Row:
    return outcome, lambda of: str(of.outcomes.get(outcome, 0))


def _side_by_side(
    corner: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]], columns: int
) -> Iterator[str]:
    first = max(len(name) for name in (corner, *(name for name, _ in rows)))
    widths = [
        min(max(len(head), *(len(cells[place]) for _, cells in rows)), _WIDEST)
        for place, head in enumerate(heads)
    ]
    for begin, end in _chunks(widths, columns - first):
        if begin:
            yield ""
        for name, cells in ((corner, heads), *rows):
            said = (
                one_line(cell, width).rjust(width + _GAP)
                for cell, width in zip(cells[begin:end], widths[begin:end], strict=True)
            )
            yield name.ljust(first) + "".join(said)


def _chunks(widths: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """From which to which column, at least one at a time."""
    begin, used = 0, 0
    for place, width in enumerate(widths):
        if place > begin and used + width + _GAP > room:
            yield begin, place
            begin, used = place, 0
        used += width + _GAP
    yield begin, len(widths)


def _ends(findings: Sequence[Finding], goal: str, variant: str) -> str:
    own = [finding for finding in findings if (finding.goal, finding.variant) == (goal, variant)]
    if len(own) == 1:
        return f"{own[0].outcome or NOT_BEGUN} {_mark(own[0].passed)}"
    done = sum(finding.outcome == "done" for finding in own)
    told = [finding.passed for finding in own if finding.passed is not None]
    said = f"done {done}/{len(own)}"
    return f"{said} ✓ {sum(told)}/{len(told)}" if told else said


def _mark(passed: bool | None) -> str:
    return " " if passed is None else "✓" if passed else "✗"


def _part(count: int, of: int) -> str:
    return f"{count} of {of}" if of else "–"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def figures(title: str, tallies: Sequence[Tally], findings: Sequence[Finding]) -> dict[str, Any]:
    """The same for programs; results are in the runs."""
    variants = [
        {
            **asdict(of),
            "outcomes": dict(of.outcomes),
            "done": of.done,
            "told": of.told,
            "agreement": of.agreement,
        }
        for of in tallies
    ]
    trials = [
        {name: value for name, value in asdict(finding).items() if name != "result"} for finding in findings
    ]
    return {"title": title, "variants": variants, "trials": trials}
