"""An endpoint examined: what it serves, which of its models is tried, and what that one can do."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from duologue.endpoint.astray import found_beside, is_astray
from duologue.endpoint.findings import Finding, Trying, advice
from duologue.endpoint.probe import Manner, open_inquiry, probe
from duologue.endpoint.server import Served, served_at
from duologue.errors import EndpointError
from duologue.targets import Target

_FATAL: Final = frozenset({"dns", "refused", "tls", "proxy", "not_local", "auth"})
"""Faults of a list of models after which a completion would fail as well."""

_NO_TALKERS: Final = ("embed", "rerank", "whisper", "tts", "bge-", "clip")
"""What the names of models hold that do not talk."""

_ON_THIS_MACHINE: Final = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that is tried."""

    model: str


Step = Trying | Served | Choice | Finding
"""What an examination tells of, as it goes on."""


async def examine(
    target: Target, within_s: float, served: Served | None = None, manner: Manner | None = None
) -> AsyncGenerator[Step, None]:
    """Each thing as soon as it is known; `served` is what it is known already to serve.

    A target without a model is tried with the only one there is; on this machine, where a call costs nothing,
    with the first that talks. `within_s` bounds the calls, in seconds. Raises ConfigError for an address or
    a key that cannot be used.
    """
    manner = manner or Manner()
    try:
        async with open_inquiry(target, manner.streams) as line:
            if served is None:
                yield Trying("models")
                served = await served_at(line)
            yield served
            there = await _beside(target, served, manner)
            if there is not None:
                yield there
                return
            choice = choose(target, served)
            if isinstance(choice, Finding):
                yield choice
                return
            yield Choice(choice)
            tried = replace(target, model=choice)
            async with aclosing(probe(tried, line, served, manner, within_s)) as steps:
                async for step in steps:
                    yield step
    except EndpointError as exc:
        yield _unusable(exc)


async def _beside(target: Target, served: Served, manner: Manner) -> Finding | None:
    """Where the API is instead, if the base URL leads past it."""
    fault = served.fault
    if fault is None or not is_astray(fault):
        return None

    async def lists(url: str) -> bool:
        async with open_inquiry(replace(target, base_url=url), manner.streams) as line:
            return bool((await served_at(line)).models.ids)

    found = await found_beside(target.base_url, fault, lists)
    if found is None:
        return None
    return Finding("models", "failed", fault.message, f"The API is at {found}.")


def choose(target: Target, served: Served) -> str | Finding:
    """The model to try, or why there is none."""
    fault, models = served.fault, served.models.ids
    if fault is not None and (fault.kind in _FATAL or not target.model):
        return _keyless(fault) if fault.kind == "auth" and target.api_key is None else _unusable(fault)
    if target.model or len(models) == 1:
        return target.model or models[0]
    talking = [name for name in models if not any(part in name.lower() for part in _NO_TALKERS)]
    if not models:
        return Finding("models", "missing", "It lists no model.", "Load one there, or name one with --model.")
    if urlsplit(target.base_url).hostname in _ON_THIS_MACHINE:
        return (talking or list(models))[0]
    return Finding("models", "unknown", "It lists several, and none is tried unasked.", "Name one: --model.")


def _unusable(exc: EndpointError) -> Finding:
    return Finding("models", "failed", exc.message, advice(exc))


def _keyless(exc: EndpointError) -> Finding:
    return Finding(
        "models",
        "failed",
        exc.message,
        "It wants a key: name it with --base-url, and set the key as OPENAI_API_KEY.",
    )
