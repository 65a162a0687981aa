"""A run that names no endpoint takes the one server that answers on this machine, and says so."""

import json
import os
from pathlib import Path

import pytest

from duologue.record.events import RunStarted
from duologue.record.lines import parse_line
from duologue.record.log import LOG_NAME
from tests.cli.conftest import Duologue
from tests.cli.running import only_run, run_child
from tests.servers.pretending import (
    BARE,
    LM_STUDIO,
    LOCKED,
    OLLAMA,
    VLLM,
    WEB_PAGE,
    Pretender,
    fixed,
    pretending,
)

EMPTY = {"GET /v1/models": fixed({"data": []}), "GET /api/version": fixed({"version": "1"})}


def look_at(monkeypatch: pytest.MonkeyPatch, *servers: Pretender) -> None:
    """Let these stand at the usual ports."""
    monkeypatch.setenv("DUOLOGUE_LOCAL_PORTS", ",".join(str(server.port) for server in servers))


@pytest.mark.parametrize("mode", ["--json", "--quiet", "--plain"])
def test_the_one_server_that_answers_is_used(
    mode: str, duologue: Duologue, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line on stderr tells of it, stdout holds what it always does, and the log has its address; what
    is no usable server does not count."""
    with (
        pretending(VLLM) as server,
        pretending(LOCKED) as locked,
        pretending(WEB_PAGE) as page,
        pretending(EMPTY) as empty,
    ):
        look_at(monkeypatch, locked, page, server, empty)
        ran = duologue("run", "A goal", "--no-derive", "--max-turns", "1", mode)
        assert ran.code == 3, ran.err
        assert ran.err.startswith(f"No endpoint is named: using vLLM at {server.url}.\n")
        assert "using" not in ran.out
        started = parse_line((only_run(runs) / LOG_NAME).read_bytes().splitlines()[0]).record.event
    assert isinstance(started, RunStarted)
    assert {role["base_url"] for role in started.settings["roles"].values()} == {server.url}
    if mode == "--json":
        assert all(json.loads(line) for line in ran.out.splitlines())
        assert len(ran.err.splitlines()) == 1


def test_of_several_servers_each_is_listed_with_its_command(
    duologue: Duologue, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked of a model, and each server's command stands there to be copied."""
    with pretending(OLLAMA) as ollama, pretending(LM_STUDIO) as studio, pretending(BARE) as bare:
        look_at(monkeypatch, ollama, studio, bare)
        ran = duologue("run", "A goal")
        assert all(server.bodies("/v1/chat/completions") == [] for server in (ollama, studio, bare))
    assert (ran.code, ran.out) == (2, "")
    assert "3 servers answer on this machine" in ran.err
    assert f'duologue run --base-url {ollama.url} "…"   # Ollama, 3 models' in ran.err
    assert f'duologue run --base-url {studio.url} "…"   # LM Studio, gemma' in ran.err
    assert list(runs.glob("*")) == []


def test_the_one_server_has_to_have_one_model(
    duologue: Duologue, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it lists several, they are told, as for any endpoint."""
    with pretending(OLLAMA) as ollama:
        look_at(monkeypatch, ollama)
        ran = duologue("run", "A goal")
    assert (ran.code, ran.out) == (2, "")
    assert "They are: qwen:8b, nomic-embed-text, llama:3b." in ran.err


def test_where_none_is_usable_the_person_is_told_what_is_there(
    duologue: Duologue, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that wants a key or has no model is named, and `doctor` with it."""
    with pretending(LOCKED) as locked, pretending(EMPTY) as empty:
        look_at(monkeypatch, locked, empty)
        ran = duologue("run", "A goal")
    assert (ran.code, ran.out) == (2, "")
    assert "No endpoint is configured." in ran.err
    assert f"The server at {locked.url} wants a key" in ran.err
    assert f"Ollama at {empty.url} has no model." in ran.err
    assert "`duologue doctor`" in ran.err


def test_a_server_behind_a_proxy_is_not_taken_unasked(runs: Path) -> None:
    """What is found on this machine is not spoken to by way of another one."""
    with pretending(VLLM) as server, pretending({}) as proxy:
        environment = {
            **os.environ,
            "DUOLOGUE_LOCAL_PORTS": str(server.port),
            "http_proxy": f"http://127.0.0.1:{proxy.port}",
        }
        goal = ("run", "A goal", "--no-derive", "--max-turns", "1")
        refused = run_child(*goal, env=environment)
        taken = run_child(*goal, "--local-only", env=environment)
        assert proxy.asked == []
    assert refused.code == 2
    assert "NO_PROXY=127.0.0.1" in refused.err
    assert taken.code == 3, taken.err


def test_an_endpoint_that_is_set_is_used_and_nothing_is_looked_for(
    duologue: Duologue, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search is for runs that name no endpoint."""
    with pretending(VLLM) as named, pretending(VLLM) as other:
        look_at(monkeypatch, other)
        ran = duologue("run", "A goal", "--base-url", named.url, "--no-derive", "--max-turns", "1")
        assert ran.code == 3
        assert other.asked == []
