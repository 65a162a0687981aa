"""A run that was cut off while a tool ran."""

import shutil
from pathlib import Path

from scripted_run import DONE, make_assignment, play
from test_resume import go_on
from test_resume_scenarios import exchanges, judged

from duologue.record import events as ev
from duologue.record.log import LOG_NAME, LogWriter


async def test_a_tool_that_had_not_finished_is_not_run_again(tmp_path: Path) -> None:
    """Its outcome is logged as unknown, its role is told so once, and the run goes on to its result."""
    whole = await play(tmp_path, *exchanges(1), *judged(DONE))
    begun = next(
        n for n, event in enumerate(whole.events) if isinstance(event, ev.TurnStarted) and event.turn == 2
    )
    left = tmp_path / "left"
    shutil.copytree(tmp_path / "run", left)
    lines = whole.log.read_bytes().splitlines(keepends=True)
    (left / LOG_NAME).write_bytes(b"".join(lines[: begun + 1]))
    log, _ = LogWriter.reopen(left)
    with log:
        log.append(ev.ToolStarted(turn=2, role="assistant", call="a", name="shell", arguments="{}"))
    resumed = await go_on(left, tmp_path / "scenario.toml", make_assignment())
    finished = [event for event in resumed.events if isinstance(event, ev.ToolFinished)]
    assert [(event.call, event.ok, event.unknown) for event in finished] == [("a", False, True)]
    told = str(resumed.seen[0]["messages"])
    assert resumed.seen[0]["model"] == "assistant"
    assert told.count("Its outcome is unknown; it was not run again.") == 1
    assert resumed.ending.result == whole.ending.result
