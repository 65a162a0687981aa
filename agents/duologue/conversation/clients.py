"""A client for each role, tried before anything is paid for."""

from contextlib import AsyncExitStack
from dataclasses import replace

import httpx

from duologue.endpoint.client import Client
from duologue.errors import ConfigError, EndpointError
from duologue.messages import RoleName
from duologue.settings import Settings
from duologue.targets import Target


async def open_clients(
    settings: Settings, stack: AsyncExitStack, transport: httpx.AsyncBaseTransport | None
) -> dict[RoleName, Client]:
    """Clients for all roles, closed with the stack. Each endpoint is asked for its models once, so that a
    wrong address or key shows now; a role without a model takes the only one there is.

    Raises EndpointError where an endpoint cannot be reached or refuses the key, ConfigError where a model
    has to be named.
    """
    models: dict[str, list[str]] = {}
    for target in settings.targets.values():
        if target.base_url not in models:
            models[target.base_url] = await _models(target, settings, transport)
    targets = {
        role: replace(target, model=target.model or _only(models[target.base_url], target))
        for role, target in settings.targets.items()
    }
    return {
        role: await stack.enter_async_context(_client(target, settings, transport))
        for role, target in targets.items()
    }


def _client(target: Target, settings: Settings, transport: httpx.AsyncBaseTransport | None) -> Client:
    return Client(target, clocks=settings.clocks, policy=settings.policy, transport=transport)


async def _models(
    target: Target, settings: Settings, transport: httpx.AsyncBaseTransport | None
) -> list[str]:
    async with _client(target, settings, transport) as client:
        try:
            return await client.list_models()
        except EndpointError as exc:
            if exc.kind == "auth" and target.api_key is None:
                raise ConfigError(
                    f"{target.base_url} wants a key, and none is set.",
                    hint="Set OPENAI_API_KEY, or api_key in the config file.",
                ) from exc
            if exc.kind in _FATAL:
                raise
            return []


# Other faults may be those of an endpoint that has no list of models and answers completions well.
_FATAL = frozenset({"dns", "refused", "tls", "proxy", "auth"})


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
