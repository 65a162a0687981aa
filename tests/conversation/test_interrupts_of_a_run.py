"""An interrupt, by the person or from around: when it comes decides what is left of a run."""

import asyncio
from pathlib import Path

import httpx
import pytest
from scripted_run import ASK, DONE, EXCHANGE, make_assignment, play, reply, scripted

from duologue.conversation.host import Host
from duologue.conversation.interrupt import Interrupt
from duologue.conversation.launch import launch
from duologue.errors import Interrupted
from duologue.record import events as ev
from duologue.record.reader import read_strict


class Waiting(httpx.AsyncBaseTransport):
    """A stand-in that tells when the request of that number has arrived."""

    def __init__(self, inner: httpx.AsyncBaseTransport, number: int) -> None:
        self._inner = inner
        self._left = number
        self.reached = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= request.url.path.endswith("/completions")
        if self._left == 0:
            self.reached.set()
        return await self._inner.handle_async_request(request)


async def test_interrupt_parks(tmp_path: Path) -> None:
    """The person's interrupt parks the run, which returns in order and says who asked."""
    interrupt = Interrupt()
    hangs = EXCHANGE, reply("judge", DONE, delay_ms=600_000)
    transport = Waiting(scripted(tmp_path, *hangs), 3)
    task = asyncio.create_task(play(tmp_path, interrupt=interrupt, transport=transport))
    await asyncio.wait_for(transport.reached.wait(), 20)
    interrupt.request("the test")
    interrupt.request("somebody later")
    run = await task
    assert (run.ending.outcome, run.ending.reason) == ("parked", "Interrupted by the test.")
    assert run.ending.result == "Corva is the cheapest supplier."
    assert run.events[-1].type == "run.parked"
    assert not task.cancelling()


async def test_an_interrupt_after_the_end_does_nothing(tmp_path: Path) -> None:
    """A run that has ended takes nobody with it who was waiting for it."""
    interrupt = Interrupt()
    run = await play(tmp_path, EXCHANGE, reply("judge", DONE), interrupt=interrupt)
    interrupt.request("somebody late")
    await asyncio.sleep(0)
    assert run.ending.outcome == "done"


async def test_interrupt_before_the_run(tmp_path: Path) -> None:
    """A person who interrupts while the endpoints are tried leaves no run behind, and pays for nothing."""
    interrupt = Interrupt()
    interrupt.request("the test")
    transport = scripted(tmp_path, EXCHANGE)
    with pytest.raises(Interrupted, match="the test"):
        await launch(make_assignment(), tmp_path / "run", Host(interrupt=interrupt, transport=transport))
    assert transport.seen == []
    assert not (tmp_path / "run").exists()
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_interrupt_before_the_first_call(tmp_path: Path) -> None:
    """A person who interrupts as the log is begun gets a parked run, and pays for nothing."""
    interrupt, transport = Interrupt(), scripted(tmp_path, EXCHANGE)
    host = Host(
        interrupt=interrupt, transport=transport, observers=[lambda *_: interrupt.request("the test")]
    )
    ending = await launch(make_assignment(), tmp_path / "run", host)
    assert (ending.outcome, ending.reason) == ("parked", "Interrupted by the test.")
    assert transport.seen == []
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_outer_cancellation_is_passed_on(tmp_path: Path) -> None:
    """A cancellation from around the run is recorded and passed on, not taken for the person's."""
    transport = Waiting(scripted(tmp_path, reply("user", ASK, delay_ms=600_000)), 1)
    task = asyncio.create_task(play(tmp_path, transport=transport))
    await asyncio.wait_for(transport.reached.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    parked = read_strict(tmp_path / "run" / "log.jsonl")[-1].event
    assert isinstance(parked, ev.RunParked)
    assert parked.reason == "Interrupted by the program around it."
