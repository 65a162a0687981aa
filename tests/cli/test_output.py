"""What a run prints and saves, in each of its ways, and what becomes of it when nobody reads it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from duologue.record.events import RunStarted
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.conftest import Duologue
from tests.cli.running import COMMAND, child, only_run, run_child, types
from tests.cli.scenarios import HAIKU, done_at_once, endless


def test_json_prints_the_lines_of_the_log_and_nothing_else(
    duologue: Duologue, runs: Path, home: Path
) -> None:
    """With `--json`, standard output is the log, byte for byte, and standard error is empty."""
    ran = duologue("run", "--scenario", done_at_once(home), "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.encode() == (only_run(runs) / LOG_NAME).read_bytes()
    assert types(ran.out.encode())[-1] == "run.ended"


def test_quiet_prints_the_result_and_nothing_else(duologue: Duologue, runs: Path, home: Path) -> None:
    """With `--quiet`, standard output is the result alone."""
    ran = duologue("run", "--scenario", done_at_once(home), "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, HAIKU + "\n", "")


def test_quiet_says_on_standard_error_why_there_is_no_success(
    duologue: Duologue, runs: Path, home: Path
) -> None:
    """A run that ends at a limit prints its best result all the same, and the reason apart from it."""
    ran = duologue("run", "--scenario", endless(home, speed=0), "--quiet", "--max-turns", "2")
    assert ran.code == 3
    assert ran.out.startswith("a kite over dry fields at number 1\n")
    assert "The limit of 2 turns is reached." in ran.err


@pytest.mark.parametrize("mode", ["--plain", "--quiet", "--json"])
def test_the_result_is_saved_whole(mode: str, duologue: Duologue, runs: Path, home: Path) -> None:
    """`--output` holds the result and one newline, in every mode, readable as the file before it was."""
    (home / "poem.txt").write_text("older and longer than what comes" * 9)
    (home / "poem.txt").chmod(0o640)
    ran = duologue("run", "--scenario", done_at_once(home), mode, "--output", "poem.txt")
    assert ran.code == 0
    assert (home / "poem.txt").read_text("utf-8") == HAIKU + "\n"
    assert stat.S_IMODE((home / "poem.txt").stat().st_mode) == 0o640
    assert sorted(path.name for path in home.iterdir()) == ["done.toml", "poem.txt"]


def test_a_link_stays_and_leads_to_the_result(duologue: Duologue, runs: Path, home: Path) -> None:
    """The file behind a link is replaced, and not the link."""
    (home / "real.md").write_text("old")
    (home / "link.md").symlink_to("real.md")
    ran = duologue("run", "--scenario", done_at_once(home), "--quiet", "--output", "link.md")
    assert ran.code == 0, ran.err
    assert (home / "link.md").is_symlink()
    assert (home / "real.md").read_text() == f"{HAIKU}\n"


def test_a_device_or_a_pipe_is_written_to(runs: Path, home: Path) -> None:
    """Another file in its place would end it for everybody."""
    os.mkfifo(home / "pipe")
    with child("run", "--scenario", done_at_once(home), "--quiet", "--output", "pipe") as process:
        assert (home / "pipe").read_text() == f"{HAIKU}\n"
        process.communicate()
    assert process.returncode == 0
    assert (home / "pipe").is_fifo()


def test_nothing_is_left_of_a_result_that_cannot_be_saved(home: Path) -> None:
    """A full disk leaves the old file, and none beside it."""
    (home / "result.md").write_text("old")
    script = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (99, 99));"
    script += "from pathlib import Path; from duologue.cli.output import save_output;"
    script += "save_output(Path('result.md'), 'x' * 1000)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert "The result cannot be saved to result.md: File too large." in ran.stderr
    assert [(path.name, path.read_text()) for path in home.iterdir()] == [("result.md", "old")]


@pytest.mark.parametrize("folder", ["a" * 5_000, "a/b" * 2_000, "nobody/made/it"])
def test_a_place_that_no_file_can_have_is_refused_before_the_run(
    duologue: Duologue, runs: Path, home: Path, folder: str
) -> None:
    """A folder that is not there, or whose name is too long to be one, is told in a sentence."""
    ran = duologue("run", "--scenario", done_at_once(home), "--output", f"{folder}/result.txt")
    assert (ran.code, ran.err.startswith("duologue: The result cannot be saved to ")) == (2, True)
    assert not runs.exists() or not list(runs.iterdir())


def test_plain_lines_hold_no_escape_sequence(duologue: Duologue, runs: Path, home: Path) -> None:
    """What `--plain` prints into a pipe is text without a control character but the newline."""
    ran = duologue("run", "--scenario", done_at_once(home), "--plain")
    assert ran.code == 0
    assert [c for c in ran.out + ran.err if c < " " and c != "\n"] == []
    assert "══ done:" in ran.out


@pytest.mark.parametrize("no_color", ["", "1"])
def test_no_color_is_obeyed_on_a_terminal(
    no_color: str, duologue: Duologue, runs: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal plain lines are coloured, unless NO_COLOR says otherwise."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    ours, theirs = os.openpty()
    monkeypatch.setenv("NO_COLOR", no_color)
    with child("show", "last", stdout=theirs) as process:
        os.close(theirs)
        printed = read_terminal(ours)
        assert process.wait() == 0
    assert "nobody hurries" in printed.decode()
    assert (b"\x1b" in printed) == (not no_color)


def read_terminal(descriptor: int) -> bytes:
    """All that is printed on a pseudo-terminal until its other side is closed."""
    printed = b""
    try:
        while chunk := os.read(descriptor, 4096):
            printed += chunk
    except OSError:  # how Linux says that the other side is closed
        pass
    finally:
        os.close(descriptor)
    return printed


def test_a_goal_can_come_from_standard_input(runs: Path, home: Path) -> None:
    """The goal `-` is all of standard input, without the white space around it."""
    goal = "A haiku about rain.\nThree lines, für immer."
    stdin = f"  {goal}\n\n".encode()
    ran = run_child("run", "-", "--scenario", done_at_once(home), "--quiet", stdin=stdin)
    assert (ran.code, ran.out) == (0, HAIKU + "\n")
    header = read_strict(only_run(runs) / LOG_NAME)[0].event
    assert isinstance(header, RunStarted)
    assert header.goal == goal


def test_an_empty_standard_input_is_an_empty_goal(runs: Path, home: Path) -> None:
    """The goal `-` with nothing on standard input ends with code 2."""
    ran = run_child("run", "-", "--scenario", done_at_once(home), "--quiet")
    assert (ran.code, ran.out) == (2, "")
    assert "The goal is empty." in ran.err


@pytest.mark.parametrize("mode", ["--plain", "--json"])
def test_a_closed_pipe_parks_the_run(mode: str, runs: Path, home: Path) -> None:
    """When the reader of its output goes away, the run parks itself with code 6 and a whole log."""
    with child("run", "--scenario", endless(home), mode) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait() == 6
        assert process.stderr is not None
        err = process.stderr.read()
    assert b"Traceback" not in err
    name = only_run(runs).name
    assert (
        f"Nobody reads the output any more: the run is parked.\n  Next: duologue resume {name}"
        in err.decode()
    )
    records = read_strict(only_run(runs) / LOG_NAME)
    assert records[-1].event.type == "run.parked"
    assert "closed pipe" in str(records[-1].event)


def test_a_reader_that_leaves_early_gets_no_complaint(duologue: Duologue, runs: Path, home: Path) -> None:
    """`show` into a pipe that is closed at once prints no traceback."""
    assert duologue("run", "--scenario", endless(home, speed=0), "--quiet").code == 3
    shown = subprocess.Popen([*COMMAND, "show", "last"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with shown:
        assert shown.stdout is not None
        assert shown.stderr is not None
        shown.stdout.close()
        assert shown.stderr.read() == b""
        assert shown.wait() == 1
