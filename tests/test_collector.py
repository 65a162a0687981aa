"""The garbage collector while much is made that stays."""

import gc

import pytest

from duologue.collector import undisturbed


def test_the_collector_waits_and_runs_again() -> None:
    """It waits while much is made, and then leaves that alone and runs again."""
    frozen = gc.get_freeze_count()
    with undisturbed():
        assert not gc.isenabled()
        kept = [[number] for number in range(1_000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen + len(kept)


def test_it_runs_again_also_where_the_making_fails() -> None:
    """A fault in between lets it run again."""
    with pytest.raises(KeyError), undisturbed():
        raise KeyError
    assert gc.isenabled()


def test_within_another_it_goes_on_waiting() -> None:
    """What ends within another such stretch lets the collector wait until that one ends too."""
    with undisturbed():
        with undisturbed():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
