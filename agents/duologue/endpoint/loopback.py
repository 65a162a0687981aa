"""Connections to this machine alone: whatever asks for another address is refused as it would connect.

The name is resolved here, once, and the connection goes to the address that was looked at: a name that
resolves otherwise a moment later leads nowhere else.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable

import httpcore

from duologue.addresses import is_loopback
from duologue.endpoint.hints import HINTS
from duologue.endpoint.network import Network
from duologue.errors import EndpointError

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""From a host and a port to the addresses that the host has; raises OSError, UnicodeError
where it cannot be a name."""


async def resolved(host: str, port: int) -> list[str]:
    """The host's addresses, as the system knows them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class LoopbackBackend(httpcore.AsyncNetworkBackend):
    """Connects where all addresses of a host are loopback, and raises EndpointError for any other host."""

    def __init__(
        self, resolve: Resolve = resolved, inner: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._resolve = resolve
        self._inner = inner or Network()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the host's addresses that answers."""
        refused: httpcore.ConnectError | None = None
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as exc:
                refused = exc
        raise refused or httpcore.ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int, timeout_s: float | None) -> list[str]:
        try:
            async with asyncio.timeout(timeout_s):
                addresses = await self._resolve(host, port)
        except TimeoutError as exc:
            raise httpcore.ConnectTimeout(str(exc)) from exc
        except (OSError, UnicodeError) as exc:
            raise httpcore.ConnectError(str(exc)) from exc
        for address in addresses:
            if not is_loopback(address):
                where = host if host == address else f"{host} ({address})"
                raise EndpointError(
                    f"{where} is not on this machine.", kind="not_local", hint=HINTS["not_local"]
                )
        return addresses

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)
