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
