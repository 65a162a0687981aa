"""Two runs side by side."""

import sys
from pathlib import Path

import pytest

from duologue.errors import RecordError, RunNotFound
from duologue.record.comparison import Comparison, comparison_of, load_side, parent_folder

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
from compare_samples import forked, unlike
from run_samples import run, save
from screen_sample import Log


def test_a_fork_is_shown_after_what_it_shares(tmp_path: Path) -> None:
    """The turns that a fork shares with its parent are one row; then come the turns that differ."""
    parent, fork = forked(tmp_path)
    comparison = comparison_of(tmp_path, (fork,))
    assert (comparison.left.name, comparison.right.name) == (parent.name, fork.name)
    rows = comparison.rows("turn")
    assert rows[0].title == "2 turns in common"
    assert [(row.title, row.same) for row in rows[1:]] == [
        ("turn 3 · user", False),
        ("turn 4 · assistant", False),
        ("verdict after turn 4", False),
        ("end", False),
    ]
    unfolded = comparison.rows("turn", folded=False)
    assert [row.title for row in unfolded[:3]] == ["goal", "turn 1 · user", "turn 2 · assistant"]


def test_a_fork_stands_on_the_right(tmp_path: Path) -> None:
    """Whichever is named first, the parent stands on the left."""
    parent, fork = forked(tmp_path)
    comparison = comparison_of(tmp_path, (fork, parent))
    assert comparison.right.name == fork.name


def test_a_turn_that_one_side_has_not_is_empty_there(tmp_path: Path) -> None:
    """Runs of different length are aligned by the number of their turns."""
    left, right = unlike(tmp_path)
    rows = {row.title: row for row in Comparison(load_side(left), load_side(right)).rows("turn")}
    assert rows["turn 3 · user"].right == ""
    assert rows["turn 2 · assistant"].left


def test_a_result_stands_without_its_tags(tmp_path: Path) -> None:
    """What was delivered is told as the result; the tags that the program looks for are not shown."""
    log = Log()
    log.start()
    log.turn(1, "assistant", "Here it is:\n\n<result>\nAn old pond.\n</result>", result="An old pond.")
    side = load_side(save(tmp_path / "a", log.records))
    (said,) = (row.left for row in Comparison(side, side).rows("turn", folded=False) if "turn 1" in row.title)
    assert said == "Here it is:\n\nresult:\nAn old pond."


def test_what_one_alone_goes_on_with_can_be_one_row(tmp_path: Path) -> None:
    """The last turns of the longer run are counted; a tail of an exchange is still told."""
    sides = []
    for name, turns in (("short", 1), ("long", 5), ("middle", 3)):
        log = Log()
        log.start()
        for turn in range(1, turns + 1):
            log.turn(turn, "user", f"Turn {turn} of the {name} one.")
        log.end()
        sides.append(load_side(save(tmp_path / name, log.records)))
    short, long, middle = sides
    rows = Comparison(short, long).rows("turn", tail=False)
    tail = ("what one alone goes on with", "", "4 more turns")
    assert tail in [(row.title, row.left, row.right) for row in rows]
    assert [row.title for row in rows] == ["goal", "turn 1 · user", tail[0], "end"]
    assert len(Comparison(long, short).rows("turn")) == 7
    assert Comparison(long, short).rows("turn", tail=False)[2].left == "4 more turns"
    assert len(Comparison(short, middle).rows("turn", tail=False)) == 5


def test_by_criterion(tmp_path: Path) -> None:
    """Each criterion stands once, with how it stands in either run; one that a run has not is empty there."""
    left, right = unlike(tmp_path)
    rows = {row.title: row for row in Comparison(load_side(left), load_side(right)).rows("criterion")}
    assert rows["It has three lines"].left.startswith("✓ met\nthree lines\n“old pond”")
    assert rows["It has three lines"].right == "? unknown"
    assert rows["It rhymes"].left == ""


def test_the_facts_of_a_side(tmp_path: Path) -> None:
    """Outcome, turns, tokens and cost are said of each."""
    left, _ = unlike(tmp_path)
    assert load_side(left).facts == "done · 4 turns · 1,648 tokens · $1.00"


@pytest.mark.parametrize("name", ["../elsewhere", "/etc", "..", "", "gone"])
def test_a_parent_is_looked_for_among_the_runs_alone(tmp_path: Path, name: str) -> None:
    """A log's word for its parent leads nowhere but into the folder of runs."""
    _, fork = forked(tmp_path / "runs", parent=name)
    run(tmp_path, "elsewhere")
    with pytest.raises(RunNotFound):
        parent_folder(tmp_path / "runs", load_side(fork))


def test_what_is_no_fork_needs_another(tmp_path: Path) -> None:
    """A run without a parent is not compared alone."""
    alone = run(tmp_path, "alone")
    with pytest.raises(RunNotFound, match="is no fork"):
        comparison_of(tmp_path, (alone,))


def test_an_empty_log_is_refused(tmp_path: Path) -> None:
    """What holds nothing cannot be compared."""
    (tmp_path / "log.jsonl").write_bytes(b"")
    with pytest.raises(RecordError):
        load_side(tmp_path)
