"""Keeping the saved runs: verifying, mending, finding, compressing and removing them, as people do it."""

import io
import json
import os
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from duologue.cli.main import help_text
from duologue.record import events as ev
from duologue.record.lines import encode_line, parse_line
from duologue.record.log import LogWriter
from duologue.record.parts import LimitsRecord, PairRecord, Parent, Spent
from tests.cli.conftest import Duologue

SPENT = Spent(turns=1, calls=1, tokens=100, seconds=1.0)
HOSTILE = "the \x1b]0;owned\x07 river \u202ereversed"


def header(goal: str = "A goal.", pair: str = "general", **more: Any) -> ev.RunStarted:
    """The first event of a run."""
    return ev.RunStarted(
        program="0.1.0",
        run="r",
        goal=goal,
        pair=PairRecord(name=pair, title="A pair", version=1, prompts={}),
        settings={"roles": {"user": {"model": "m"}}},
        limits=LimitsRecord(),
        seed=1,
        **more,
    )


def turn(text: str, number: int = 1) -> list[ev.Event]:
    """A turn in which this was said."""
    return [
        ev.TurnStarted(turn=number, role="user"),
        ev.CompletionReceived(turn=number, role="user", purpose="turn", attempt="a", model="m", text=text),
        ev.TurnCompleted(turn=number, role="user", completions=[3]),
    ]


def ended(outcome: Any = "done") -> ev.Event:
    """The last event of a run."""
    return ev.RunEnded(outcome=outcome, reason="So it ended.", unmet=[], spent=SPENT, next="duologue ls")


def log_of(events: Sequence[ev.Event], days_ago: float = 0) -> list[bytes]:
    """The log of these events, begun so long ago."""
    at, total, lines = datetime.now(UTC) - timedelta(days=days_ago), "", []
    for seq, event in enumerate(events, 1):
        line, total = encode_line(seq, at.isoformat(), seq / 2, event, total)
        lines.append(line)
    return lines


def save(runs: Path, name: str, events: Sequence[ev.Event], days_ago: float = 0) -> Path:
    """A saved run."""
    run = runs / name
    run.mkdir(parents=True, mode=0o700)
    (run / "log.jsonl").write_bytes(b"".join(log_of(events, days_ago)))
    return run


@pytest.fixture
def saved(runs: Path) -> Path:
    """Three runs: done a while ago, parked yesterday, stalled today."""
    save(runs, "20261101-000000-aaaa", [header("Old one", "essay"), *turn("A quiet river."), ended()], 40)
    parked = ev.RunParked(reason="Waiting.", unmet=[], spent=SPENT, next="duologue resume bbbb")
    save(runs, "20261121-000000-bbbb", [header("Parked one"), *turn("An ocean."), parked], 1.5)
    save(runs, "20261122-000000-cccc", [header("New one"), *turn(HOSTILE), ended("stalled")])
    return runs


def listed(out: str) -> list[str]:
    """The last part of the names of the runs, as listed."""
    return [line.split()[0].rpartition("-")[2] for line in out.splitlines() if line[:1] == "2"]


def test_a_whole_run_verifies(saved: Path, duologue: Duologue) -> None:
    """Exit code 0, with the number of events and the last sum."""
    ran = duologue("verify", "aaaa")
    last = (saved / "20261101-000000-aaaa" / "log.jsonl").read_bytes().splitlines()[-1]
    assert ran.code == 0
    assert ran.out == f"20261101-000000-aaaa: 5 events, last sum {parse_line(last).stored}\n"


def test_a_damaged_run_does_not_verify(saved: Path, duologue: Duologue) -> None:
    """Exit code 1, naming the first bad line and what can be done."""
    log = saved / "20261101-000000-aaaa" / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"quiet", b"QUIET"))
    ran = duologue("verify", "aaaa")
    assert (ran.code, ran.out) == (1, "")
    assert "does not verify: line 3: its sum does not match" in ran.err
    assert "duologue repair 20261101-000000-aaaa" in ran.err


def test_a_hint_for_runs_elsewhere_is_a_command_that_works(duologue: Duologue, tmp_path: Path) -> None:
    """With --runs a hint names the run so that the command finds it as it stands."""
    elsewhere = tmp_path / "else where"
    run = save(elsewhere, "20261101-000000-aaaa", [header("Old one"), *turn("A quiet river."), ended()])
    log = run / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"quiet", b"QUIET"))
    ran = duologue("verify", "aaaa", "--runs", str(elsewhere))
    (hint,) = (line for line in ran.err.splitlines() if "duologue repair" in line)
    assert duologue(*shlex.split(hint.partition("duologue ")[2])).code == 0
    unknown = duologue("show", "zzzz", "--runs", str(elsewhere))
    assert f"duologue ls --runs '{elsewhere}'\n" in unknown.err
    assert duologue("show", "zzzz").err.endswith("List the saved runs: duologue ls\n")
    nothing = duologue("watch", "--plain", "--runs", str(elsewhere))
    assert f"duologue replay last --runs '{elsewhere}'" in nothing.err


def test_a_fork_verifies_with_its_parent_only(saved: Path, duologue: Duologue) -> None:
    """Its chain is shown into the parent; without it, the exit code is 1."""
    parent = saved / "20261101-000000-aaaa"
    total = parse_line((parent / "log.jsonl").read_bytes().splitlines()[2]).stored
    fork = Parent(run=parent.name, turn=1, seq=3, sum=total)
    save(saved, "20261123-000000-dddd", [header(parent=fork), *turn("Another way.")])
    ran = duologue("verify", "dddd")
    assert ran.code == 0
    assert ran.out.splitlines()[1] == f"  a fork of {parent.name} at event 3, sum {total}"
    assert duologue("rm", "aaaa", "--yes").code == 0
    ran = duologue("verify", "dddd")
    assert ran.code == 1
    assert ran.out.startswith("20261123-000000-dddd: 4 events")
    assert "the fork's parent is not in" in ran.err


def test_a_damaged_run_is_mended_beside_itself(saved: Path, duologue: Duologue) -> None:
    """The copy verifies and is shown with its gap; the run stays; a second copy is not written over it."""
    log = saved / "20261101-000000-aaaa" / "log.jsonl"
    damaged = log.read_bytes().replace(b"quiet", b"QUIET") + b'{"seq":6,"ty'
    log.write_bytes(damaged)
    ran = duologue("repair", "aaaa")
    assert ran.code == 0
    assert ran.out.startswith("4 events kept, 1 lost, 2 lines dropped.")
    assert "Line 3: its sum does not match" in ran.err
    assert log.read_bytes() == damaged
    assert duologue("verify", "20261101-000000-aaaa-mended").code == 0
    assert "an event is lost here" in duologue("show", "20261101-000000-aaaa-mended").out
    again = duologue("repair", "20261101-000000-aaaa")
    assert again.code == 1
    assert "--output" in again.err


def test_an_intact_run_needs_no_mending(saved: Path, duologue: Duologue, tmp_path: Path) -> None:
    """It is said, and no folder is made."""
    ran = duologue("repair", "aaaa", "--output", tmp_path / "copy")
    assert ran.code == 0
    assert "is intact: 5 events" in ran.out
    assert not (tmp_path / "copy").exists()


def test_a_hostile_log_cannot_act_through_what_is_said_of_it(runs: Path, duologue: Duologue) -> None:
    """Names and texts with escapes come out as marks, in every command."""
    run = save(runs, "2026\x1b]0;x\x07run", [header(HOSTILE), *turn(HOSTILE), ended()])
    (run / "log.jsonl").write_bytes((run / "log.jsonl").read_bytes() + b"\x1b]0;torn")
    for arguments in (
        ["verify", "2026"],
        ["repair", "2026"],
        ["ls"],
        ["ls", "--tree"],
        ["ls", "--grep", "river"],
        ["compress", "2026\x1b]0;x\x07run"],
        ["rm", "--yes", "2026\x1b]0;x\x07run"],
        ["rm", "--yes", "\x1b]0;y\x07"],
        ["ls", "--since", "\x1b]0;y\x07"],
    ):
        ran = duologue(*arguments)
        assert "\x1b]" not in ran.out + ran.err, arguments
        assert "\x07" not in ran.out + ran.err
        assert "\u202e" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["aaaa", "bbbb", "cccc"]),
        (["--outcome", "done"], ["aaaa"]),
        (["--outcome", "done", "--outcome", "parked"], ["aaaa", "bbbb"]),
        (["--pair", "essay"], ["aaaa"]),
        (["--since", "2d"], ["bbbb", "cccc"]),
        (["--since", "90min"], ["cccc"]),
        (["--since", (datetime.now(UTC) - timedelta(days=20)).date().isoformat()], ["bbbb", "cccc"]),
        (["--grep", "quiet river"], ["aaaa"]),
        (["--grep", "river"], ["aaaa", "cccc"]),
        (["--grep", "new ONE"], ["cccc"]),
        (["--grep", "river", "--outcome", "stalled"], ["cccc"]),
        (["--grep", "no such words"], []),
        (["--limit", "2"], ["bbbb", "cccc"]),
        (["--tree"], ["aaaa", "bbbb", "cccc"]),
    ],
    ids=str,
)
def test_the_list_is_narrowed(
    saved: Path, duologue: Duologue, arguments: list[str], expected: list[str]
) -> None:
    """By outcome, pair, time, words and number, in any mixture."""
    ran = duologue("ls", *arguments)
    assert (ran.code, listed(ran.out)) == (0, expected)
    as_json = duologue("ls", "--json", *arguments).out.splitlines()
    assert [json.loads(line)["run"].rpartition("-")[2] for line in as_json] == expected


def test_words_are_shown_where_they_were_found(saved: Path, duologue: Duologue) -> None:
    """The turn, who said it, and the words around it, made safe; the same in JSON."""
    ran = duologue("ls", "--grep", "river")
    assert "    turn 1, user: A quiet river." in ran.out.splitlines()
    assert "␛" in ran.out
    found = [
        json.loads(line)["found"] for line in duologue("ls", "--grep", "quiet", "--json").out.splitlines()
    ]
    assert [(hit["turn"], hit["who"], hit["snippet"]) for hit in found[0]] == [(1, "user", "A quiet river.")]
    assert (saved / ".search.sqlite").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "soon", "99999999999999d", "2026-13-45", "999999999w", "-3d"])
def test_a_time_that_is_none_is_a_usage_error(saved: Path, duologue: Duologue, text: str) -> None:
    """Exit code 2, with what is understood."""
    ran = duologue("ls", "--since", text)
    assert ran.code == 2
    assert "2h" in ran.err
    assert "Traceback" not in ran.err


def test_forks_stand_below_the_run_that_they_come_from(runs: Path, duologue: Duologue) -> None:
    """Indented by generation; a fork whose parent is not listed, or is its own child, stands alone."""
    for name, parent in (
        ("1-a", None),
        ("2-b", "1-a"),
        ("3-c", None),
        ("4-d", "2-b"),
        ("5-e", "1-a"),
        ("6-f", "gone"),
        ("7-g", "8-h"),
        ("8-h", "7-g"),
    ):
        of = None if parent is None else Parent(run=parent, turn=1, seq=1, sum="0" * 16)
        save(runs, name, [header(parent=of), ended()])
    lines = [line.partition("  done")[0].rstrip() for line in duologue("ls", "--tree").out.splitlines()]
    shown = [line for line in lines if line[:1] in "12345678└" or line.lstrip().startswith("└")]
    assert shown == ["1-a", "└ 2-b", "  └ 4-d", "└ 5-e", "3-c", "6-f", "7-g", "└ 8-h"]


def test_a_run_is_removed_when_the_person_agrees(
    saved: Path, duologue: Duologue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what would go, and asks; anything but yes leaves all as it is."""
    for answer, code, left in (("n\n", 2, 3), ("", 2, 3), ("y\n", 0, 1)):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        ran = duologue("rm", "aaaa", "bbbb")
        assert ran.code == code
        assert "Old one" in ran.err
        assert len(list(saved.glob("*/log.jsonl"))) == left
    assert [path.name for path in saved.glob("2*")] == ["20261122-000000-cccc"]


def test_only_runs_inside_the_folder_are_removed(saved: Path, duologue: Duologue, tmp_path: Path) -> None:
    """A path elsewhere, a link to a run, a log file, the folder itself and a name of nothing are refused."""
    outside = save(tmp_path / "elsewhere", "run", [header()])
    (saved / "29990101-000000-link").symlink_to(outside)
    (saved / "log.jsonl").write_bytes(b"")
    for name in (
        outside,
        "29990101-000000-link",
        saved / "29990101-000000-link",
        saved / "20261101-000000-aaaa" / "log.jsonl",
        saved,
        saved / "20261101-000000-aaaa" / "..",
        "..",
        "none",
        "",
    ):
        ran = duologue("rm", "--yes", name)
        assert ran.code == 2, name
        assert ran.err.startswith("duologue: ")
    assert (outside / "log.jsonl").exists()
    assert len(list(saved.glob("*/log.jsonl"))) == 4


def test_links_inside_a_run_are_removed_and_not_followed(
    saved: Path, duologue: Duologue, tmp_path: Path
) -> None:
    """What they point at stays, a log that is a link included."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    run = saved / "20261101-000000-aaaa"
    (run / "blobs").symlink_to(tmp_path / "precious")
    assert duologue("rm", "--yes", "aaaa").code == 0
    assert not run.exists()
    assert (tmp_path / "precious" / "file").exists()


def test_a_live_run_is_neither_removed_nor_compressed_nor_mended(runs: Path, duologue: Duologue) -> None:
    """Exit code 1, and the run goes on."""
    with LogWriter.create(runs / "20261122-000000-live") as log:
        log.append(header())
        for arguments in (["rm", "--yes"], ["compress"], ["repair"]):
            ran = duologue(*arguments, "live")
            assert ran.code == 1, arguments
            assert ran.err.count("duologue: ") == 1
        log.append(ended())
    assert duologue("verify", "live").code == 0


def test_compressed_runs_are_used_like_any_other(saved: Path, duologue: Duologue) -> None:
    """Listed, shown, replayed, searched, verified, mended and removed as before."""
    commands = (["ls", "--outcome", "done"], ["show", "aaaa"], ["replay", "--plain", "aaaa"])
    commands += (["ls", "--grep", "quiet"], ["verify", "aaaa"], ["ls", "--json"])
    before = [duologue(*arguments).out for arguments in commands]
    ran = duologue("compress", "aaaa")
    assert ran.code == 0
    assert ran.out.startswith("20261101-000000-aaaa: ")
    run = saved / "20261101-000000-aaaa"
    assert [path.name for path in run.iterdir()] == ["log.jsonl.gz"]
    assert [duologue(*arguments).out for arguments in commands] == before
    assert duologue("rm", "--yes", "aaaa").code == 0
    assert not run.exists()


def test_old_runs_are_compressed_together(saved: Path, duologue: Duologue) -> None:
    """Those that ended, and not those that wait to be gone on with or are young; once is enough."""
    save(saved, "20261001-000000-eeee", [header(), *turn("Cut off.")], 60)
    save(
        saved, "20261002-000000-ffff", [header(), ev.RunParked(reason="", unmet=[], spent=SPENT, next="")], 60
    )
    ran = duologue("compress", "--older-than", "30d")
    assert ran.code == 0
    assert listed(ran.out.replace(":", "")) == ["aaaa"]
    assert [path.parent.name for path in saved.glob("*/log.jsonl.gz")] == ["20261101-000000-aaaa"]
    ran = duologue("compress", "--older-than", "30d")
    assert (ran.code, ran.out) == (0, "")
    assert duologue("compress").code == 2


def test_every_command_has_help(duologue: Duologue) -> None:
    """The commands of this page are in the table, and explain themselves."""
    table = help_text()
    for name in ("verify", "repair", "ls", "rm", "compress"):
        assert f"\n  {name} " in table
        ran = duologue(name, "--help")
        assert ran.code == 0
        assert "--runs" in ran.out


def test_damage_that_the_system_finds_is_a_sentence(saved: Path, duologue: Duologue) -> None:
    """A log that cannot be read, or is a folder, ends each command with one sentence."""
    run = saved / "20261101-000000-aaaa"
    (run / "log.jsonl").unlink()
    (run / "log.jsonl.gz").write_bytes(os.urandom(3000))
    for command in ("verify", "repair"):
        ran = duologue(command, run)
        assert ran.code == 1
        assert "Traceback" not in ran.err
    assert "unreadable" in duologue("ls").out
    assert duologue("rm", "--yes", "aaaa").code == 0
