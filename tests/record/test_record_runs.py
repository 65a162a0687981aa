"""The folder of saved runs: finding one by what a person types, and a line about each."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from record_samples import EVENTS, HEADER, NEWER, log_lines

from duologue.errors import RunNotFound
from duologue.record import events as ev
from duologue.record.log import LogWriter
from duologue.record.runs import find_run, list_runs, new_run_id, summarise

FIRST, SECOND, THIRD = "20261121-080000-aaaa", "20261122-031245-9f1c", "20261122-031246-9f1d"
PARKED, ENDED = EVENTS[-2], EVENTS[-1]
TURN = ev.TurnStarted(turn=3, role="user")


def save(folder: Path, name: str, events: Sequence[ev.Event] = (HEADER, ENDED), tail: bytes = b"") -> Path:
    """A saved run of these events."""
    run = folder / name
    run.mkdir(parents=True)
    (run / "log.jsonl").write_bytes(b"".join(log_lines(events)) + tail)
    return run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three saved runs, and things that are none."""
    for name in (SECOND, FIRST, THIRD):
        save(tmp_path, name)
    (tmp_path / "README.md").write_text("no run")
    (tmp_path / "99999999-no-log").mkdir()
    return tmp_path


def test_ids_sort_and_differ() -> None:
    """A new run's name begins with its date and time, and those of one second sort in their order."""
    names = []
    for _ in range(20):
        names.append(new_run_id())
        time.sleep(0.001)
    assert len(set(names)) == 20
    assert names == sorted(names)
    assert all(len(name) == len(FIRST) + 2 and name[8] == name[15] == "-" for name in names)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("last", THIRD),
        (FIRST, FIRST),
        ("20261121", FIRST),
        ("aaaa", FIRST),
        ("9f1c", SECOND),
        ("9f1d", THIRD),
    ],
)
def test_run_is_found(runs: Path, typed: str, name: str) -> None:
    """A run answers to `last`, its name, the beginning of it, and its last part."""
    assert find_run(runs, typed) == runs / name


def test_whole_name_is_enough(tmp_path: Path) -> None:
    """A whole name means its run, though another's begins with it."""
    save(tmp_path, "demo-2")
    assert find_run(tmp_path, "demo") == tmp_path / "demo-2"
    save(tmp_path, "demo")
    assert find_run(tmp_path, "demo") == tmp_path / "demo"


def test_run_is_found_by_path(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A run or a log anywhere is found by its path."""
    elsewhere = save(tmp_path_factory.mktemp("elsewhere"), "run")
    assert find_run(runs, str(elsewhere)) == elsewhere
    assert find_run(runs, str(elsewhere / "log.jsonl")) == elsewhere / "log.jsonl"


def test_ambiguous_name(runs: Path) -> None:
    """A name that means several runs is refused, and they are named."""
    with pytest.raises(RunNotFound, match=f"{SECOND}, {THIRD}") as caught:
        find_run(runs, "20261122")
    assert caught.value.hint == "Type more of its name."


@pytest.mark.parametrize("typed", ["cafe", "99999999-no-log", "x" * 5000, "a\0b"], ids=lambda name: name[:8])
def test_unknown_run(runs: Path, typed: str) -> None:
    """What no run answers to is refused, with the command that lists them."""
    with pytest.raises(RunNotFound) as caught:
        find_run(runs, typed)
    assert "duologue ls" in (caught.value.hint or "")


def test_no_runs_at_all(tmp_path: Path) -> None:
    """Without saved runs there is no last one, and the hint says how to make one."""
    with pytest.raises(RunNotFound, match="no saved runs") as caught:
        find_run(tmp_path / "nowhere", "last")
    assert "duologue run" in (caught.value.hint or "")
    assert list_runs(tmp_path / "nowhere") == []


def test_list_is_oldest_first(runs: Path) -> None:
    """All runs are listed in the order of their names, newest last; other folders are not."""
    assert [summary.run for summary in list_runs(runs)] == [FIRST, SECOND, THIRD]


UNKNOWN = ev.event_of({"type": "new.event", "spent": {"turns": 1}, "turn": "three"})
STATES = {
    "done": ((HEADER, ENDED), b"", "done", 2, 387),
    "parked": ((HEADER, TURN, PARKED), b"", "parked", 2, 387),
    "crashed in a turn": ((HEADER, TURN), b"", "crashed", 3, None),
    "crashed at a warning": ((HEADER, TURN, EVENTS[13]), b"", "crashed", 2, None),
    "crashed at an unknown event": ((HEADER, UNKNOWN), b"", "crashed", None, None),
    "torn": ((HEADER, TURN), b'{"seq":3,"ty', "crashed", 3, None),
    "only a header": ((HEADER,), b"", "crashed", None, None),
    "newer minor": (NEWER, b"", "crashed", 1, None),
    "no header": ((TURN, ENDED), b"", "unreadable", None, None),
    "empty": ((), b"", "unreadable", None, None),
    "torn header": ((), b'{"seq":1,"ty', "unreadable", None, None),
    "garbage": ((), b"garbage\nand more\n", "unreadable", None, None),
    "garbage at the end": ((HEADER,), b"garbage\n", "unreadable", None, None),
    "newer major": ((HEADER.model_copy(update={"schema_": "2.0"}),), b"", "unreadable", None, None),
}


@pytest.mark.parametrize(("events", "tail", "state", "turns", "tokens"), STATES.values(), ids=STATES.keys())
def test_summary(
    tmp_path: Path, events: Sequence[ev.Event], tail: bytes, state: str, turns: int | None, tokens: int | None
) -> None:
    """A line of the list says how the run stands, whatever its log ends with."""
    found = summarise(save(tmp_path, "run", events, tail))
    assert (found.state, found.turns, found.tokens) == (state, turns, tokens)


def test_summary_names_the_goal(tmp_path: Path) -> None:
    """A readable run's line has its goal, its pair, when it began and how long it took."""
    found = summarise(save(tmp_path, "run"))
    assert (found.goal, found.pair, found.at) == (HEADER.goal, "general", "2026-11-22T03:12:45.120Z")
    assert found.seconds == 4.25


def test_running(tmp_path: Path) -> None:
    """A run that a process is writing is running."""
    with LogWriter.create(tmp_path / "run") as log:
        log.append(HEADER)
        assert summarise(tmp_path / "run").state == "running"
    assert summarise(tmp_path / "run").state == "crashed"


def test_long_last_line(tmp_path: Path) -> None:
    """A last line longer than any window is found whole."""
    long = EVENTS[5].model_copy(update={"text": "x" * 400_000, "turn": 9})
    assert summarise(save(tmp_path, "run", (HEADER, TURN, long))).turns == 9
    assert summarise(save(tmp_path, "run2", (HEADER, long), b"torn")).turns == 9
