"""The list of runs on terminals of any width."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from duologue.cli.run_lines import run_lines
from duologue.record.runs import RunSummary

NAMES = (
    "20261122-185521-c429a9",
    "20261122-185521-c429a9-mended",
    "20261122-185521-c429a9-judged-by-another",
)
GOAL = "Turn the note into JSON after the schema, and leave out what nobody has agreed to do."


def summary(name: str, **values: object) -> RunSummary:
    """A run of that name."""
    at = (datetime.now(UTC) - timedelta(minutes=5, seconds=30)).isoformat()
    told = {"state": "done", "at": at, "pair": "transform", "goal": GOAL, "turns": 6, "tokens": 19_939}
    return RunSummary(name, Path(name), **{**told, "cost_usd": 0.0, **values})  # type: ignore[arg-type]


def lines(columns: int, *runs: RunSummary) -> list[str]:
    """All lines, without their colours."""
    shown = run_lines([(run, 0) for run in runs], columns)
    return [click.unstyle(line) for _, each in shown for line in each]


@pytest.mark.parametrize("columns", [140, 80, 60, 50, 44])
def test_no_name_is_cut_and_no_line_too_long(columns: int) -> None:
    """A name stands whole at the beginning of its line, to be copied; everything else is there too."""
    shown = lines(columns, *map(summary, NAMES), summary("20261122-185521-c429a9", state="unreadable"))
    heads = [line.split()[0] for line in shown if not line.startswith(" ")]
    assert heads == [*NAMES, NAMES[0]]
    assert max(map(len, shown)) <= columns
    assert not any(line.endswith(" ") for line in shown)
    for fact in ("done", "6 turns", "19,939 tokens", "$0", "5 min ago", "transform", "Turn the note"):
        assert len(re.findall(re.escape(fact), "\n".join(shown))) == 4 - (fact == "done")


def test_columns_are_as_wide_as_their_runs_need() -> None:
    """In eighty columns a run has one line for its facts, aligned with the others', and one for its goal."""
    shown = lines(80, summary("a-run"), summary("another-run", state="stalled", turns=12, tokens=7))
    assert shown[::2] == [
        "a-run        done      6 turns  19,939 tokens  $0  5 min ago  transform",
        "another-run  stalled  12 turns       7 tokens  $0  5 min ago  transform",
    ]
    assert shown[1] == f"    {GOAL[:75]}…"


def test_a_goal_stands_beside_where_there_is_room() -> None:
    """A wide terminal has a line a run."""
    (line,) = lines(160, summary("a-run", turns=1))
    assert line.startswith("a-run  done  1 turn  19,939 tokens  $0  5 min ago  transform  Turn the note")


def test_a_name_of_a_whole_line_leaves_the_others_theirs() -> None:
    """A name from elsewhere that is far longer than ours stands alone, and widens no column."""
    shown = lines(80, summary("x" * 200), summary("a-run"))
    assert shown[0] == "x" * 200
    assert shown[1] == "    done  6 turns  19,939 tokens  $0  5 min ago  transform"
    assert shown[3] == "a-run  done  6 turns  19,939 tokens  $0  5 min ago  transform"


def test_no_runs_are_no_lines() -> None:
    """Nothing comes of nothing."""
    assert lines(80) == []
