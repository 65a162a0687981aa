"""One server, one client factory and one listener for each test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from duologue.endpoint.client import Client
from duologue.endpoint.completion import Completion, Delta, FailedAttempt, Listener, Request
from duologue.errors import EndpointError
from duologue.messages import Message
from duologue.targets import RetryPolicy, Target
from tests.endpoint.wire import Answer, Wire

ASK = Request([Message("system", "Be brief."), Message("user", "Hello?")])


@dataclass
class Ear:
    """Hears what a client reports, and how long its policy slept."""

    deltas: list[Delta] = field(default_factory=list)
    failures: list[FailedAttempt] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    @property
    def listener(self) -> Listener:
        return Listener(self.deltas.append, self.failures.append)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def kinds(self) -> list[str]:
        return [failed.kind for failed in self.failures]


@dataclass
class Bench:
    """A wire, an ear, and clients of that wire which never really wait between attempts."""

    wire: Wire
    ear: Ear
    stack: AsyncExitStack

    async def client(self, **options: Any) -> Client:
        target = options.pop("target", None) or Target(self.wire.url, "m")
        options.setdefault("policy", RetryPolicy(attempts=3))
        return await self.stack.enter_async_context(Client(target, sleep=self.ear.sleep, **options))

    async def ask(self, *answers: Answer, request: Request = ASK, **options: Any) -> Completion:
        self.wire.answers[:] = answers
        client = await self.client(**options)
        return await client.complete(request, self.ear.listener)

    async def fail(self, *answers: Answer, **options: Any) -> EndpointError:
        with pytest.raises(EndpointError) as caught:
            await self.ask(*answers, **options)
        return caught.value


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with Wire() as wire, AsyncExitStack() as stack:
        yield Bench(wire, Ear(), stack)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
