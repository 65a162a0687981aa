"""A server on this machine, for a run that names no endpoint."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click
import httpx

from duologue.cli.suggestion import suggested_run
from duologue.config import ConfigFile, environment
from duologue.display import one_line
from duologue.endpoint.connection import proxy_for
from duologue.endpoint.discovery import LocalServer, discover
from duologue.errors import EndpointMissing
from duologue.messages import RoleName
from duologue.settings import Options, Settings, local_ports, resolve


def resolve_or_find(
    options: Options, config: ConfigFile, sampling: Mapping[RoleName, Mapping[str, Any]]
) -> Settings:
    """A run's settings; where nothing names an endpoint, with the one server that answers on this machine,
    of which a line on stderr tells.

    Raises EndpointMissing where none or several answer, ConfigError where a setting is wrong.
    """
    options = find_endpoint(options, config, sampling)
    return resolve(options, config, environment(), sampling)


def find_endpoint(
    options: Options, config: ConfigFile, sampling: Mapping[RoleName, Mapping[str, Any]]
) -> Options:
    """The options as they are; where nothing names an endpoint, with that of the one server that answers on
    this machine. Raises as `resolve_or_find`."""
    try:
        resolve(options, config, environment(), sampling)
        return options
    except EndpointMissing as missing:
        found = asyncio.run(discover(local_ports(config, environment())))
        server = _only(found, missing)
    options = replace(options, found=server.base_url)
    settings = resolve(options, config, environment(), sampling)
    if not settings.local_only and proxy_for(httpx.URL(server.base_url)) is not None:
        raise EndpointMissing(
            f"{_capital(server)} answers at {server.base_url}, but the environment names a proxy for it.",
            hint="Set NO_PROXY=127.0.0.1, or say --local-only.",
        )
    click.echo(one_line(f"No endpoint is named: using {server.name} at {server.base_url}.", 160), err=True)
    return options


def _only(found: Sequence[LocalServer], missing: EndpointMissing) -> LocalServer:
    usable = [server for server in found if server.standing == "ready"]
    usable = usable or [server for server in found if server.standing == "loading"]
    if len(usable) > 1:
        raise EndpointMissing(
            f"No endpoint is named, and {len(usable)} servers answer on this machine.",
            hint="Name one:" + "".join(f"\n    {_command(server)}" for server in usable),
        ) from missing
    if not usable:
        hints = [missing.hint, *map(_lacks, found), "See what is there with `duologue doctor`."]
        raise EndpointMissing(missing.message, hint=" ".join(filter(None, hints))) from missing
    return usable[0]


def _command(server: LocalServer) -> str:
    models = server.served.models.ids
    says = f"{server.name}, {len(models)} models" if len(models) != 1 else f"{server.name}, {models[0]}"
    return f"{suggested_run(server.base_url)}   # {one_line(says, 60)}"


def _lacks(server: LocalServer) -> str | None:
    match server.standing:
        case "empty":
            return f"{_capital(server)} at {server.base_url} has no model."
        case "locked":
            return f"The server at {server.base_url} wants a key, and has to be named."
        case _:
            return None


def _capital(server: LocalServer) -> str:
    return server.served.software or "A server"
