"""What going on with a very long run costs: `python -m tests.benchmarks.resume [EVENTS]`.

The run is resumed by the command itself, in a process of its own; it ends at its first call, for which the
scenario has no reply, so that what is measured is the start and the folding of the log.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from duologue.cli.options import Wish, prepare
from duologue.conversation.assignment import Assignment
from duologue.record import events as ev
from duologue.record.log import LogWriter
from duologue.record.parts import (
    Criterion,
    CriterionVerdict,
    LimitsRecord,
    PairRecord,
    Purpose,
    Span,
    TokenCount,
)
from tests.benchmarks.table import where

_EVENTS: Final = 50_000
_BOUND_S: Final = 2.0
_USAGE: Final = TokenCount(prompt=4000, completion=60)
_SCENARIO: Final = """
goal = "Describe every item of the list."
pair = "general"
criteria = ["Every item is described."]
"""


def main() -> None:
    """Print how much CPU the command took, three times."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else _EVENTS
    print(f"Going on with a run of {events:,} events, taken on {where()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="duologue-resume-") as folder:
        scenario = Path(folder) / "scenario.toml"
        scenario.write_text(_SCENARIO)
        run = Path(folder) / "runs" / "20261122-000000-000000"
        turns = _write(run, prepare(Wish(scenario=scenario)).assignment, events)
        for _ in range(3):
            took = _resume(run, scenario, turns)
            held = "holds" if took < _BOUND_S else "MISSED"
            print(f"  {took:.2f} s of CPU, whole command   < {_BOUND_S:g} s   {held}", flush=True)


def _write(run: Path, assignment: Assignment, events: int) -> int:
    """A run of so many events, as a long talk leaves them; returns its turns."""
    with LogWriter.create(run) as log:
        log.append(_header(run, assignment))
        criterion = Criterion(id="c1", text=assignment.criteria[0], kind="judged", origin="option")
        log.append(ev.CriteriaSet(criteria=[criterion]))
        turn, written = 0, 2
        while written < events:
            _exchange(log, turn)
            turn, written = turn + 2, written + 8
    return turn


def _header(run: Path, assignment: Assignment) -> ev.RunStarted:
    pair = assignment.pair
    return ev.RunStarted(
        program="benchmark",
        run=run.name,
        goal=assignment.goal,
        pair=PairRecord(name=pair.name, title=pair.title, version=pair.version, prompts=dict(pair.prompts)),
        settings=assignment.recorded_settings(assignment.settings.targets),
        limits=LimitsRecord(),
        seed=assignment.seed,
    )


def _exchange(log: LogWriter, turn: int) -> None:
    instruction = f"Describe item {turn * 7} of the list, with its {turn} parts, in a few words."
    text = f"Item {turn * 7}:\n<result>\nText number {turn} about item {turn * 7} and its parts.\n</result>"
    asked = _turn(log, turn + 1, "user", instruction)
    log.append(ev.TurnCompleted(turn=turn + 1, role="user", completions=[asked]))
    said = _turn(log, turn + 2, "assistant", text)
    span = Span(completion=said, start=text.index("Text"), end=text.index("\n</result>"))
    log.append(ev.TurnCompleted(turn=turn + 2, role="assistant", completions=[said], result=span))
    judged = _completion(log, turn + 2, "judge", "verdict", "{}")
    word = CriterionVerdict(id="c1", state="unmet", reason="Some items are missing.")
    log.append(
        ev.VerdictGiven(
            turn=turn + 2, decision="continue", summary="Not yet.", completion=judged, criteria=[word]
        )
    )


def _turn(log: LogWriter, turn: int, role: ev.RoleName, text: str) -> int:
    log.append(ev.TurnStarted(turn=turn, role=role))
    return _completion(log, turn, role, "turn", text)


def _completion(log: LogWriter, turn: int, role: ev.RoleName, purpose: Purpose, text: str) -> int:
    event = ev.CompletionReceived(
        turn=turn,
        role=role,
        purpose=purpose,
        attempt="aabbccddeeff",
        model=role,
        text=text,
        finish_reason="stop",
        usage=_USAGE,
        pace=[(60, 20)] * 5,
    )
    return log.append(event).seq


def _resume(run: Path, scenario: Path, turns: int) -> float:
    """Seconds of CPU that the command takes."""
    command = [sys.executable, "-m", "duologue", "resume", run.name, "--runs", str(run.parent)]
    command += ["--scenario", str(scenario), "--max-turns", str(turns + 8), "--quiet"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "no more replies" in done.stderr, done.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
