"""What leaves this machine, and what is written on it, as people choose it."""

import json
from pathlib import Path

from duologue.record.log import LOG_NAME
from tests.cli.conftest import Duologue
from tests.cli.endpoint import Endpoint, listening
from tests.cli.running import only_run


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
