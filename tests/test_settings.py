"""What a run is set to, and who comes first."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from duologue.addresses import checked_url, origin
from duologue.config import ConfigFile
from duologue.errors import ConfigError, EndpointMissing
from duologue.messages import RoleName
from duologue.settings import (
    DEFAULT_CONTEXT_TOKENS,
    LOCAL_PORTS,
    Options,
    Origins,
    local_ports,
    origins,
    pair_name,
    runs_folder,
)
from tests.settling import A, B, C, key_of, settle

USER_OPTION = {"user": {"base_url": B, "model": "told"}}
FIRST = [
    (
        "option for the role",
        Options(base_url=A, model="all", roles=USER_OPTION),
        {"OPENAI_BASE_URL": C},
        (B, "told"),
    ),
    ("option", Options(base_url=A, model="all"), {"OPENAI_BASE_URL": C, "DUOLOGUE_MODEL": "env"}, (A, "all")),
    ("environment", Options(), {"OPENAI_BASE_URL": C, "DUOLOGUE_MODEL": "env"}, (C, "env")),
    ("config for the role", Options(), {}, ("http://own.example/v1", "own")),
]
CONFIG = {
    "base_url": "http://config.example/v1",
    "model": "config",
    "roles": {"user": {"base_url": "http://own.example/v1", "model": "own"}},
}


@pytest.mark.parametrize(
    ("options", "environ", "target"), [case[1:] for case in FIRST], ids=[case[0] for case in FIRST]
)
def test_precedence(options: Options, environ: Mapping[str, str], target: tuple[str, str]) -> None:
    """Options come before the environment, that before the config's role, and that before its top."""
    found = settle(options, CONFIG, environ)
    assert (found.targets["user"].base_url, found.targets["user"].model) == target


def test_config_comes_last() -> None:
    """What only the top of the config file names holds for every role that has nothing of its own."""
    found = settle(config=CONFIG)
    assert found.targets["judge"].base_url == "http://config.example/v1"
    assert found.targets["judge"].model == "config"


def test_sampling_precedence() -> None:
    """Sampling: the pair's, the config's, the config's for the role, options, options for the role."""
    found = settle(
        Options(sampling={"top_p": 4, "seed": 4}, roles={"user": {"seed": 5}}),
        {
            "base_url": A,
            "temperature": 2,
            "top_p": 2,
            "min_p": 2,
            "extra_body": {"x": 2},
            "roles": {"user": {"min_p": 3, "top_p": 3}},
        },
        pair={"user": {"temperature": 1, "top_k": 1}},
    )
    assert found.targets["user"].sampling == {
        "temperature": 2.0,
        "top_k": 1,
        "top_p": 4,
        "min_p": 3.0,
        "seed": 5,
        "x": 2,
    }
    assert found.targets["judge"].sampling == {
        "temperature": 2.0,
        "top_p": 4,
        "min_p": 2.0,
        "seed": 4,
        "x": 2,
    }


def test_no_endpoint() -> None:
    """Without any endpoint the person is told three ways to give one, and one that needs none."""
    with pytest.raises(ConfigError, match="No endpoint") as caught:
        settle()
    assert all(word in str(caught.value.hint) for word in ("--base-url", "OPENAI_BASE_URL", "demo"))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example",
        "http://",
        "http:///v1",
        "http://[::1",
        "http://a:99999",
    ],
)
def test_bad_url(url: str) -> None:
    """What is no http or https address is refused with an example of one."""
    with pytest.raises(ConfigError) as caught:
        checked_url(url)
    assert "http://127.0.0.1:8080/v1" in str(caught.value.hint)


@pytest.mark.parametrize("url", ["a.example/v1", "localhost:8080", " 127.0.0.1:1/v1"])
def test_a_url_without_its_beginning(url: str) -> None:
    """It is refused with what was probably meant."""
    with pytest.raises(ConfigError) as caught:
        checked_url(url)
    assert caught.value.hint == f"It looks like http://{url.strip()}"


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@a.example/v1",
        "http://secret@a.example",
        "http://me:secret@a:99999/v1",
        "http://me:secret@[::1",
        "ftp://me:secret@a.example",
        "me:secret@a.example/v1",
    ],
)
def test_credentials_in_a_url(url: str) -> None:
    """A URL with credentials is refused, and they are not repeated."""
    with pytest.raises(ConfigError) as caught:
        settle(Options(base_url=url))
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_url_is_tidied() -> None:
    """White space around a URL and a slash at its end do not matter."""
    assert checked_url(f" {A}/ ") == A
    assert origin("HTTPS://A.Example/v1") == ("https", "a.example", 443)


@pytest.mark.parametrize(
    ("key", "value", "why", "hint"),
    [
        ("temprature", 1, "--set user.temprature: unknown setting", "temperature"),
        ("max_tokens", 0, "--set user.max_tokens has to be more than 0, not 0.", None),
        ("temperature", "hot", '--set user.temperature has to be a number, not "hot".', None),
    ],
)
def test_bad_role_option(key: str, value: object, why: str, hint: str | None) -> None:
    """A wrong setting for a role is named as it was typed, with the nearest known one."""
    with pytest.raises(ConfigError, match=why) as caught:
        settle(Options(base_url=A, roles={"user": {key: value}}))
    assert hint is None or hint in str(caught.value.hint)


def test_limits_clocks_and_policy() -> None:
    """Limits come from options before config; clocks and retries from config; each has its default."""
    config = {
        "base_url": A,
        "limits": {"turns": 5, "tokens": 100},
        "clocks": {"idle": 3},
        "retry": {"minutes": 2},
        "context_tokens": 4096,
    }
    found = settle(Options(max_turns=7, max_minutes=0.5), config)
    assert (found.limits.turns, found.limits.tokens, found.limits.minutes) == (7, 100, 0.5)
    assert (found.clocks.idle_s, found.clocks.first_token_s) == (3, 300)
    assert (found.policy.elapsed_s, found.policy.attempts) == (120, 8)
    assert found.context_tokens == 4096
    assert settle(config={"base_url": A}).context_tokens == DEFAULT_CONTEXT_TOKENS


def test_runs_folder(tmp_path: Path) -> None:
    """Runs are saved where the option, the environment or the config says, in that order."""
    config = ConfigFile(runs=tmp_path / "config")
    environ = {"DUOLOGUE_RUNS": str(tmp_path / "env")}
    assert runs_folder(Options(runs=tmp_path / "option"), config, environ) == tmp_path / "option"
    assert runs_folder(Options(), config, environ) == tmp_path / "env"
    assert runs_folder(Options(), config, {}) == tmp_path / "config"
    assert runs_folder(Options(runs=Path("~/runs")), config, {}) == Path.home() / "runs"
    assert runs_folder(Options(), ConfigFile(), {}).name == "runs"


def test_pair_name() -> None:
    """The pair is the option's, else the config's, else the general one."""
    assert pair_name(Options(pair="code"), ConfigFile(pair="infer")) == "code"
    assert pair_name(Options(), ConfigFile(pair="infer")) == "infer"
    assert pair_name(Options(), ConfigFile()) == "general"


@pytest.mark.parametrize(
    ("told", "configured", "holds"),
    [(None, False, False), (None, True, True), (False, True, False), (True, False, True)],
)
def test_local_only(told: bool | None, configured: bool, holds: bool) -> None:
    """The option comes before the config file, and every role's target obeys it."""
    settings = settle(Options(base_url=A, local_only=told), {"local_only": configured})
    assert settings.local_only is holds
    assert {target.local_only for target in settings.targets.values()} == {holds}


ORIGINS = [
    (Options(base_url=A, model="m"), {}, {}, Origins("--base-url", "--model", None)),
    (Options(base_url=A, api_key=SecretStr("k")), {}, {}, Origins("--base-url", None, "--api-key")),
    (
        Options(),
        {},
        {"OPENAI_BASE_URL": C, "OPENAI_API_KEY": "k", "DUOLOGUE_MODEL": "m"},
        Origins("OPENAI_BASE_URL", "DUOLOGUE_MODEL", "OPENAI_API_KEY"),
    ),
    (Options(), {}, {"OPENAI_API_KEY": "k"}, Origins("OPENAI_API_KEY", None, "OPENAI_API_KEY")),
    (
        Options(),
        {"base_url": B, "model": "m", "api_key": "k"},
        {},
        Origins("the config file", "the config file", "the config file"),
    ),
    (Options(), CONFIG, {}, Origins("the config file, [roles.user]", "the config file, [roles.user]", None)),
    (Options(roles=USER_OPTION), CONFIG, {}, Origins("--set user.base_url", "--set user.model", None)),
    (Options(found=A), {"api_key": "k"}, {}, Origins("found on this machine", None, None)),
]


@pytest.mark.parametrize(("options", "config", "environ", "expected"), ORIGINS)
def test_what_set_an_endpoint_can_be_told(
    options: Options, config: Mapping[str, Any], environ: Mapping[str, str], expected: Origins
) -> None:
    """Base URL, model and key are each told with what set them, in the order in which they count."""
    assert origins("user", options, ConfigFile.model_validate(config), environ) == expected


def test_a_server_that_was_found_is_used_last_and_without_a_key() -> None:
    """Whatever names an endpoint comes before it, and no key that is set anywhere goes to it."""
    keys = {"api_key": "sk-config", "roles": {"judge": {"api_key": "sk-judge"}}}
    told: dict[RoleName, dict[str, Any]] = {"user": {"api_key": "sk-user"}}
    settings = settle(Options(found=A, roles=told), keys)
    assert [settings.targets[role].base_url for role in settings.targets] == [A, A, A]
    assert [key_of(settings, role) for role in settings.targets] == [None, None, None]
    assert settle(Options(found=A), {"base_url": B}).targets["user"].base_url == B
    with pytest.raises(EndpointMissing):
        settle(Options(), keys)


@pytest.mark.parametrize(
    ("config", "environ", "ports"),
    [
        ({}, {}, LOCAL_PORTS),
        ({"local_ports": [5000]}, {}, (5000,)),
        ({"local_ports": []}, {}, ()),
        ({"local_ports": [5000]}, {"DUOLOGUE_LOCAL_PORTS": "81, 82"}, (81, 82)),
        ({}, {"DUOLOGUE_LOCAL_PORTS": ""}, ()),
    ],
)
def test_the_ports_looked_at_can_be_set(
    config: Mapping[str, Any], environ: Mapping[str, str], ports: tuple[int, ...]
) -> None:
    """The environment's ports come before the config file's, and none at all switches the search off."""
    assert local_ports(ConfigFile.model_validate(config), environ) == ports


@pytest.mark.parametrize("told", ["http", "0", "65536", "80;81", "9" * 5000, "-1", "²"])
def test_a_port_that_is_none_is_told(told: str) -> None:
    """A list of ports that cannot be read is an error, and no list of fewer ports."""
    with pytest.raises(ConfigError, match="no list of ports"):
        local_ports(ConfigFile(), {"DUOLOGUE_LOCAL_PORTS": told})
