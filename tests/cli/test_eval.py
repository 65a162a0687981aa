"""`duologue eval`: goals with held-out checks, by variants side by side, through Inspect AI."""

import importlib.util
import json
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from duologue.record.events import RunParked
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.conftest import Duologue
from tests.cli.endpoint import Endpoint, listening
from tests.cli.running import child, run_child
from tests.cli.scenarios import endless

needs_inspect = pytest.mark.skipif(
    importlib.util.find_spec("inspect_ai") is None, reason='needs Inspect AI: pip install "duologue[evals]"'
)
EXAMPLE = Path(__file__).parents[2] / "runs" / "examples" / "suite"
VARIANTS = ("--scripted", "--model", "careful", "--model", "hasty")
KEY = "sk-proj-" + "4f9c1e7b" * 6
REFUSED = """
[[goal]]
id = "refused"
goal = "A thing."
held_out = ["contains:x"]
scenario = "refused.toml"
"""


@needs_inspect
def test_two_variants_are_compared(runs: Path, home: Path, duologue: Duologue) -> None:
    """Each goal by each variant is a run of its own; held-out checks tell true from false verdicts, and a run
    that fails counts as neither."""
    shutil.copytree(EXAMPLE, home / "suite")
    suite = home / "suite" / "suite.toml"
    suite.write_text(
        suite.read_text().replace("A haiku about rain.", f"A haiku. The key is {KEY}.") + REFUSED
    )
    (home / "suite" / "refused.toml").write_text('[[reply]]\nmodel = "user"\nstatus = 401\n')
    (home / ".env").write_text("OPENAI_API_KEY=of-somebody-else\n")

    ran = run_child("eval", suite, *VARIANTS, "--jobs", "2", "--json")
    assert (ran.code, ran.err) == (1, "")
    found = json.loads(ran.out)
    careful, hasty = found["variants"]
    assert figures(careful) == ("careful", 4, 3, 3, 2, 0, 0, 1, 1.0)
    assert figures(hasty) == ("hasty", 4, 3, 1, 0, 2, 1, 0, 0.0)
    assert careful["outcomes"] == {"done": 2, "impossible": 1, "failed": 1}
    assert hasty["outcomes"] == {"done": 2, "limit": 1, "failed": 1}
    assert (careful["turns"], hasty["turns"]) == (12, 8)
    assert careful["tokens"] > hasty["tokens"] > 0
    assert_saved(found, runs)
    assert "contains:2026-06-02" not in logs(runs), "what is held out is told to nobody"

    folder = Path(found["folder"])
    assert json.loads((folder / "results.json").read_text()) == found
    assert len(list(folder.glob("*.eval"))) == 2
    listed = duologue("ls", "--json")
    assert len(listed.out.splitlines()) == 8
    imported = duologue("import", next(folder.glob("*careful*.eval")), "--runs", home / "imported")
    assert imported.code == 0, "Inspect AI's log can be read"
    assert "A haiku. The key is " in logs(home / "imported")
    assert KEY not in logs(home / "imported") + logs(runs)


def figures(of: dict[str, Any]) -> tuple[Any, ...]:
    names = (
        "variant",
        "trials",
        "ran",
        "passed",
        "true_done",
        "false_done",
        "missed",
        "truly_undone",
        "agreement",
    )
    return tuple(of[name] for name in names)


def assert_saved(found: dict[str, Any], runs: Path) -> None:
    """Each trial names a run that is whole, and that ended as it says."""
    for trial in found["trials"]:
        last = read_strict(runs / trial["run"] / LOG_NAME)[-1].event
        assert getattr(last, "outcome", None) == trial["outcome"]
    assert len({trial["run"] for trial in found["trials"]}) == 8


def logs(runs: Path) -> str:
    return "".join(path.read_text("utf-8") for path in runs.glob(f"*/{LOG_NAME}"))


@needs_inspect
def test_an_interrupt_parks_what_is_under_way(runs: Path, home: Path) -> None:
    """Every run under way is parked, further ones do not begin, what there is is shown, and the code is that
    of the signal."""
    endless(home)
    goals = (f'[[goal]]\nid = "{id_}"\ngoal = "A thing."\nscenario = "endless.toml"\n' for id_ in "abc")
    (home / "suite.toml").write_text("".join(goals))
    with child("eval", "suite.toml", "--scripted", "--jobs", "2") as process:
        until(lambda: logs(runs).count('"turn.completed"') >= 2 and len(list(runs.glob("*/log.jsonl"))) == 2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    parked = [read_strict(path)[-1].event for path in runs.glob(f"*/{LOG_NAME}")]
    assert [type(event) for event in parked] == [RunParked, RunParked]
    assert b"Traceback" not in err
    ends = [line.split(maxsplit=1) for line in out.decode().splitlines() if line[:2] in ("a ", "b ", "c ")]
    assert ends == [["a", "parked"], ["b", "parked"], ["c", "not begun"]]


BROKEN_OFF = """
derive = false
limits = { turns = 2 }
[[goal]]
id = "a"
goal = "A thing."
held_out = ["contains:line"]
[[goal]]
id = "b"
goal = "Another thing."
"""


@needs_inspect
def test_what_was_broken_off_is_gone_on_with(home: Path, runs: Path) -> None:
    """With --resume, parked runs go on, what came to an end is not run again, a goal that was changed is
    begun anew, and what is held out is looked at again."""
    suite, config = home / "suite.toml", home / "mine.toml"
    suite.write_text(BROKEN_OFF)
    config.write_text("[retry]\nattempts = 1\n")
    with listening(Endpoint(refuses=503, text="<result>\nOne line.\n</result>")) as endpoint:
        words = ("eval", suite, "--config", config, "--base-url", endpoint.url, "--runs", runs)
        first = run_child(*words)
        assert first.code == 1
        assert f"Go on with them: duologue eval {suite}" in first.err
        name = first.err.partition("--resume ")[2].split()[0]
        parked = {path.parent.name for path in runs.glob(f"*/{LOG_NAME}")}
        assert len(parked) == 2

        endpoint.refuses = None
        second = run_child(*words, "--resume", name, "--json")
        assert second.code == 0, second.err
        found = json.loads(second.out)
        assert {trial["run"] for trial in found["trials"]} == parked
        assert [trial["outcome"] for trial in found["trials"]] == ["limit", "limit"]

        asked = endpoint.asked
        with (runs / "evals" / name / "trials.jsonl").open("a") as journal:
            journal.write('{"digest": "cut o')
        suite.write_text(BROKEN_OFF.replace("contains:line", "contains:absent"))
        third = run_child(*words, "--resume", "last")
        assert (third.code, endpoint.asked) == (0, asked)
        assert "2 of 2 runs came to an end before." in third.err
        results = json.loads((runs / "evals" / name / "results.json").read_text())
        assert results["trials"][0]["passed"] is False

        suite.write_text(BROKEN_OFF.replace("Another thing.", "A third thing."))
        assert run_child(*words, "--resume", "last").code == 0
    assert len(list(runs.glob(f"*/{LOG_NAME}"))) == 3


def until(happened: Any) -> None:
    for _ in range(3000):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def test_where_inspect_ai_is_missing(home: Path) -> None:
    """One sentence and how to install it, and no run is begun."""
    script = "import sys; sys.modules['inspect_ai'] = None; from duologue.cli.main import main; main()"
    command = (sys.executable, "-c", script)
    ran = run_child("eval", EXAMPLE / "suite.toml", *VARIANTS, "--runs", home / "runs", command=command)
    assert (ran.code, ran.out) == (2, "")
    assert "Evaluations need Inspect AI" in ran.err
    assert '"duologue[evals]"' in ran.err
    assert not (home / "runs").exists()


@needs_inspect
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((EXAMPLE / "suite.toml",), "No endpoint is configured"),
        ((EXAMPLE / "none.toml", "--scripted"), "cannot be read"),
        ((EXAMPLE / "suite.toml", "--scripted"), "scenarios/as set/dates.toml cannot be read"),
        ((EXAMPLE / "suite.toml", *VARIANTS, "--model", "hasty"), "hasty is named twice"),
        ((EXAMPLE / "suite.toml", *VARIANTS, "--pair", "none"), "goal 'dates': "),
        ((EXAMPLE / "suite.toml", *VARIANTS, "--jobs", "0"), "--jobs"),
        ((EXAMPLE / "suite.toml", *VARIANTS, "--resume", "last"), "'last' is no evaluation in "),
    ],
)
def test_what_is_wrong_is_said_before_any_run(
    arguments: tuple[str | Path, ...], says: str, runs: Path, duologue: Duologue
) -> None:
    """Wrong usage is one sentence, code 2, and nothing is made."""
    ran = duologue("eval", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert not runs.exists()
