"""Rate limits between a client and a real socket, which counts what comes."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from duologue.config import LimitsTable
from duologue.conversation.clients import open_clients
from duologue.conversation.host import Host
from duologue.endpoint.client import Client
from duologue.endpoint.limiter import Limiter
from duologue.errors import EndpointError
from duologue.messages import ROLE_NAMES
from duologue.settings import Settings
from duologue.targets import Clocks, Rates, RetryPolicy, Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.wire import Wire, chunked, refusal, said, whole

OFTEN = RetryPolicy(attempts=3)


@dataclass
class Crowded(Wire):
    """A wire that counts how many requests it has at a time, and answers when `full` of them have come."""

    full: int = 4
    in_flight: int = 0
    most: int = 0
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    seen: int = 0

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET"):
            writer.write(b"".join(part for part in MODELS.parts if isinstance(part, bytes)))
            return True
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-l"))
        await reader.readexactly(length)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        async with self.arrived:
            self.seen += 1
            batch = -(-self.seen // self.full) * self.full
            self.arrived.notify_all()
            await self.arrived.wait_for(lambda: self.seen >= batch)
        # A moment in which one too many would arrive.
        await asyncio.sleep(0.005)
        self.in_flight -= 1
        writer.write(b"".join(part for part in ANSWER.parts if isinstance(part, bytes)))
        return True


ANSWER = chunked(said("hi"))
MODELS = whole({"data": [{"id": "m"}]})


def settings_for(url: str, rates: Rates) -> Settings:
    """The settings of a run whose roles all speak to this endpoint."""
    return Settings(
        targets={role: Target(url, "m") for role in ROLE_NAMES},
        runs=Path("unused"),
        limits=LimitsTable(),
        clocks=Clocks(),
        policy=OFTEN,
        context_tokens=4096,
        rates=rates,
    )


async def test_thirty_two_at_a_limit_of_four() -> None:
    """Two runs of one process, and all roles of each, never have more than four requests on the way."""
    rates = Rates(concurrency=4)
    async with Crowded() as wire, AsyncExitStack() as stack:
        runs = [await open_clients(settings_for(wire.url, rates), stack, Host()) for _ in range(2)]
        async with asyncio.TaskGroup() as group:
            for number in range(32):
                group.create_task(runs[number % 2][ROLE_NAMES[number % 3]].complete(ASK))
    assert (wire.seen, wire.most) == (32, 4)


async def test_a_retry_after_holds_back_the_others() -> None:
    """While one waits out a 429, another that shares the limiter sends nothing either."""
    slept: asyncio.Queue[float] = asyncio.Queue()
    over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.put_nowait(seconds)
        await over.wait()

    limiter = Limiter(clock=lambda: 0.0, sleep=sleep)
    async with (
        Wire([whole({"error": "slow"}, 429, Retry_After="30"), ANSWER]) as wire,
        AsyncExitStack() as stack,
    ):
        one, other = [
            await stack.enter_async_context(Client(Target(wire.url, "m"), limiter=limiter)) for _ in range(2)
        ]
        first = asyncio.ensure_future(one.complete(ASK))
        assert await slept.get() == 30
        second = asyncio.ensure_future(other.complete(ASK))
        assert await slept.get() == 30
        assert len(wire.requests) == 1
        over.set()
        assert [(await first).waited_s, (await second).waited_s] == [0, 30]
        assert len(wire.requests) == 3


@pytest.mark.parametrize("status", [200, 500])
async def test_headers_are_honoured_unasked(bench: Bench, status: int) -> None:
    """When the server says that nothing is left, the next request waits for the reset; the wait is told."""
    spent = {"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "20s"}
    body = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
    limiter = Limiter(clock=lambda: 0.0, sleep=bench.ear.sleep)
    bench.wire.answers[:] = [whole(body, status, **spent), ANSWER]
    client = await bench.client(limiter=limiter)
    first = await client.complete(ASK)
    second = await client.complete(ASK)
    assert first.waited_s + second.waited_s == pytest.approx(20 if status == 200 else 20 - bench.ear.slept[0])
    assert sum(bench.ear.slept) == pytest.approx(20)


async def test_a_limit_that_outlasts_the_run_parks_it(bench: Bench) -> None:
    """No attempt is made that would have to wait past the run's time; none is reported as failed."""
    bench.wire.answers[:] = [ANSWER]
    client = await bench.client(limiter=Limiter(Rates(rpm=1), clock=lambda: 0.0, sleep=bench.ear.sleep))
    await client.complete(ASK, bench.ear.listener)
    with pytest.raises(EndpointError) as caught:
        await client.complete(ASK, bench.ear.listener, time_left_s=59)
    assert caught.value.parks
    assert (len(bench.wire.requests), bench.ear.failures, bench.ear.slept) == (1, [], [])
    await client.complete(ASK, bench.ear.listener, time_left_s=61)
    assert bench.ear.slept == [60]


async def test_a_refused_request_costs_no_tokens(bench: Bench) -> None:
    """What the server turned away does not count against the tokens a minute; requests do."""
    prompt = [refusal(500), refusal(500), ANSWER]
    bench.wire.answers[:] = prompt
    limiter = Limiter(Rates(tpm=80), clock=lambda: 0.0, sleep=bench.ear.sleep)
    client = await bench.client(limiter=limiter)
    got = await client.complete(ASK)
    assert got.waited_s == 0
