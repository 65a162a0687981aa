"""Whose fallbacks a run has, and which key goes to each."""

from collections.abc import Mapping
from typing import Any

import pytest

from duologue.config import parse_fallback
from duologue.messages import RoleName
from duologue.settings import Options
from tests.settling import ENV, OPT, A, B, settle

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
