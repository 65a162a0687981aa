"""The saved runs at a glance, kept up to date."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from duologue.record import shelf as module
from duologue.record.lock import lock
from duologue.record.log import LOG_NAME
from duologue.record.shelf import Shelf

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
from run_samples import run, save
from screen_sample import Log


def looked(shelf: Shelf) -> tuple[list[str], list[str]]:
    """The names of the runs that are new, and of those that are gone."""
    news = list(shelf.look())
    changed = [found.run for each in news for found in each.changed]
    return changed, [path.name for each in news for path in each.gone]


def test_the_newest_come_first_and_once(tmp_path: Path) -> None:
    """All runs are news at first, the newest before the others; then nothing is."""
    for name in ("a", "c", "b"):
        run(tmp_path, name)
    shelf = Shelf(tmp_path)
    assert looked(shelf) == (["c", "b", "a"], [])
    assert looked(shelf) == ([], [])
    assert len(shelf.known) == 3


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    """A run that came, one that went on and one that is gone are news; the rest is not."""
    for name in ("a", "b", "c"):
        run(tmp_path, name)
    shelf = Shelf(tmp_path)
    looked(shelf)
    shutil.rmtree(tmp_path / "a")
    shutil.rmtree(tmp_path / "b")
    run(tmp_path, "b", outcome="failed", turns=40)
    run(tmp_path, "d")
    assert looked(shelf) == (["d", "b"], ["a"])


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """No folder, no runs; they are found once there is one."""
    shelf = Shelf(tmp_path / "runs")
    assert looked(shelf) == ([], [])
    run(tmp_path / "runs", "a")
    assert looked(shelf) == (["a"], [])


def test_a_broken_log_is_told(tmp_path: Path) -> None:
    """What cannot be read is listed as that, and stops nothing."""
    run(tmp_path, "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / LOG_NAME).write_bytes(b"\xff\x00 no log\n")
    shelf = Shelf(tmp_path)
    looked(shelf)
    assert {found.run: found.state for found in shelf.known} == {"a": "done", "b": "unreadable"}


def test_a_run_that_goes_on_is_added_up(tmp_path: Path) -> None:
    """What a run has used by now is known while it goes on; its end is seen though its log is the same."""
    log = Log(cost_usd=0.25)
    log.start()
    log.turn(1, "user", "Please.")
    log.turn(2, "assistant", "Here.")
    path = save(tmp_path / "a", log.records)
    descriptor = os.open(path / LOG_NAME, os.O_RDONLY)
    lock(descriptor, path)
    shelf = Shelf(tmp_path)
    looked(shelf)
    (found,) = shelf.known
    assert (found.state, found.turns, found.tokens, found.cost_usd) == ("running", 2, 824, 0.5)
    assert looked(shelf) == ([], [])
    os.close(descriptor)
    assert looked(shelf) == (["a"], [])
    assert shelf.known[0].state == "crashed"


def test_many_come_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list is handed on in parts, so that its beginning is seen at once; the next part is longer."""
    monkeypatch.setattr(module, "_PIECE", 2)
    for name in "abcde":
        run(tmp_path, name)
    assert [[found.run for found in news.changed] for news in Shelf(tmp_path).look()] == [
        ["e", "d"],
        ["c", "b", "a"],
    ]
