"""A client for each role, tried before anything is paid for."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final

import httpx

from duologue.config import cache_folder
from duologue.conversation.host import Host
from duologue.endpoint.astray import found_beside, is_astray, is_page
from duologue.endpoint.chain import none_answers
from duologue.endpoint.client import Client
from duologue.endpoint.connection import Pool, open_pool
from duologue.endpoint.dialects import Dialects
from duologue.endpoint.local import serve_local
from duologue.endpoint.shared import limiter_for, shared_outages
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
    only one there is. An endpoint that is down is no matter while one of its fallbacks is not, nor is a
    fallback that is.

    What they say is redacted by `streams`, or by nothing. Raises EndpointError where an endpoint cannot be
    reached or refuses the key, ConfigError where a model has to be named, or has no price and the cost is
    limited, Interrupted where the person does not want to wait for it.
    """
    host.interrupt.attach()
    try:
        opening = _Opening(settings, host.transport, streams)
        await _test_prices(settings, [target for target in settings.targets.values() if target.model])
        if host.transport is None:
            # What is elsewhere is tried before a model is fetched and loaded, which may take a while.
            await opening.ask([each for each in _all(settings.targets) if each.local is None], stack)
            targets = await serve_local(settings.targets, settings.context_tokens, stack, host.progress)
            settings = replace(settings, targets=targets)
        clients = await _tried(settings, opening, stack)
        # A request that came last takes effect here: it is not to cancel what is waited for next.
        await asyncio.sleep(0)
        return clients
    except asyncio.CancelledError:
        if not host.interrupt.answers_for(asyncio.current_task()):
            raise
        raise Interrupted(host.interrupt.by or "") from None
    finally:
        host.interrupt.detach()


async def _tried(settings: Settings, opening: "_Opening", stack: AsyncExitStack) -> dict[Seat, Client]:
    await opening.ask(_all(settings.targets), stack)
    targets = {role: opening.named(target) for role, target in settings.targets.items()}
    await _test_prices(settings, _all(targets))
    return {role: opening.client(target) for role, target in targets.items()}


def _all(targets: Mapping[Seat, Target]) -> list[Target]:
    return [each for own in targets.values() for each in (own, *own.fallbacks)]


async def _test_prices(settings: Settings, targets: list[Target]) -> None:
    """Raises ConfigError where cost is limited and a model's price is not known."""
    listed = [target for target in targets if not settings.prices.settles(target)]
    if listed:
        # Without a limit too, and on a thread: loading the list takes a while, and would hold up an answer.
        unknown = await asyncio.to_thread(settings.prices.unknown, listed)
        if unknown and settings.limits.cost is not None:
            raise no_price(unknown[0])


class _Opening:
    """The endpoints of one run as they are opened: a pool and a list of models for each base URL, or the
    error of one that is down. Roles take turns, so one connection serves all that speak to the same one."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | None,
        streams: RedactedStreams | None,
    ) -> None:
        self._settings = settings
        self._streams = streams
        self._transport = transport
        # What stands in for the network is no endpoint: nothing is to be kept of it.
        self._dialects = Dialects(cache_folder() if transport is None else None)
        # A model that runs here has another address in each run.
        self._passing = Dialects()
        self._pools: dict[str, Pool] = {}
        self._models: dict[str, list[str] | EndpointError] = {}

    async def ask(self, targets: Sequence[Target], stack: AsyncExitStack) -> None:
        """Open the targets' endpoints that are not open yet, and ask each for its models."""
        for target in targets:
            await self._ask(target, stack)

    async def _ask(self, target: Target, stack: AsyncExitStack) -> None:
        url, transport = target.base_url, self._transport
        if url in self._models:
            return
        if transport is None:
            self._pools[url] = open_pool(url, local_only=target.local_only)
        else:
            self._pools[url] = Pool(transport)
        client = await stack.enter_async_context(self._one(target))
        try:
            self._models[url] = await _models(client)
        except EndpointError as exc:
            if not is_astray(exc):
                raise
            await self._test_place(target, exc)
            self._models[url] = []

    async def _test_place(self, target: Target, fault: EndpointError) -> None:
        """Raises ConfigError where a base URL leads past the API. An API may have no list of models."""
        url = target.base_url

        async def lists(other: str) -> bool:
            self._pools[other] = self._pools[url]
            return bool(await _listed(self._one(replace(target, base_url=other))))

        found = await found_beside(url, fault, lists)
        if found is not None:
            raise ConfigError(
                f"There is no API at {url}, but at {found}.", hint=f"Name that: --base-url {found}"
            ) from fault
        if is_page(fault):
            raise ConfigError(
                f"{url} is a web page, and no OpenAI-compatible API.",
                hint="Most base URLs end in /v1; the server's documentation has its own.",
            ) from fault

    def named(self, target: Target) -> Target:
        """The target with its model. Raises the error of its endpoint where none of its chain is up."""
        known = [self._models[each.base_url] for each in (target, *target.fallbacks)]
        errors = [each for each in known if isinstance(each, EndpointError)]
        if len(errors) == len(known):
            raise none_answers(errors)
        if target.model:
            return target
        models = known[0]
        if isinstance(models, EndpointError):
            raise models
        return replace(target, model=_only(models, target))

    def client(self, target: Target) -> Client:
        """A client of the target and its fallbacks."""
        models = self._models[target.base_url]
        listed = () if isinstance(models, EndpointError) else models
        others = [self._one(replace(each, sampling=target.sampling)) for each in target.fallbacks]
        return self._one(target, others, listed)

    def _one(self, target: Target, others: Sequence[Client] = (), listed: Sequence[str] = ()) -> Client:
        settings = self._settings
        return Client(
            target,
            clocks=settings.clocks,
            policy=settings.policy,
            pool=self._pools[target.base_url],
            limiter=limiter_for(target, settings.rates if self._transport is None else _NO_RATES),
            dialects=self._dialects if target.local is None else self._passing,
            others=others,
            patience=settings.patience,
            outages=shared_outages(),
            streams=self._streams,
            listed=listed,
        )


_NO_RATES: Final = Rates()
"""What stands in for an endpoint is not limited."""


async def _listed(client: Client) -> list[str]:
    """The endpoint's models, none where it cannot say."""
    try:
        return await client.list_models()
    except EndpointError:
        return []


async def _models(client: Client) -> list[str] | EndpointError:
    """The endpoint's models, or its error where it is down. Raises ConfigError where a key is missing, and
    EndpointError for what lasts, or where there seems to be no API."""
    try:
        return await client.list_models()
    except EndpointError as exc:
        if exc.kind == "auth" and client.target.api_key is None:
            raise ConfigError(
                f"{client.target.base_url} wants a key, and none is set.",
                hint="Set OPENAI_API_KEY, or api_key in the config file; a saved run's endpoint has to be "
                "named again with --base-url to be given it. A fallback's key stands under [[fallbacks]].",
            ) from exc
        if exc.kind in _FATAL or is_astray(exc):
            raise
        return exc if exc.kind in _DOWN else []


# Other faults may be those of an endpoint that has no list of models and answers completions well.
_FATAL = frozenset({"tls", "proxy", "not_local", "auth"})
_DOWN = frozenset({"dns", "refused"})


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
