"""Servers that run on this machine: looked for on loopback, all ports at once, and sent no key."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal

import httpx

from duologue.endpoint.connection import open_pool
from duologue.endpoint.limiter import Limiter
from duologue.endpoint.line import Line, open_line
from duologue.endpoint.server import Served, served_at
from duologue.errors import EndpointError, EndpointFault
from duologue.targets import Clocks, Target

HOST: Final = "127.0.0.1"
_CLOCKS: Final = Clocks(connect_s=1.0)
_WITHIN_S: Final = 3.0
_MOST_BYTES: Final = 2**20

Standing = Literal["ready", "empty", "loading", "locked", "silent", "foreign"]
"""A found server lists models, lists none, is still loading one, or wants a key; or something listens that
says nothing in time, or that is no such server."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """Something that listens at a port of this machine."""

    base_url: str
    served: Served

    @property
    def standing(self) -> Standing:
        """What can be said of it."""
        fault = self.served.fault
        if fault is None:
            return "ready" if self.served.models.ids else "empty"
        return _standing(fault.kind)

    @property
    def name(self) -> str:
        """Which server it is, in words."""
        return self.served.software or "a server"


async def discover(ports: Sequence[int], within_s: float = _WITHIN_S) -> list[LocalServer]:
    """What listens at these ports of loopback, in their order; closed ones are left out. Each port is given
    two rounds of questions of that many seconds."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_at(port, within_s)) for port in dict.fromkeys(ports)]
    return [found for task in tasks if (found := task.result()) is not None]


async def _at(port: int, within_s: float) -> LocalServer | None:
    base_url = f"http://{HOST}:{port}/v1"
    async with _direct_line(base_url) as line:
        served = await served_at(line, within_s)
    return None if _is_closed(served.fault) else LocalServer(base_url, served)


def _is_closed(fault: EndpointError | None) -> bool:
    """Some systems let a connection to a closed port time out."""
    return fault is not None and (
        fault.kind == "refused" or isinstance(fault.__cause__, httpx.ConnectTimeout)
    )


@asynccontextmanager
async def _direct_line(base_url: str) -> AsyncIterator[Line]:
    """A line past any proxy: what is asked here does not leave the machine."""
    pool = open_pool(base_url, local_only=True)
    try:
        yield open_line(
            Target(base_url, "", local_only=True), _CLOCKS, pool, _MOST_BYTES, Limiter(origin=base_url)
        )
    finally:
        await pool.transport.aclose()


def _standing(kind: EndpointFault) -> Standing:
    match kind:
        case "auth":
            return "locked"
        case "loading" | "overload":
            return "loading"
        case "timeout":
            return "silent"
        case _:
            return "foreign"
