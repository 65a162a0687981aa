"""A long log as a file: several pages, with everything that may lie across their borders."""

from pathlib import Path

from screen_sample import Log

from duologue.record import events as ev
from duologue.record.lines import encode_line
from duologue.record.parts import PlanTask
from duologue.record.view import RunView


def long_log(turns: int) -> Log:
    """Turns of unequal length, with verdicts, guards, turns cut off and taken again, and plans."""
    log = Log(cost_usd=0.001)
    log.start(max_turns=turns)
    for turn in range(1, turns + 1):
        role = "user" if turn % 2 else "assistant"
        if turn % 17 == 0:
            log.begin(turn, role)
            log.add(ev.RunResumed(program="0", limits=log.records[0].event.limits))  # type: ignore[union-attr]
        if turn % 13 == 0:
            log.add(ev.GuardRaised(turn=turn, role=role, guard="echo", reason="again", rung="nudge"))
        log.turn(turn, role, f"turn {turn}\n" + f"line of words {turn}\n" * (turn % 40))
        if turn % 9 == 0:
            log.add(ev.PlanChanged(turn=turn, tasks=[PlanTask(id="1", text=f"task of turn {turn}")]))
        if turn % 10 == 0:
            log.verdict(turn, "continue", "met" if turn % 20 else "unmet", stands=bool(turn % 20))
    return log


def written(log: Log, folder: Path) -> Path:
    """The log as a file in that folder."""
    path, previous = folder / "log.jsonl", ""
    with path.open("wb") as file:
        for record in log.records:
            line, previous = encode_line(record.seq, record.at, record.mono, record.event, previous)
            file.write(line)
    return path


def folded(log: Log, count: int | None = None) -> RunView:
    """The view of the log's first records."""
    view = RunView()
    for record in log.records[:count]:
        view.apply(record)
    return view
