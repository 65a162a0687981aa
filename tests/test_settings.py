"""What a run is set to: who comes first, and which key goes to which endpoint."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from duologue.addresses import checked_url, origin
from duologue.config import ConfigFile, parse_fallback
from duologue.errors import ConfigError, EndpointMissing
from duologue.messages import RoleName
from duologue.settings import (
    DEFAULT_CONTEXT_TOKENS,
    LOCAL_PORTS,
    OPENAI_URL,
    Options,
    Origins,
    Settings,
    local_ports,
    origins,
    pair_name,
    resolve,
    runs_folder,
)

A, B, C = "http://a.example/v1", "http://b.example/v1", "http://c.example/v1"


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


OPT, ENV = SecretStr("option"), {"OPENAI_API_KEY": "env"}
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


def test_no_endpoint() -> None:
    """Without any endpoint the person is told three ways to give one, and one that needs none."""
    with pytest.raises(ConfigError, match="No endpoint") as caught:
        settle()
    assert all(word in str(caught.value.hint) for word in ("--base-url", "OPENAI_BASE_URL", "demo"))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example",
        "a.example/v1",
        "localhost:8080",
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
        ("max_tokens", 0, "--set user.max_tokens: ", None),
        ("temperature", "hot", "--set user.temperature: ", None),
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


LOCAL: dict[str, Any] = {
    "local": {
        "model": "small",
        "models": {
            "small": {"url": "https://huggingface.co/o/r/resolve/main/s.gguf", "context": 8192},
            "other": {"url": "https://hub.example/o.gguf", "sha256": "A" * 64, "api_key_env": "HUB_KEY"},
            "mine": {"path": "~/m.gguf", "context": 4096, "threads": 3},
        },
    }
}


def test_a_local_model_needs_no_endpoint_and_its_key_goes_to_its_hub() -> None:
    """`local` is what the config file means by it; HF_TOKEN is for one hub, any other key is named."""
    environ = {"HF_TOKEN": "hf", "HUB_KEY": "hub", "OPENAI_API_KEY": "never"}
    roles: dict[RoleName, Mapping[str, Any]] = {
        "judge": {"model": "local:other"},
        "assistant": {"model": "local:mine"},
    }
    settings = settle(Options(model="local", base_url=A, roles=roles), LOCAL, environ)
    user, assistant, judge = (settings.targets[role] for role in ("user", "assistant", "judge"))
    assert [each.model for each in (user, assistant, judge)] == ["local:small", "local:mine", "local:other"]
    assert {each.base_url for each in (user, assistant, judge)} == {"local:"}
    assert {each.api_key for each in (user, assistant, judge)} == {None}
    assert user.local is not None
    assert assistant.local is not None
    assert judge.local is not None
    assert user.local.api_key is not None
    assert user.local.api_key.get_secret_value() == "hf"
    assert judge.local.api_key is not None
    assert (judge.local.api_key.get_secret_value(), judge.local.sha256) == ("hub", "a" * 64)
    assert (assistant.local.path, assistant.local.threads) == (Path("~/m.gguf").expanduser(), 3)
    assert settings.context_tokens == 4096


def test_a_relative_file_is_recorded_with_its_whole_path() -> None:
    """So that the run can be resumed from another folder."""
    target = settle(Options(model="local:sub/m.gguf")).targets["user"]
    assert target.model == f"local:{Path('sub/m.gguf').absolute()}"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"models": {"a": {}}}, "either url or path"),
        ({"models": {"a": {"path": "x", "sha256": "12"}}}, "pattern"),
    ],
)
def test_a_local_model_is_in_one_place_and_its_digest_is_one(table: Mapping[str, Any], said: str) -> None:
    """What makes no sense in the table is refused with the config file."""
    with pytest.raises(ValueError, match=said):
        ConfigFile.model_validate({"local": table})


FALLBACK = parse_fallback("n@http://b.example/v1")
FALLBACK_KEYS: dict[str, tuple[Options, dict[str, Any], dict[str, str], str | None]] = {
    "the environment's key stays": (Options(base_url=A, fallbacks=[FALLBACK]), {}, ENV, None),
    "the environment's key stays with its own URL": (
        Options(fallbacks=[FALLBACK]),
        {},
        {**ENV, "OPENAI_BASE_URL": A},
        None,
    ),
    "an option's key stays": (Options(base_url=A, api_key=OPT, fallbacks=[FALLBACK]), {}, {}, None),
    "config's key stays": (Options(fallbacks=[FALLBACK]), {"base_url": A, "api_key": "config"}, {}, None),
    "another model of the same origin": (
        Options(base_url=B, api_key=OPT, fallbacks=[FALLBACK]),
        {},
        {},
        "option",
    ),
    "the environment's own origin": (
        Options(fallbacks=[FALLBACK], roles={"user": {"base_url": A}, "assistant": {"base_url": A}}),
        {},
        {**ENV, "OPENAI_BASE_URL": B},
        "env",
    ),
    "a table's own key": (
        Options(base_url=A),
        {"fallbacks": [{"model": "n", "base_url": B, "api_key_env": "B_KEY"}]},
        {**ENV, "B_KEY": "b"},
        "b",
    ),
    "a table's key for an option of its origin": (
        Options(base_url=A, fallbacks=[FALLBACK]),
        {"fallbacks": [{"model": "x", "base_url": f"{B}/other", "api_key": "b"}]},
        {},
        "b",
    ),
}


@pytest.mark.parametrize("case", FALLBACK_KEYS)
def test_a_fallbacks_key(case: str) -> None:
    """A fallback gets the key that belongs to its origin, from wherever that is known, and no other."""
    options, config, environ, expected = FALLBACK_KEYS[case]
    [fallback] = settle(options, config, environ).targets["user"].fallbacks
    assert (fallback.model, fallback.base_url) == ("n", B)
    key = fallback.api_key
    assert (None if key is None else key.get_secret_value()) == expected


def test_whose_fallbacks() -> None:
    """A role's own word comes first, then the options, the config's role and the config's top."""
    config = {
        "base_url": A,
        "fallbacks": ["top@http://b.example/v1"],
        "roles": {"judge": {"fallbacks": ["own@http://b.example/v1"]}, "user": {"fallbacks": []}},
    }

    def models(options: Options) -> list[list[str]]:
        found = settle(options, config).targets
        return [[each.model for each in found[role].fallbacks] for role in ("user", "assistant", "judge")]

    assert models(Options()) == [[], ["top"], ["own"]]
    assert models(Options(fallbacks=[FALLBACK])) == [["n"]] * 3
    told: dict[RoleName, dict[str, Any]] = {"judge": {"fallbacks": ""}, "user": {"fallbacks": f"m@x@{B}"}}
    assert models(Options(fallbacks=[FALLBACK], roles=told)) == [["m@x"], ["n"], []]


def test_local_only_binds_fallbacks() -> None:
    """What may speak to this machine alone has fallbacks that may not speak further either."""
    found = settle(Options(base_url=A, fallbacks=[FALLBACK], local_only=True))
    assert all(each.local_only for each in found.targets["user"].fallbacks)


def test_a_model_of_this_machine_goes_nowhere_else_unasked() -> None:
    """The config file's fallbacks are those of its own model; for a local one that a person names, only what
    they name with it answers in its place."""
    elsewhere = ["top@http://b.example/v1"]
    config = {"base_url": A, "fallbacks": elsewhere, "roles": {"judge": {"fallbacks": elsewhere}}}

    def models(options: Options, config: Mapping[str, Any], environ: Mapping[str, str]) -> set[str]:
        targets = settle(options, config, environ).targets.values()
        return {each.model for target in targets for each in target.fallbacks}

    assert models(Options(model="local:m.gguf"), config, {}) == set()
    assert models(Options(), config, {"DUOLOGUE_MODEL": "local:m.gguf"}) == set()
    assert models(Options(model="local:m.gguf", fallbacks=[FALLBACK]), config, {}) == {"n"}
    assert models(Options(), {"model": "local:m.gguf", **config}, {}) == {"top"}
