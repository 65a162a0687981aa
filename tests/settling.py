"""Settings for the tests, resolved from what they give."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from duologue.config import ConfigFile
from duologue.messages import RoleName
from duologue.settings import Options, Settings, resolve

A, B, C = "http://a.example/v1", "http://b.example/v1", "http://c.example/v1"
OPT, ENV = SecretStr("option"), {"OPENAI_API_KEY": "env"}
"""A key that an option gives, and an environment that holds one."""


def settle(
    options: Options = Options(),  # noqa: B008 - a frozen value
    config: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    pair: Mapping[RoleName, Mapping[str, Any]] | None = None,
) -> Settings:
    """The settings of a run."""
    return resolve(options, ConfigFile.model_validate(config or {}), environ or {}, pair or {})


def key_of(settings: Settings, role: RoleName) -> str | None:
    """The key that goes with a role's requests."""
    key = settings.targets[role].api_key
    return None if key is None else key.get_secret_value()
