"""Nothing is paid for before what came before it is on disk."""

from pathlib import Path

import httpx
import pytest
from scripted_run import DONE, EXCHANGE, NOT_DONE, make_assignment, play, reply, scripted

from duologue.conversation.host import Host
from duologue.conversation.launch import launch
from duologue.endpoint.scenario import load_scenario
from duologue.endpoint.scripted import ScriptedTransport
from duologue.record import events as ev
from duologue.record.reader import read_log, read_strict


class Reading(httpx.AsyncBaseTransport):
    """A stand-in that reads the log at each request for a completion."""

    def __init__(self, inner: httpx.AsyncBaseTransport, log: Path) -> None:
        self._inner = inner
        self._log = log
        self.types: list[list[str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/completions"):
            self.types.append([record.event.type for record in read_strict(self._log)])
        return await self._inner.handle_async_request(request)


async def test_turn_is_on_disk_before_the_next_call(tmp_path: Path) -> None:
    """Before a call is paid for, all that came before it stands in the log, whole."""
    transport = Reading(scripted(tmp_path, EXCHANGE, reply("judge", DONE)), tmp_path / "run" / "log.jsonl")
    await play(tmp_path, transport=transport)
    turn = ["turn.started", "completion.received", "turn.completed"]
    before = ["run.started", "criteria.set"]
    assert transport.types == [
        [*before, "turn.started"],
        [*before, *turn, "turn.started"],
        [*before, *turn, *turn],
    ]


class Deleting(httpx.AsyncBaseTransport):
    """A stand-in that deletes the log at the request of that number."""

    def __init__(self, inner: httpx.AsyncBaseTransport, log: Path, at: int) -> None:
        self._inner = inner
        self._log = log
        self._at = at
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += request.url.path.endswith("/completions")
        if self.asked == self._at and self._log.exists():
            self._log.unlink()
        return await self._inner.handle_async_request(request)


@pytest.mark.parametrize("at", [2, 3])
async def test_log_is_committed_before_each_call(at: int, tmp_path: Path) -> None:
    """A log that was deleted is noticed by the commit before the next call, which is not made; or by that of
    the ending, which is then no success."""
    log = tmp_path / "run" / "log.jsonl"
    transport = Deleting(scripted(tmp_path, EXCHANGE, reply("judge", DONE)), log, at)
    ending = await launch(make_assignment(), tmp_path / "run", Host(transport=transport))
    assert (ending.outcome, transport.asked) == ("failed", at)
    assert "deleted or moved" in ending.reason
    assert ending.result == "Corva is the cheapest supplier."


async def test_disk_full(small_disk: Path) -> None:
    """A full disk ends the run before the next call is paid for, and the log stays whole."""
    replies = [
        reply("user", f"Part {n} of it, please.") + reply("assistant", f"{n} " * 4000) for n in range(9)
    ]
    (small_disk.parent / "replies.toml").write_text("".join([*replies, reply("judge", NOT_DONE, repeat=9)]))
    transport = ScriptedTransport(load_scenario(small_disk.parent / "replies.toml"))
    ending = await launch(
        make_assignment(limits={"turns": 18}), small_disk / "run", Host(transport=transport)
    )
    assert ending.outcome == "failed"
    assert "cannot be written" in ending.reason
    records, problems = read_log(small_disk / "run" / "log.jsonl")
    assert problems == []
    answers = sum(isinstance(record.event, ev.CompletionReceived) for record in records)
    assert answers <= len(transport.seen) <= answers + 1


async def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Where no run can be saved, nothing is paid for."""
    transport = scripted(tmp_path, EXCHANGE)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Exception, match="cannot be made"):
        await launch(make_assignment(), tmp_path / "file" / "run", Host(transport=transport))
    assert transport.seen == []
