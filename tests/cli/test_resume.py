"""`duologue resume`: after a park, a limit, a signal or a crash; and what it refuses."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from duologue.record.events import RunEnded, RunParked, RunResumed
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.answering_server import answering
from tests.cli.conftest import Duologue
from tests.cli.endpoint import Endpoint, listening
from tests.cli.running import child, only_run, read_until, run_child, types
from tests.cli.scenarios import done_at_once, endless


def last_event(run: Path) -> Any:
    """The last event of the run's log."""
    return read_strict(run / LOG_NAME)[-1].event


def resumptions(run: Path) -> list[RunResumed]:
    """Each time that the run was gone on with."""
    events = [record.event for record in read_strict(run / LOG_NAME)]
    return [event for event in events if isinstance(event, RunResumed)]


@pytest.fixture
def limited(runs: Path, home: Path, duologue: Duologue) -> Path:
    """A scripted run that ended at its limit of four turns."""
    assert duologue("run", "--scenario", endless(home, speed=0), "--max-turns", "4", "--quiet").code == 3
    return only_run(runs)


def test_a_limit_that_is_raised_is_gone_on_to(limited: Path, home: Path, duologue: Duologue) -> None:
    """A run that ended at a limit is refused as long as that holds, and goes on to a higher one."""
    before = (limited / LOG_NAME).read_bytes()
    refused = duologue("resume", "--scenario", home / "endless.toml", "--json")
    assert (refused.code, refused.out) == (2, "")
    assert "--max-turns" in refused.err
    assert (limited / LOG_NAME).read_bytes() == before
    went_on = duologue("resume", "--scenario", home / "endless.toml", "--json", "--max-turns", "8")
    assert went_on.code == 3
    assert types(went_on.out.encode()).count("turn.completed") == 4
    assert (limited / LOG_NAME).read_bytes() == before + went_on.out.encode()
    assert [event.limits.max_turns for event in resumptions(limited)] == [8]


def test_a_finished_run_is_refused(runs: Path, home: Path, duologue: Duologue) -> None:
    """A run that is done is not gone on with: exit 2, and the way to fork it."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    refused = duologue("resume", "last", "--scenario", home / "done.toml")
    assert refused.code == 2
    assert f"duologue fork {only_run(runs).name} --at" in refused.err


def test_a_scripted_run_wants_its_scenario(limited: Path, duologue: Duologue) -> None:
    """A run whose models were scripted says that it wants its scenario again, and is left as it is."""
    before = (limited / LOG_NAME).read_bytes()
    refused = duologue("resume", "last", "--max-turns", "9")
    assert refused.code == 2
    assert "--scenario" in refused.err
    assert (limited / LOG_NAME).read_bytes() == before


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_is_survived(by: signal.Signals, runs: Path, home: Path) -> None:
    """A run that a signal ended in the middle of a turn goes on, with all that it showed before."""
    with child("run", "--scenario", endless(home, exchanges=4), "--json") as process:
        shown = read_until(process, b'"turn.completed"', 3)
        process.send_signal(by)
        process.communicate()
    run = only_run(runs)
    before = (run / LOG_NAME).read_bytes()
    assert before.startswith(shown)
    assert isinstance(last_event(run), RunParked) == (by != signal.SIGKILL)
    # The scenario's speed is no part of the run.
    fast = endless(home, exchanges=4, speed=0)
    went_on = run_child("resume", "last", "--scenario", fast, "--json")
    assert went_on.code == 3, went_on.err
    assert (run / LOG_NAME).read_bytes() == before + went_on.out.encode()
    ended = last_event(run)
    assert isinstance(ended, RunEnded)
    assert (ended.spent.turns, ended.spent.calls) == (8, 12)


def test_an_endpoint_that_went_away_and_came_back(runs: Path, home: Path) -> None:
    """A run that parked because its endpoint was gone goes on with the same talk at another one."""
    config = home / "config.toml"
    config.write_text("[retry]\nattempts = 1\n", "utf-8")
    models = ("--user-model", "user", "--assistant-model", "assistant", "--judge-model", "judge")
    names = (*models, "--seed", "7")
    with answering() as whole:
        ran = run_child(
            "run", "Write the list.", *names, "--base-url", whole.url("a"), "--runs", home / "whole"
        )
        assert ran.code == 0, ran.err
    with answering(0.01) as first:
        common = ("--config", config, "--json")
        with child("run", "Write the list.", *names, *common, "--base-url", first.url("a")) as process:
            read_until(process, b'"verdict.given"')
            first.gone = True
            out, _ = process.communicate()
    assert process.returncode == 6, out
    with answering() as second:
        ran = run_child("resume", "last", *common, "--base-url", second.url("a"))
        assert ran.code == 0, ran.err
    assert second.asked["a"] == whole.asked["a"][-len(second.asked["a"]) :]
    assert 0 < len(second.asked["a"]) < len(whole.asked["a"])
    (resumed,) = resumptions(only_run(runs))
    assert resumed.settings["roles"]["judge"]["base_url"] == second.url("a")


def test_another_model_is_used_and_recorded(limited: Path, duologue: Duologue) -> None:
    """Models, endpoints and sampling that are named on going on are used from there on, and written down;
    what is not named stays."""
    with listening(Endpoint()) as endpoint:
        ran = duologue(
            *("resume", "last", "--base-url", endpoint.url, "--model", "small", "--judge-model", "other"),
            *("--set", "judge.temperature=0.5", "--max-turns", "5", "--quiet", "--api-key", "sk-secret-1"),
        )
    assert ran.code == 3, ran.err
    (resumed,) = resumptions(limited)
    roles = resumed.settings["roles"]
    assert {role: roles[role]["model"] for role in roles} == {
        "user": "small",
        "assistant": "small",
        "judge": "other",
    }
    header = json.loads((limited / LOG_NAME).read_bytes().splitlines()[0])
    assert roles["judge"]["sampling"] == {
        **header["settings"]["roles"]["judge"]["sampling"],
        "temperature": 0.5,
    }
    assert roles["user"]["sampling"] == header["settings"]["roles"]["user"]["sampling"]
    assert not [file for file in limited.rglob("*") if file.is_file() and b"sk-secret-1" in file.read_bytes()]


def test_a_key_is_never_recorded(
    runs: Path, home: Path, monkeypatch: pytest.MonkeyPatch, duologue: Duologue
) -> None:
    """The environment's key goes to an endpoint that the person names, on going on too, and to none that
    only the log names; it stands in no file of the run."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-2")
    with listening(Endpoint(key="sk-secret-2")) as endpoint:
        arguments = ("--base-url", endpoint.url, "--no-derive", "--max-turns", "1", "--quiet")
        assert duologue("run", "Say something.", *arguments).code == 3
        unnamed = duologue("resume", "last", "--max-turns", "2", "--quiet")
        assert unnamed.code == 2
        assert "wants a key, and none is set" in unnamed.err
        assert "--base-url" in unnamed.err
        named = ("--base-url", endpoint.url, "--max-turns", "2", "--quiet")
        assert duologue("resume", "last", *named).code == 3
    run = only_run(runs)
    assert len(resumptions(run)) == 1
    assert not [file for file in run.rglob("*") if file.is_file() and b"sk-secret-2" in file.read_bytes()]


@pytest.mark.parametrize("line", [0, 3])
def test_a_damaged_log_is_refused(line: int, limited: Path, home: Path, duologue: Duologue) -> None:
    """A log that is damaged before its end is not written to: exit 1, and the way to mend a copy."""
    log = limited / LOG_NAME
    lines = log.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b'"mono":', b'"mono":9', 1)
    log.write_bytes(b"".join(lines))
    before = log.read_bytes()
    refused = duologue("resume", "last", "--scenario", home / "endless.toml", "--max-turns", "9")
    assert refused.code == 1
    assert f"line {line + 1}" in refused.err
    assert f"duologue repair {limited.name}" in refused.err
    assert log.read_bytes() == before


def test_a_torn_tail_is_cut_and_reported(limited: Path, home: Path, duologue: Duologue) -> None:
    """The bytes of a torn last line are dropped before the run goes on, and the log says how many."""
    log = limited / LOG_NAME
    lines = log.read_bytes().splitlines(keepends=True)
    whole, torn = b"".join(lines[:-1]), lines[-1][:40]
    log.write_bytes(whole + torn)
    ran = duologue("resume", "last", "--scenario", home / "endless.toml", "--max-turns", "6", "--plain")
    assert ran.code == 3
    assert log.read_bytes().startswith(whole + b'{"seq":%d,"type":"run.resumed"' % len(lines))
    (resumed,) = resumptions(limited)
    assert resumed.cut == len(torn)
    assert f"{len(torn)} bytes of a torn line were dropped" in duologue("show", "last").out


def test_a_run_that_is_going_on_is_refused(runs: Path, home: Path) -> None:
    """A second process is refused with the first one's pid, and the first one goes on; a lock that nobody
    holds any more is taken over."""
    scenario = endless(home)
    with child("run", "--scenario", scenario, "--json") as process:
        read_until(process, b'"turn.completed"')
        refused = run_child("resume", "last", "--scenario", scenario)
        assert refused.code == 1
        assert f"pid {process.pid}" in refused.err
        read_until(process, b'"turn.completed"')
        process.kill()
        process.communicate()
    run = only_run(runs)
    assert (run / "pid").read_text() == str(process.pid)
    fast = endless(home, speed=0)
    assert run_child("resume", "last", "--scenario", fast, "--json", "--max-turns", "6").code == 3


def test_a_run_that_never_began_is_refused(runs: Path, duologue: Duologue) -> None:
    """A log without a whole first line has nothing to go on from: exit 1 and no traceback."""
    for name, data in (("a", b""), ("b", b'{"seq":1,"type":"run.st')):
        (runs / name).mkdir(parents=True)
        (runs / name / LOG_NAME).write_bytes(data)
        refused = duologue("resume", name)
        assert refused.code == 1
        assert "no beginning" in refused.err


def test_a_pipe_that_nobody_reads_parks_it_again(limited: Path, home: Path) -> None:
    """A run that is gone on with into a pipe that nobody reads is parked, and can be gone on with again."""
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "duologue", "resume", "last", "--scenario", str(endless(home)), "--json"]
    with subprocess.Popen([*command, "--max-turns", "40"], stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        os.close(reader)
        process.communicate()
    assert process.returncode == 6
    assert isinstance(last_event(limited), RunParked)
    fast = endless(home, speed=0)
    assert run_child("resume", "last", "--scenario", fast, "--json", "--max-turns", "6").code == 3
