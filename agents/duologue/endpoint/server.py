"""Which server an endpoint is, and what else it tells of itself, so far as this shows in its answers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from duologue.endpoint.inquiry import WITHIN_S, look_up
from duologue.endpoint.line import Line
from duologue.endpoint.models import ModelList, fetch_models
from duologue.errors import EndpointError

_OWNERS: Final[Mapping[str, str]] = {
    "llamacpp": "llama.cpp",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "organization_owner": "LM Studio",
    "me": "llama-cpp-python",
    "library": "Ollama",
}
"""What stands in `owned_by` of a list of models."""

_OWN_PATHS: Final[Mapping[str, tuple[str, str]]] = {
    "/api/version": ("version", "Ollama"),
    "/api/v0/models": ("data", "LM Studio"),
    "/info": ("model_id", "TGI"),
    "/version": ("version", "vLLM"),
}
"""Paths beside `/v1`, each with the field of its answer that only this server has there."""

_WINDOW_FIELDS: Final = ("max_model_len", "loaded_context_length", "context_length", "context_window")


@dataclass(frozen=True, slots=True)
class Served:
    """What an endpoint says that it serves. `software` is None where that does not show; `fault` is what its
    list of models failed with, None where it has one."""

    software: str | None
    models: ModelList
    fault: EndpointError | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A context window in tokens; `certain` where it is the one in force, and not merely the largest that
    the model could have."""

    tokens: int
    certain: bool


async def served_at(line: Line, within_s: float = WITHIN_S) -> Served:
    """What the endpoint serves, from one or two rounds of questions of that many seconds at most."""
    try:
        models = await fetch_models(line, within_s)
    except EndpointError as exc:
        return Served(None, ModelList(), exc)
    return Served(_by_list(models) or await _by_own_paths(line, within_s), models)


def _by_list(models: ModelList) -> str | None:
    if "llama.cpp" in models.headers.get("server", ""):
        return "llama.cpp"
    owners = [entry.get("owned_by") for entry in models.entries if isinstance(entry, dict)]
    return next((_OWNERS[owner] for owner in owners if isinstance(owner, str) and owner in _OWNERS), None)


async def _by_own_paths(line: Line, within_s: float) -> str | None:
    """Only servers on plain HTTP are asked: one behind TLS is somebody's gateway, with a name of its own."""
    if line.models.scheme != "http":
        return None
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(look_up(line, path, within_s)) for path in _OWN_PATHS]
    for task, (name, software) in zip(asked, _OWN_PATHS.values(), strict=True):
        value = task.result()
        if isinstance(value, dict) and name in value:
            return software
    return None


async def context_window(line: Line, served: Served, model: str) -> Window | None:
    """The model's context window, None where the server does not tell. Asked once the model is loaded, as
    some servers decide on it only then."""
    entry = served.models.entry(model)
    meta = entry.get("meta")
    match served.software:
        case "llama.cpp":
            props = await look_up(line, "/props")
            return _window(props, "default_generation_settings", "n_ctx") or _window(meta, "n_ctx")
        case "Ollama":
            return await _of_ollama(line, model)
        case "LM Studio":
            of_its_own = ModelList(entries=_listed(await look_up(line, "/api/v0/models"), "data"))
            return _largest(of_its_own.entry(model))
        case _:
            return _largest(entry)


async def _of_ollama(line: Line, model: str) -> Window | None:
    """Of the loaded model; else what the model itself could have."""
    for loaded in _listed(await look_up(line, "/api/ps"), "models"):
        if isinstance(loaded, dict) and model in (loaded.get("name"), loaded.get("model")):
            return _window(loaded, "context_length")
    shown = await look_up(line, "/api/show", model=model)
    info = shown.get("model_info") if isinstance(shown, dict) else None
    sizes = [value for key, value in info.items() if str(key).endswith(".context_length")] if info else []
    return next((Window(size, certain=False) for size in sizes if _is_size(size)), None)


def _largest(entry: Mapping[str, Any]) -> Window | None:
    names = (name for name in _WINDOW_FIELDS if _is_size(entry.get(name)))
    if (name := next(names, None)) is not None:
        return Window(entry[name], certain=True)
    size = entry.get("max_context_length")
    return Window(size, certain=False) if _is_size(size) else None


def _window(value: Any, *path: str) -> Window | None:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return Window(value, certain=True) if _is_size(value) else None


def _listed(value: Any, key: str) -> list[Any]:
    entries = value.get(key) if isinstance(value, dict) else None
    return entries if isinstance(entries, list) else []


def _is_size(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9
