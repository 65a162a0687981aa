"""Models that this machine runs itself, as a run is set to them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from duologue.config import ConfigFile
from duologue.messages import RoleName
from duologue.settings import Options
from tests.settling import A, settle

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
        ({"models": {"a": {"path": "x", "sha256": "12"}}}, "64 hexadecimal digits"),
    ],
)
def test_a_local_model_is_in_one_place_and_its_digest_is_one(table: Mapping[str, Any], said: str) -> None:
    """What makes no sense in the table is refused with the config file."""
    with pytest.raises(ValueError, match=said):
        ConfigFile.model_validate({"local": table})
