"""A client for each role, tried before anything is paid for."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final

import httpx

from duologue.config import cache_folder
from duologue.conversation.host import Host
from duologue.endpoint.client import Client
from duologue.endpoint.connection import Pool, open_pool
from duologue.endpoint.dialects import Dialects
from duologue.endpoint.local import serve_local
from duologue.endpoint.shared import limiter_for
from duologue.errors import ConfigError, EndpointError, Interrupted
from duologue.messages import Seat
from duologue.prices import no_price
from duologue.record.redact_stream import RedactedStreams
from duologue.settings import Settings
from duologue.targets import Rates, Target


async def open_clients(
    settings: Settings, stack: AsyncExitStack, host: Host, streams: RedactedStreams | None = None
) -> dict[Seat, Client]:
    """Clients for all roles, closed with the stack. Models on this machine are served first. Each endpoint is
    asked for its models once, so that a wrong address or key shows now; a role without a model takes the
    only one there is.

    What they say is redacted by `streams`, or by nothing. Raises EndpointError where an endpoint cannot be
    reached or refuses the key, ConfigError where a model has to be named, or has no price and the cost is
    limited, Interrupted where the person does not want to wait for it.
    """
    host.interrupt.attach()
    try:
        if host.transport is None:
            targets = await serve_local(settings.targets, settings.context_tokens, stack, host.progress)
            settings = replace(settings, targets=targets)
        return await _tried(settings, stack, host.transport, streams)
    except asyncio.CancelledError:
        if not host.interrupt.answers_for(asyncio.current_task()):
            raise
        raise Interrupted(host.interrupt.by or "") from None
    finally:
        host.interrupt.detach()


async def _tried(
    settings: Settings,
    stack: AsyncExitStack,
    transport: httpx.AsyncBaseTransport | None,
    streams: RedactedStreams | None,
) -> dict[Seat, Client]:
    await _test_prices(settings, [target for target in settings.targets.values() if target.model])
    scripted = transport is not None
    # What stands in for the network is no endpoint: nothing is to be kept of it.
    dialects = Dialects(None if scripted else cache_folder())
    models: dict[str, list[str]] = {}
    pools: dict[str, Pool] = {}
    for target in settings.targets.values():
        if target.base_url not in models:
            pools[target.base_url] = (
                Pool(transport)
                if transport is not None
                else open_pool(target.base_url, local_only=target.local_only)
            )
            client = await stack.enter_async_context(
                _client(target, settings, pools, dialects, scripted, streams)
            )
            models[target.base_url] = await _models(client)
    targets = {
        role: replace(target, model=target.model or _only(models[target.base_url], target))
        for role, target in settings.targets.items()
    }
    await _test_prices(settings, list(targets.values()))
    return {
        role: _client(target, settings, pools, dialects, scripted, streams)
        for role, target in targets.items()
    }


async def _test_prices(settings: Settings, targets: list[Target]) -> None:
    """Raises ConfigError where cost is limited and a model's price is not known."""
    listed = [target for target in targets if not settings.prices.settles(target)]
    if listed:
        # Without a limit too, and on a thread: loading the list takes a while, and would hold up an answer.
        unknown = await asyncio.to_thread(settings.prices.unknown, listed)
        if unknown and settings.limits.cost is not None:
            raise no_price(unknown[0])


def _client(
    target: Target,
    settings: Settings,
    pools: dict[str, Pool],
    dialects: Dialects,
    scripted: bool,
    streams: RedactedStreams | None,
) -> Client:
    """A role's client; roles take turns, so one connection serves all that speak to the same endpoint."""
    return Client(
        target,
        clocks=settings.clocks,
        policy=settings.policy,
        pool=pools[target.base_url],
        dialects=dialects,
        limiter=limiter_for(target, _NO_RATES if scripted else settings.rates),
        streams=streams,
    )


_NO_RATES: Final = Rates()


async def _models(client: Client) -> list[str]:
    try:
        return await client.list_models()
    except EndpointError as exc:
        if exc.kind == "auth" and client.target.api_key is None:
            raise ConfigError(
                f"{client.target.base_url} wants a key, and none is set.",
                hint="Set OPENAI_API_KEY, or api_key in the config file; a saved run's endpoint has to be "
                "named again with --base-url to be given it.",
            ) from exc
        if exc.kind in _FATAL:
            raise
        return []


# Other faults may be those of an endpoint that has no list of models and answers completions well.
_FATAL = frozenset({"dns", "refused", "tls", "proxy", "not_local", "auth"})


def _only(models: list[str], target: Target) -> str:
    if len(models) == 1:
        return models[0]
    if not models:
        raise ConfigError(
            f"No model is named, and {target.base_url} does not list any.", hint="Name one with --model."
        )
    shown = ", ".join(models[:20]) + (f" and {len(models) - 20} more" if len(models) > 20 else "")
    raise ConfigError(
        f"Name a model with --model: {target.base_url} has several.", hint=f"They are: {shown}."
    )
