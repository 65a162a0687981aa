"""What leaves this machine, and what is written on it, as people choose it."""

import json
from pathlib import Path

import pytest

from duologue.record.log import LOG_NAME
from tests.cli.conftest import Duologue
from tests.cli.endpoint import Endpoint, listening
from tests.cli.running import only_run

CANARY = "canarykey-7Hq2vTz9Lm4X"


def test_local_only_is_kept(runs: Path, duologue: Duologue) -> None:
    """A run that is local only stays so when it is resumed, until the person says otherwise."""
    with listening(Endpoint()) as endpoint:
        ran = duologue(
            "run", "Go.", "--base-url", endpoint.url, "--local-only", "--no-derive", "--max-turns", 1
        )
    assert ran.code == 3, ran.err
    log = only_run(runs) / LOG_NAME
    assert json.loads(log.read_text().splitlines()[0])["settings"]["local_only"] is True
    elsewhere = ("resume", "--base-url", "http://192.0.2.1/v1", "--max-turns", 2)
    ran = duologue(*elsewhere)
    assert (ran.code, ran.out) == (1, "")
    assert "192.0.2.1 is not on this machine." in ran.err
    assert "--no-local-only" in ran.err


def test_local_only_in_the_config_file(home: Path, runs: Path, duologue: Duologue) -> None:
    """The config file may say it for every run; nothing is written where an address is refused."""
    (home / "own.toml").write_text('local_only = true\nbase_url = "http://192.0.2.1/v1"')
    ran = duologue("run", "Go.", "--config", "own.toml")
    assert (ran.code, ran.out) == (1, "")
    assert "not on this machine" in ran.err
    assert not list(runs.glob("*"))


@pytest.mark.parametrize(
    "wrong",
    [
        ("run", "Go.", "--max-turns", CANARY),
        ("run", "Go.", "--model", f"local:{CANARY}"),
        ("run", "Go.", "--base-url", CANARY),
        ("run", "Go.", "--pair", CANARY),
        ("run", "Go.", "--source", CANARY),
        ("run", "Go.", "--fallback", CANARY),
        ("run", "Go.", "--set", f"user.{CANARY}=1"),
        ("run", "Go.", "--json", "--base-url", "http://127.0.0.1:1/v1", "--output", f"/nowhere/{CANARY}"),
        ("run", "Go.", f"--{CANARY}"),
        ("show", CANARY),
        ("doctor", "--base-url", CANARY, "--json"),
        (CANARY,),
    ],
)
@pytest.mark.parametrize("known_by", ["environment", "config", "option"])
def test_a_fault_repeats_no_secret(
    wrong: tuple[str, ...], known_by: str, duologue: Duologue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person has put in the wrong place is told of without the secret, wherever that is known from."""
    if known_by == "environment":
        monkeypatch.setenv("SOME_SERVICE_TOKEN", CANARY)
    elif known_by == "config":
        config = tmp_path / "config" / "duologue" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[roles.judge]\nbase_url = "http://x/v1"\napi_key = "{CANARY}"\n', "utf-8")
    elif wrong[0] in ("run", "doctor"):
        wrong = (*wrong, "--api-key", CANARY)
    else:
        pytest.skip("takes no key")
    ran = duologue(*wrong)
    assert ran.code in (1, 2)
    assert CANARY not in ran.out + ran.err
    assert "⟨secret-" in ran.err
