"""Two runs compared in plain text."""

import sys
from pathlib import Path

from tests.cli.conftest import Duologue

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
from compare_samples import forked, unlike


def test_a_fork_is_compared_with_its_parent(duologue: Duologue, runs: Path) -> None:
    """Named alone, a fork stands beside its parent: what they share in a line, then what each says."""
    forked(runs)
    ran = duologue("compare", "fork")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("- parent · done · 4 turns · 1,648 tokens\n+ fork · stalled · 4 turns")
    assert "= 2 turns in common" in ran.out
    assert "A [-frog-]{+toad+} jumps into the pond" in ran.out


def test_two_runs_by_criterion(duologue: Duologue, runs: Path) -> None:
    """Criteria stand one below the other, with how they stand in either run."""
    unlike(runs)
    ran = duologue("compare", "long", "short", "--by", "criterion", "--plain")
    assert ran.code == 0
    assert "≠ It has three lines\n  [-✓ met" in ran.out
    assert "≠ It rhymes\n  [-–-]\n  {+? unknown+}" in ran.out


def test_what_cannot_be_compared_is_said(duologue: Duologue, runs: Path) -> None:
    """A run that is no fork, and one that is not there, are told in a sentence."""
    unlike(runs)
    alone, gone = duologue("compare", "long"), duologue("compare", "long", "nowhere")
    assert (alone.code, gone.code) == (2, 2)
    assert "long is no fork" in alone.err
    assert "no run 'nowhere'" in gone.err
