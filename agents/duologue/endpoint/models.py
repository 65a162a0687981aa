"""`GET /models`: what an endpoint serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from duologue.endpoint.errorbody import error_in
from duologue.endpoint.faults import bad_reply, from_body, from_status
from duologue.endpoint.inquiry import WITHIN_S, ask
from duologue.endpoint.line import Line
from duologue.endpoint.strictjson import parse


@dataclass(frozen=True, slots=True)
class ModelList:
    """The models of an endpoint in its order, what it says of each, and the headers of its answer."""

    ids: tuple[str, ...] = ()
    entries: Sequence[Any] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def entry(self, model: str) -> Mapping[str, Any]:
        """What is said of a model; empty where nothing is."""
        found = (entry for entry in self.entries if isinstance(entry, dict) and _id(entry) == model)
        return next(found, {})


async def list_models(line: Line) -> list[str]:
    """The ids of the models, from one try; EndpointError on failure."""
    return list((await fetch_models(line)).ids)


async def fetch_models(line: Line, within_s: float = WITHIN_S) -> ModelList:
    """The list of models, from one try; EndpointError on failure."""
    reply = await ask(line, line.get_models(), "its models", within_s)
    if reply.status != 200:
        raise from_status(reply.status, reply.headers, reply.text, line.place)
    entries = _entries(line, reply.text)
    return ModelList(
        tuple(name for entry in entries if (name := _id(entry))), entries, _lowered(reply.headers)
    )


def _lowered(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _entries(line: Line, text: str) -> list[Any]:
    try:
        reply = parse(text)
    except ValueError as exc:
        raise bad_reply(text, line.place, why="no list of models") from exc
    match reply:
        case {"data": list() as entries} | {"models": list() as entries} | [*entries]:
            return list(entries)
        case {"object": "list", "data": None}:
            # Ollama without a model.
            return []
        case _:
            error = error_in(reply)
    if error is not None:
        raise from_body(error, text, line.place)
    raise bad_reply(text, line.place, why="no list of models")


def _id(entry: Any) -> str:
    """Ollama's and TGI's own lists say `name` or `model_id`."""
    if isinstance(entry, str):
        return entry
    names = [entry.get(key) for key in ("id", "name", "model_id")] if isinstance(entry, dict) else []
    return next((name for name in names if isinstance(name, str) and name), "")
