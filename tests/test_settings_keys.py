"""Which key goes to which endpoint."""

from typing import Any

import pytest

from duologue.errors import ConfigError
from duologue.settings import OPENAI_URL, Options
from tests.settling import ENV, OPT, A, B, C, key_of, settle

KEYS: dict[str, tuple[Options, dict[str, Any], dict[str, str], tuple[str, str | None]]] = {
    "config's key to config's URL": (Options(), {"base_url": A, "api_key": "config"}, {}, (A, "config")),
    "config's key stays from an option's URL": (
        Options(base_url=B),
        {"base_url": A, "api_key": "config"},
        {},
        (B, None),
    ),
    "config's key stays from the environment's URL": (
        Options(),
        {"base_url": A, "api_key": "config"},
        {"OPENAI_BASE_URL": B},
        (B, None),
    ),
    "config's key to the same origin": (
        Options(base_url="http://A.example:80/other"),
        {"base_url": A, "api_key": "config"},
        {},
        ("http://A.example:80/other", "config"),
    ),
    "config's key stays from another port": (
        Options(base_url="http://a.example:8080/v1"),
        {"base_url": A, "api_key": "config"},
        {},
        ("http://a.example:8080/v1", None),
    ),
    "config's key stays from plain http": (
        Options(base_url=A),
        {"base_url": "https://a.example/v1", "api_key": "config"},
        {},
        (A, None),
    ),
    "environment's key to an option's URL": (Options(base_url=B), {"base_url": A}, ENV, (B, "env")),
    "environment's key stays from config's URL": (Options(), {"base_url": A}, ENV, (A, None)),
    "environment's key alone": (Options(), {}, ENV, (OPENAI_URL, "env")),
    "option's key to config's URL": (
        Options(api_key=OPT),
        {"base_url": A, "api_key": "config"},
        ENV,
        (A, "option"),
    ),
    "option's key before the environment's": (Options(base_url=B, api_key=OPT), {}, ENV, (B, "option")),
    "role's URL takes no key of the top": (
        Options(),
        {"base_url": A, "api_key": "config", "roles": {"user": {"base_url": B}}},
        {},
        (B, None),
    ),
    "role's URL with its key": (
        Options(),
        {"base_url": A, "api_key": "config", "roles": {"user": {"base_url": B, "api_key": "own"}}},
        {},
        (B, "own"),
    ),
    "role's key to the top's URL": (
        Options(),
        {"base_url": A, "api_key": "config", "roles": {"user": {"api_key": "own"}}},
        {},
        (A, "own"),
    ),
    "role's key stays from the top's URL": (
        Options(base_url=A),
        {"base_url": A, "roles": {"user": {"base_url": B, "api_key": "own"}}},
        {},
        (A, None),
    ),
    "option's URL for the role takes no key": (
        Options(base_url=A, api_key=OPT, roles={"user": {"base_url": B}}),
        {"base_url": C, "api_key": "config"},
        ENV,
        (B, None),
    ),
    "option's key for the role": (
        Options(base_url=A, roles={"user": {"api_key": "told"}}),
        {},
        ENV,
        (A, "told"),
    ),
    "key by the name of a variable": (
        Options(),
        {"base_url": A, "api_key_env": "MY_KEY"},
        {"MY_KEY": "mine"},
        (A, "mine"),
    ),
    "missing variable of another endpoint": (
        Options(base_url=B),
        {"base_url": A, "api_key_env": "MY_KEY"},
        {},
        (B, None),
    ),
    "another endpoint that is no URL": (
        Options(base_url=B),
        {"base_url": "http://a:99999/", "api_key": "config"},
        {},
        (B, None),
    ),
}


@pytest.mark.parametrize(("options", "config", "environ", "target"), KEYS.values(), ids=KEYS.keys())
def test_keys_go_to_their_own_origin(
    options: Options, config: dict[str, Any], environ: dict[str, str], target: tuple[str, str | None]
) -> None:
    """A key goes where the person meant it to, and never along with a URL from elsewhere."""
    found = settle(options, config, environ)
    assert (found.targets["user"].base_url, key_of(found, "user")) == target


def test_key_that_is_missing() -> None:
    """A key that is to come from a variable which is not set is asked for by its name."""
    with pytest.raises(ConfigError, match="MY_KEY is not set"):
        settle(config={"base_url": A, "api_key_env": "MY_KEY"})


def test_key_is_not_shown() -> None:
    """Settings that are printed show no key."""
    assert "config" not in repr(settle(config={"base_url": A, "api_key": "config"}))
