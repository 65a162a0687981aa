"""A power loss takes what was not synced; this holds the run to what it syncs, and when."""

import os
import shutil
from pathlib import Path

import pytest
from scripted_run import DONE, NOT_DONE, make_assignment, play
from test_resume import go_on
from test_resume_scenarios import exchanges, judged

from duologue.record import events as ev
from duologue.record.log import LOG_NAME


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How large each synced file was, sync by sync; the syncs themselves are the system's own."""
    sizes: list[int] = []
    sync = os.fdatasync

    def noting(descriptor: int) -> None:
        sync(descriptor)
        sizes.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fdatasync", noting)
    return sizes


SAID = (*exchanges(3), *judged(NOT_DONE, NOT_DONE, DONE))


async def test_everything_is_synced_before_the_next_call_is_paid_for(
    tmp_path: Path, synced: list[int]
) -> None:
    """When a completion arrives, all that stands before it in the log had been synced before it was asked."""
    out = await play(tmp_path, *SAID)
    offset, arrived = 0, []
    for line, event in zip(out.log.read_bytes().splitlines(keepends=True), out.events, strict=True):
        if isinstance(event, ev.CompletionReceived):
            arrived.append(offset)
        offset += len(line)
    assert len(arrived) == 9
    assert set(arrived) <= set(synced)
    assert synced[-1] == out.log.stat().st_size


async def test_a_power_loss_costs_at_most_the_turn_in_progress(tmp_path: Path, synced: list[int]) -> None:
    """Whatever was synced last, the run goes on from there to the result of the undisturbed one, and asks
    again for one completion at most."""
    whole = await play(tmp_path, *SAID)
    calls = len(whole.of(ev.CompletionReceived))
    for number, size in enumerate(sorted(set(synced))[:-1]):
        left = tmp_path / f"left-{number}"
        shutil.copytree(tmp_path / "run", left)
        (left / LOG_NAME).write_bytes(whole.log.read_bytes()[:size])
        before = (left / LOG_NAME).read_bytes().count(b'"completion.received"')
        resumed = await go_on(left, tmp_path / "scenario.toml", make_assignment())
        assert resumed.ending.result == whole.ending.result
        assert resumed.ending.outcome == "done"
        assert before + len(resumed.seen) == calls
