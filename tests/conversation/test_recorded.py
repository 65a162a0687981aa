"""A saved run answers in place of a model: unchanged it replays, and a change is refused where it shows."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scripted_run import NOT_DONE, Outcome, make_assignment, play
from test_resume import cut_copy, go_on, verdicts
from test_resume_scenarios import SAMPLES, exchanges, judged

from duologue.conversation.assignment import Assignment
from duologue.conversation.fork import Fork, fork
from duologue.conversation.host import Host
from duologue.conversation.launch import launch
from duologue.conversation.recall import header_of, recall_assignment
from duologue.conversation.recorded import RecordedTransport
from duologue.conversation.run import Ending
from duologue.endpoint.scenario import load_scenario
from duologue.endpoint.scripted import ScriptedTransport
from duologue.record import events as ev
from duologue.record.log import LOG_NAME
from duologue.record.parts import TokenCount
from duologue.record.reader import read_strict


async def replay(
    run: Path, assignment: Assignment, changed: Assignment | None = None
) -> tuple[Ending, list[ev.Event], RecordedTransport]:
    """Let the assignment be pursued anew, or a changed one, with the saved run in place of a model."""
    records = read_strict(run / LOG_NAME)
    recalled = recall_assignment(header_of(records), run, assignment.settings)
    transport = RecordedTransport(recalled, records)
    folder = run.parent / f"{run.name}-again"
    ending = await launch(changed or recalled, folder, Host(transport=transport))
    return ending, [record.event for record in read_strict(folder / LOG_NAME)], transport


def without_failures(events: Sequence[ev.Event]) -> list[str]:
    """The types of the events, but for attempts that failed on the way to an answer."""
    return [event.type for event in events if not isinstance(event, ev.AttemptFailed)]


def usage(events: Sequence[ev.Event]) -> list[TokenCount]:
    """What each completion used."""
    return [event.usage for event in events if isinstance(event, ev.CompletionReceived)]


@pytest.mark.parametrize("name", SAMPLES)
async def test_an_unchanged_run_replays(name: str, tmp_path: Path) -> None:
    """An unchanged run comes to the same end over the same events, with the usage that was recorded."""
    sample = SAMPLES[name]
    whole = await sample.play(tmp_path)
    ending, events, transport = await replay(whole.log.parent, sample.assignment)
    assert transport.difference is None
    assert without_failures(events) == without_failures(whole.events)
    assert verdicts(events) == verdicts(whole.events)
    assert usage(events) == usage(whole.events)
    assert (ending.outcome, ending.result, ending.unmet) == (
        whole.ending.outcome,
        whole.ending.result,
        whole.ending.unmet,
    )


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_run_that_was_resumed_replays(name: str, tmp_path: Path) -> None:
    """A run that was cut off in its midst and gone on with serves as well as one that was not."""
    sample = SAMPLES[name]
    whole = await sample.play(tmp_path)
    for share in (0.3, 0.5, 0.8):
        folder = tmp_path / f"cut-{share}"
        cut_copy(whole.log.parent, int(len(whole.events) * share), folder)
        await go_on(folder, tmp_path / "scenario.toml", sample.assignment)
        ending, events, transport = await replay(folder, sample.assignment)
        assert transport.difference is None
        assert verdicts(events) == verdicts(whole.events)
        assert (ending.outcome, ending.result) == (whole.ending.outcome, whole.ending.result)


async def test_a_fork_replays(tmp_path: Path) -> None:
    """A fork replays from its parent's beginning to its own end."""
    sample = SAMPLES["compacted"]
    parent = await sample.play(tmp_path)
    records = read_strict(parent.log)
    recalled = recall_assignment(header_of(records), parent.log.parent, sample.assignment.settings)
    scenario = tmp_path / "other.toml"
    scenario.write_text("".join((*exchanges(9), *judged(*[NOT_DONE] * 9))), "utf-8")
    folder = tmp_path / "forked"
    host = Host(transport=ScriptedTransport(load_scenario(scenario)))
    forked = await fork(parent.log.parent, records, folder, recalled, Fork(5), host)
    ending, events, transport = await replay(folder, sample.assignment)
    assert transport.difference is None
    assert (ending.outcome, ending.result) == (forked.outcome, forked.result)
    assert verdicts(events) == verdicts([record.event for record in read_strict(folder / LOG_NAME)])


CHANGES: dict[str, Any] = {
    "criterion": ({"criteria": ("Another supplier is named.",)}, "user", "Another supplier is named."),
    "goal": ({"goal": "Find the dearest supplier."}, "user", "Find the dearest supplier."),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_is_refused_at_the_first_request_that_shows_it(name: str, tmp_path: Path) -> None:
    """A run with another criterion or goal gets no recorded answer to a question that was not asked; the
    difference is told as a diff."""
    change, role, text = CHANGES[name]
    sample = SAMPLES["plain"]
    whole = await sample.play(tmp_path)
    changed = replace(sample.assignment, **change)
    ending, events, transport = await replay(whole.log.parent, sample.assignment, changed)
    assert ending.outcome == "failed"
    assert f"this request of the {role} is not the one that was recorded" in ending.reason
    assert [event.type for event in events].count("completion.received") == 0
    lines = (transport.difference or "").splitlines()
    assert lines[:2] == ["--- recorded", "+++ now"]
    assert any(line.startswith("+") and text in line for line in lines)
    assert any(line.startswith("-") and "cheapest" in line for line in lines)


async def test_another_judge_is_refused_at_its_first_verdict(tmp_path: Path) -> None:
    """What comes before the first request that differs is answered as it was."""
    sample = SAMPLES["plain"]
    whole = await sample.play(tmp_path)
    pair = sample.assignment.pair
    prompts = {**pair.prompts, "judge": pair.prompts["judge"] + "\nBe strict."}
    changed = replace(sample.assignment, pair=replace(pair, prompts=prompts))
    ending, events, transport = await replay(whole.log.parent, sample.assignment, changed)
    assert ending.outcome == "failed"
    assert [event.turn for event in events if isinstance(event, ev.TurnCompleted)] == [1, 2]
    assert "+Be strict." in (transport.difference or "")


async def test_a_recording_that_breaks_off(tmp_path: Path) -> None:
    """A run that goes on longer than the recorded one is refused where the record ends."""
    sample = SAMPLES["turns spent"]
    whole = await sample.play(tmp_path)
    longer = make_assignment(limits={"turns": 8})
    ending, events, transport = await replay(whole.log.parent, sample.assignment, longer)
    assert ending.outcome == "failed"
    assert transport.difference == "The recorded run has no further completion."
    assert len(verdicts(events)) == 3


async def test_odd_text_replays(tmp_path: Path) -> None:
    """Control characters in a recorded answer, and its thoughts, come back as they stand in the log."""
    odd = "Corva \u2028 and \x1b[31m more\n<result>\nCorva is the cheapest supplier.\n</result>"
    whole = await play(
        tmp_path,
        *exchanges(1)[:1],
        f'[[reply]]\nmodel = "assistant"\ntext = {json.dumps(odd)}\nreasoning = "Twelve is less."\n',
        *judged(NOT_DONE),
        limits={"turns": 2},
    )
    ending, events, _ = await replay(whole.log.parent, make_assignment(limits={"turns": 2}))
    texts = [
        [(e.text, e.reasoning) for e in of if isinstance(e, ev.CompletionReceived)]
        for of in (events, whole.events)
    ]
    assert texts[0] == texts[1]
    assert texts[0][1][1] == "Twelve is less."
    assert ending.result == whole.ending.result


async def test_a_copy_serves_without_the_original(tmp_path: Path) -> None:
    """The run's folder is all that a replay needs: sources and checks come from its own blobs."""
    sample = SAMPLES["checks"]
    whole: Outcome = await sample.play(tmp_path)
    moved = tmp_path / "elsewhere" / "copy"
    shutil.copytree(whole.log.parent, moved)
    shutil.rmtree(whole.log.parent)
    ending, _, transport = await replay(moved, sample.assignment)
    assert transport.difference is None
    assert ending.outcome == "done"
