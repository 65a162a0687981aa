"""`duologue doctor`: what a person is told of the endpoints there are."""

import json
import shlex
import socket
from pathlib import Path

import pytest

from duologue.config import cache_folder
from duologue.endpoint.dialects import load_dialects
from tests.cli.conftest import Duologue
from tests.servers.pretending import (
    BARE,
    LM_STUDIO,
    LOCKED,
    OLLAMA,
    VLLM,
    WEB_PAGE,
    fixed,
    json_of,
    model_list,
    pretending,
    refused,
    talking,
)


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of ordinary width."""
    monkeypatch.setenv("COLUMNS", "110")


def commands(out: str) -> list[list[str]]:
    """The suggested commands, as a shell would split them."""
    return [shlex.split(line) for line in out.splitlines() if line.startswith("    duologue run")]


def test_what_answers_on_this_machine_is_examined(
    duologue: Duologue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no endpoint set, each server at the usual ports is told of, with a command that names it."""
    with pretending(OLLAMA) as ollama, pretending(BARE) as bare, pretending(WEB_PAGE) as page:
        monkeypatch.setenv("DUOLOGUE_LOCAL_PORTS", f"{ollama.port},{bare.port},{page.port}")
        ran = duologue("doctor")
    assert ran.code == 0, ran.err
    assert f"Ollama at {ollama.url}" in ran.out
    assert "Tried with qwen:8b; name another with --model." in ran.out
    assert "4,096 tokens. A run counts with 32,768" in ran.out
    assert "sent no list of models." in ran.out
    assert commands(ran.out) == [
        ["duologue", "run", "--base-url", ollama.url, "-m", "qwen:8b", "--context", "4096", "…"],
        ["duologue", "run", "--base-url", bare.url, "-m", "plain", "…"],
    ]


def test_the_endpoint_that_is_set_is_examined_with_where_it_came_from(
    duologue: Duologue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The config file's endpoints are each examined once, with their roles; nothing else is looked for."""
    with pretending(VLLM) as vllm, pretending(LM_STUDIO) as studio, pretending(OLLAMA) as other:
        monkeypatch.setenv("DUOLOGUE_LOCAL_PORTS", str(other.port))
        config = tmp_path / "mine.toml"
        config.write_text(
            f'base_url = "{vllm.url}"\n[roles.judge]\nbase_url = "{studio.url}"\napi_key = "sk-config"\n'
        )
        ran = duologue("doctor", "--config", config)
        assert other.asked == []
        assert all(head.get("Authorization") is None for _, head, _ in vllm.asked)
    assert ran.code == 0
    assert "Set by the config file, for user and assistant." in ran.out
    assert "Set by the config file, [roles.judge], for judge, with the key of the config file" in ran.out
    assert commands(ran.out) == [["duologue", "run", "--config", str(config), "--context", "8192", "…"]]
    assert "sk-config" not in ran.out + ran.err


def test_a_run_needs_every_endpoint_that_is_set(duologue: Duologue, tmp_path: Path) -> None:
    """Where one role's endpoint is of no use, no command is suggested, and the code says so."""
    with pretending(VLLM) as vllm, pretending(LOCKED) as locked:
        config = tmp_path / "mine.toml"
        config.write_text(f'base_url = "{vllm.url}"\n[roles.judge]\nbase_url = "{locked.url}"\n')
        ran = duologue("doctor", "--config", config)
    assert (ran.code, commands(ran.out)) == (1, [])
    assert "wants a key" in " ".join(ran.out.split())


def test_a_key_is_never_printed(duologue: Duologue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the option's, not one in the address's query, and not one that the server repeats."""

    def echo(_body: object) -> tuple[int, str, bytes]:
        return json_of({"error": {"message": "No tools for sk-typed."}}, 400)

    routes = {
        "GET /v1/models?api-version=1&key=sk-query": model_list("m"),
        "POST /v1/chat/completions?api-version=1&key=sk-query": VLLM["POST /v1/chat/completions"],
        "POST /v1/embeddings?api-version=1&key=sk-query": echo,
    }
    with pretending(routes) as server:
        url = f"{server.url}?api-version=1&key=sk-query"
        for more in ([], ["--json"]):
            ran = duologue("doctor", "--base-url", url, "--api-key", "sk-typed", *more)
            assert ran.code == 0, ran.out
            assert "sk-" not in ran.out + ran.err
            assert "api-version=1" in ran.out


@pytest.mark.parametrize(
    ("routes", "options", "code", "words"),
    [
        (LOCKED, [], 1, ["failed", "wants a key", "OPENAI_API_KEY", "Not usable"]),
        (LOCKED, ["--api-key", "sk-wrong"], 1, ["refused the credentials", "Check the API key"]),
        (WEB_PAGE, [], 1, ["sent no list of models", "Not usable"]),
        ({"GET /v1/models": fixed({"data": []})}, [], 1, ["lists no model", "--model"]),
        ({"GET /v1/models": model_list("m")}, [], 1, ["failed", "completion", "HTTP 404", "Not usable"]),
        ({}, ["--model", "m"], 1, ["completion", "Not usable: there was no completion."]),
        (
            {"GET /v1/models": model_list("tiny-model", "embedder")},
            ["--model", "tiny-modle"],
            1,
            ["HTTP 404", "It lists no model 'tiny-modle'. Did you mean --model tiny-model?"],
        ),
    ],
)
def test_an_endpoint_of_no_use_says_why(
    routes: dict[str, object], options: list[str], code: int, words: list[str], duologue: Duologue
) -> None:
    """One row says what failed and what to do; the command ends with code 1."""
    with pretending(routes) as server:  # type: ignore[arg-type]  # the table is a mixture
        ran = duologue("doctor", "--base-url", server.url, *options)
    assert ran.code == code
    assert all(word in " ".join(ran.out.split()) for word in words), ran.out
    assert "Traceback" not in ran.out + ran.err


def test_where_nothing_is_set_and_nothing_answers(duologue: Duologue) -> None:
    """The code is one that no other end has, and the hint says what could be there."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    ran = duologue("doctor", "--port", str(port))
    assert (ran.code, ran.out) == (7, "")
    assert f"no server is at the ports {port} of this machine" in ran.err
    assert "duologue demo" in ran.err
    assert json.loads(duologue("doctor", "--json").out) == {
        "usable": False,
        "commands": [],
        "endpoints": [],
    }


def test_a_port_that_is_set_wrongly_is_told(duologue: Duologue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong usage ends with code 2 before anything is asked."""
    assert duologue("doctor", "--port", "0").code == 2
    assert duologue("doctor", "--base-url", "no address").code == 2
    monkeypatch.setenv("DUOLOGUE_LOCAL_PORTS", "many")
    ran = duologue("doctor")
    assert (ran.code, ran.out) == (2, "")
    assert "DUOLOGUE_LOCAL_PORTS" in ran.err


def test_where_the_endpoint_that_is_set_is_gone_another_is_pointed_out(
    duologue: Duologue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers on this machine is mentioned, and not examined unasked."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pretending(OLLAMA) as ollama:
        monkeypatch.setenv("DUOLOGUE_LOCAL_PORTS", str(ollama.port))
        ran = duologue("doctor", "--base-url", f"http://127.0.0.1:{port}/v1")
        assert ollama.bodies("/v1/chat/completions") == []
    assert ran.code == 1
    assert "refused the connection" in ran.out
    assert f"Ollama answers at {ollama.url}: duologue doctor --local" in ran.out


def test_it_can_be_read_on_a_narrow_terminal(duologue: Duologue, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 40 columns no line but the command to copy is longer."""
    monkeypatch.setenv("COLUMNS", "40")
    with pretending(BARE) as server:
        ran = duologue("doctor", "--base-url", server.url)
    wide = [line for line in ran.out.splitlines() if len(line) > 40]
    assert [line.split()[0] for line in wide] == ["duologue"], wide


def test_what_a_server_says_cannot_act_on_the_terminal(duologue: Duologue) -> None:
    """Names of models and messages are shown with their control characters made visible, and quoted."""
    name = "m\x1b[2J'; rm -rf ~ #\u202e"
    routes = {
        **VLLM,
        "GET /v1/models": model_list(name),
        "POST /v1/embeddings": refused("\x1b]0;title\x07 no\u202e"),
    }
    with pretending(routes) as server:
        ran = duologue("doctor", "--base-url", server.url, "--model", "-x")
        listed = duologue("doctor", "--port", str(server.port))
    for out in (ran.out, listed.out):
        assert not {"\x1b", "\x07", "\u202e"}.intersection(out)
    assert commands(ran.out) == [["duologue", "run", "--base-url", server.url, "--model=-x", "…"]]
    assert commands(listed.out)[0][5] == "m␛[2J'; rm -rf ~ #⟨U+202E⟩"


def test_a_program_reads_one_json_object(duologue: Duologue) -> None:
    """With --json, stdout holds one object with every finding."""
    with pretending(LM_STUDIO) as server:
        ran = duologue("doctor", "--json", "--base-url", server.url)
    told = json.loads(ran.out)
    (endpoint,) = told["endpoints"]
    assert (ran.code, told["usable"], endpoint["server"]) == (0, True, "LM Studio")
    assert (endpoint["set_by"], endpoint["model"], endpoint["models"]) == ("--base-url", "gemma", ["gemma"])
    found = {finding["ability"]: finding for finding in endpoint["findings"]}
    assert found["context"]["tokens"] == 8192
    assert found["completion"]["first_token_s"] >= 0
    assert shlex.split(told["commands"][0])[-2:] == ["8192", "…"]


def test_what_was_learnt_of_an_endpoint_is_shown_kept_and_dropped(duologue: Duologue) -> None:
    """The second examination is refused nothing that was learnt in the first, until it is forgotten."""
    with pretending(BARE) as server:
        tries = []
        for more in ([], [], ["--forget"]):
            before = len(server.bodies("/v1/chat/completions"))
            ran = duologue("doctor", "--base-url", server.url, *more)
            assert ran.code == 0, ran.err
            assert "Remembered, and dropped with --forget:" in ran.out
            assert "max_tokens -> max_completion_tokens (" in ran.out
            tries.append(len(server.bodies("/v1/chat/completions")) - before)
    assert tries[1] < tries[0] == tries[2]
    assert "Forgotten is what one model of it wants otherwise." in ran.out


def test_nothing_is_forgotten_where_nothing_was_learnt(duologue: Duologue) -> None:
    """A program is told how much was forgotten, and what is remembered."""
    with pretending(VLLM) as server:
        told = json.loads(duologue("doctor", "--forget", "--json", "--base-url", server.url).out)
        assert (told["endpoints"][0]["forgotten"], told["endpoints"][0]["remembered"]) == (0, [])
        assert "Nothing was remembered of it." in duologue("doctor", "--forget", "--base-url", server.url).out


def test_fallbacks_are_examined_and_a_run_can_do_without_them(duologue: Duologue, tmp_path: Path) -> None:
    """Each once, after the endpoints that a run needs, with the roles that it stands in for."""
    config = tmp_path / "mine.toml"
    for routes, row in ((OLLAMA, "works    completion"), ({}, "Not usable")):
        with pretending(VLLM) as vllm, pretending(routes) as spare:
            config.write_text(f'base_url = "{vllm.url}"\nfallbacks = ["qwen:8b@{spare.url}"]\n')
            ran = duologue("doctor", "--config", config)
            told = json.loads(duologue("doctor", "--config", config, "--json").out)
        assert (ran.code, ran.out.count("A fallback.")) == (0, 1), ran.out
        assert row in ran.out.split("A fallback.")[1]
        assert commands(ran.out) == [["duologue", "run", "--config", str(config), "…"]]
        assert [each["fallback"] for each in told["endpoints"]] == [False, True]
        assert told["endpoints"][1]["base_url"] == spare.url


def test_the_persons_limits_hold_for_it_too(duologue: Duologue, tmp_path: Path) -> None:
    """What [rate] leaves no room for is not asked, and not said to be missing."""
    config = tmp_path / "mine.toml"
    with pretending(VLLM) as vllm:
        config.write_text(f'base_url = "{vllm.url}"\n[rate]\nrpm = 1\n')
        ran = duologue("doctor", "--config", config)
        assert len(vllm.bodies("/v1/chat/completions")) == 1
    assert ran.code == 0
    assert "unknown  tools        The rate limit of" in ran.out


def test_no_secret_of_the_environment_is_shown(duologue: Duologue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a server repeats: not only the key that was sent to it."""
    canary = "canarykey-7Hq2vTz9Lm4X"
    monkeypatch.setenv("SOME_SERVICE_TOKEN", canary)
    routes = {**VLLM, "POST /v1/chat/completions": refused(f"Not with {canary}.", 400)}
    with pretending(routes) as server:
        for more in ([], ["--json"]):
            ran = duologue("doctor", "--base-url", server.url, "--model", "m", *more)
            assert canary not in ran.out + ran.err
            assert "Not with ⟨secret-" in ran.out.replace("\\u27e8", "⟨")


def test_what_refused_tools_mean_for_a_run(duologue: Duologue) -> None:
    """The row says that a run works all the same, and what it goes without; the next run knows."""
    refusing = {**VLLM, "POST /v1/chat/completions": talking("tools")}
    with pretending(refusing) as server:
        ran = duologue("doctor", "--base-url", server.url)
    said = " ".join(ran.out.split())
    assert (
        "missing tools It refuses tools. Runs work without them; the user agent keeps no plan then." in said
    )
    assert "tools dropped (" in said


def test_forgetting_comes_before_anything_is_learnt(duologue: Duologue, tmp_path: Path) -> None:
    """Two models of one endpoint: what was just learnt of the first is not dropped with the second."""
    config = tmp_path / "mine.toml"
    with pretending(BARE) as server:
        config.write_text(f'base_url = "{server.url}"\nmodel = "a"\n[roles.judge]\nmodel = "b"\n')
        for _ in range(2):
            assert duologue("doctor", "--forget", "--config", config).code == 0
    known = load_dialects(cache_folder())
    assert sorted(dialect.model for dialect in known) == ["a", "b"]
