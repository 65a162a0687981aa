"""Models that run on this machine: what `local`, `local:NAME` and `local:FILE.gguf` mean."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from duologue.config import ConfigFile, LocalModelTable, config_path
from duologue.errors import ConfigError
from duologue.targets import LocalModel

LOCAL: Final = "local"
LOCAL_URL: Final = "local:"
"""Stands for the base URL of a model that runs here: its address is another in each run."""

_HUB: Final = "https://huggingface.co/"
_HUB_KEY: Final = "HF_TOKEN"


def is_local(model: str) -> bool:
    """Whether the model's name says that it runs on this machine."""
    return model == LOCAL or model.startswith(f"{LOCAL}:")


def canonical(model: str, config: ConfigFile) -> str:
    """The model's name in full: `local` as the config file means it, a file with its whole path."""
    name = model.partition(":")[2]
    if not name:
        return f"{LOCAL}:{_default(config)}"
    if name in config.local.models:
        return model
    if "://" in name:
        raise ConfigError(
            "A model is fetched only from a URL that the config file names.",
            hint=f"Put it under [local.models.NAME] as url in {config_path()}, and say local:NAME.",
        )
    if "/" not in name and "\\" not in name and not name.endswith(".gguf"):
        raise ConfigError(f"There is no local model {name!r}.", hint=_known(config))
    return f"{LOCAL}:{Path(name).expanduser().absolute()}"


def context_of(model: str, config: ConfigFile) -> int | None:
    """The context window that the config file gives to the model, in tokens; None where it gives none."""
    table = config.local.models.get(model.partition(":")[2])
    return None if table is None else table.context


def local_model(model: str, config: ConfigFile, environ: Mapping[str, str]) -> LocalModel:
    """The file behind a model's name in full. Raises ConfigError where its key is missing."""
    name = model.partition(":")[2]
    table = config.local.models.get(name)
    if table is None:
        return LocalModel(Path(name))
    return LocalModel(
        None if table.path is None else table.path.expanduser().absolute(),
        table.url,
        None if table.sha256 is None else table.sha256.lower(),
        api_key=_key(table, environ),
        threads=table.threads,
        gpu_layers=table.gpu_layers,
    )


def _default(config: ConfigFile) -> str:
    table = config.local
    name = table.model or (next(iter(table.models)) if len(table.models) == 1 else None)
    if name is None:
        raise ConfigError("`local` does not say which model.", hint=_known(config))
    if name not in table.models:
        raise ConfigError(f"[local] names the model {name!r}, which is not there.", hint=_known(config))
    return name


def _known(config: ConfigFile) -> str:
    names = ", ".join(f"local:{name}" for name in config.local.models)
    if names:
        return f"{config_path()} has {names}; a file is named as local:/path/to/model.gguf."
    return f"Name a file as local:/path/to/model.gguf, or a model under [local.models] in {config_path()}."


def _key(table: LocalModelTable, environ: Mapping[str, str]) -> SecretStr | None:
    """The hub's key goes to the hub; any other is named beside the URL that it is for."""
    if table.url is None:
        return None
    variable = table.api_key_env or (_HUB_KEY if table.url.startswith(_HUB) else None)
    value = environ.get(variable) if variable else None
    if table.api_key_env and not value:
        raise ConfigError(
            f"The key is missing: the environment variable {table.api_key_env} is not set.",
            hint=f"Set it, or change api_key_env in {config_path()}.",
        )
    return SecretStr(value) if value else None
