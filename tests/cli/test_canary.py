"""Secrets that stand in every input, and that the model repeats in every place, are nowhere to be found."""

import json
import os
import select
from pathlib import Path
from typing import Final

import pytest

from duologue.record.log import LOG_NAME
from tests.cli.canary_server import Parrot, repeating
from tests.cli.endpoint import Endpoint, listening
from tests.cli.running import Ran, child, only_run, run_child
from tests.cli.test_terminal import Terminal

KEY: Final = "canarykey-7Hq2vTz9Lm4X"
TOKEN: Final = 'cana"ry/tok\\en-ümlaut5'
CARD: Final = "4111 1111 1111 1111"
SECRETS: Final = (KEY, TOKEN, CARD)
MODELS: Final = ("--user-model", "user", "--assistant-model", "assistant", "--judge-model", "judge")


@pytest.fixture
def parrot(tmp_path: Path, runs: Path, monkeypatch: pytest.MonkeyPatch) -> Parrot:
    """A server that will be told secrets, which stand in the environment too."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SOME_SERVICE_TOKEN", TOKEN)
    monkeypatch.setenv("HARMLESS_TOKEN", "required")
    return Parrot(SECRETS, tmp_path)


def spellings(secret: str) -> set[bytes]:
    """The secret as it may be written, and what is told of it by a good part."""
    plain = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], secret[:-4]}
    return {text.encode() for text in plain}


def assert_nowhere(where: str, data: bytes) -> None:
    """No secret is in the data, in any spelling."""
    for secret in SECRETS:
        for spelling in spellings(secret):
            assert spelling not in data, where


def asked_for(url: str, home: Path) -> list[str]:
    """The arguments of a run with secrets in its goal, its source, its criterion and its check."""
    (home / "source.txt").write_text(f"It says {KEY} and {TOKEN} and {CARD}; required.", "utf-8")
    goal = f"Write down {KEY}, {TOKEN} and {CARD}, as required."
    given = ["--source", "source.txt", "--check", f"contains:{KEY}", "--pair", "general", "--no-derive"]
    return ["run", goal, *given, "--base-url", url, *MODELS, "--max-turns", "4"]


def assert_clean(parrot: Parrot, ran: Ran, tmp_path: Path) -> None:
    """Neither files nor output nor requests hold a secret; the key came in its header alone."""
    assert parrot.leaks == {"source.txt"}
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "source.txt":
            assert_nowhere(str(path), path.read_bytes())
    assert_nowhere("stdout", ran.out.encode())
    assert_nowhere("stderr", ran.err.encode())
    for body in parrot.bodies:
        assert_nowhere("a request", body)

    for head in parrot.heads:
        assert head.count(KEY) == 1
        assert f"Authorization: Bearer {KEY}" in head
        assert TOKEN not in head


@pytest.mark.parametrize("mode", ["--plain", "--json", "--quiet"])
def test_a_canary_is_nowhere(mode: str, parrot: Parrot, tmp_path: Path, home: Path, runs: Path) -> None:
    """Goal, source, check and environment hold secrets, the model repeats them split over chunks, escaped,
    in reasoning, in tool arguments, in verdicts, in errors and where it breaks off: nothing is let out."""
    with repeating(parrot):
        ran = run_child(*asked_for(parrot.url, home), mode)
    assert parrot.asked["judge"] >= 1, ran.err
    assert ran.code in (0, 3), ran.err
    assert_clean(parrot, ran, tmp_path)
    log = (only_run(runs) / LOG_NAME).read_text("utf-8")
    events = [json.loads(line) for line in log.splitlines()]
    assert events[0]["goal"].count("⟨secret-") == 2
    assert "⟨card-" in events[0]["goal"]
    assert events[0]["goal"].endswith("as required.")
    assert [e["passed"] for e in events if e["type"] == "check.finished"][-1:] in ([True], [])
    assert {e["type"] for e in events} >= {"attempt.failed", "tool.finished", "verdict.given"}


def test_a_canary_is_not_on_the_screen(parrot: Parrot, tmp_path: Path, home: Path, runs: Path) -> None:
    """The screen of a real terminal shows placeholders from the first letter on."""
    terminal = Terminal()
    sides = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
    environment = {**os.environ, "TERM": "xterm-256color"}
    with (
        repeating(parrot),
        child(*asked_for(parrot.url, home), env=environment, start_new_session=True, **sides) as process,
    ):
        terminal.read_until(b"secret-")
        while b"next: " not in terminal.seen:
            terminal.read_until(b"\x1b[")
        terminal.press(b"q")
        terminal.read_until(b"\x1b[?1049l")
        assert process.wait() in (0, 3)
        while select.select([terminal.ours], [], [], 0.0)[0]:
            terminal.seen += os.read(terminal.ours, 65536)
    terminal.close()
    assert_nowhere("the terminal", terminal.seen)
    assert_clean(parrot, Ran(0, "", ""), tmp_path)


def test_a_canary_follows_no_redirect(parrot: Parrot, tmp_path: Path, home: Path) -> None:
    """Where the endpoint points at another host, that one is not spoken to at all."""
    with listening(Endpoint()) as other:
        parrot.redirects = f"{other.url}/chat/completions"
        with repeating(parrot):
            ran = run_child(*asked_for(parrot.url, home), "--plain")
        assert (other.asked, other.listed) == (0, 0)
    assert ran.code == 1
    parrot.look()
    assert_clean(parrot, ran, tmp_path)


def test_no_redaction_is_a_choice(parrot: Parrot, home: Path, runs: Path) -> None:
    """With --no-redact everything stays as it is, and the log says that this was chosen."""
    parrot.redirects = "http://127.0.0.1:1/"
    with repeating(parrot):
        run_child(*asked_for(parrot.url, home), "--no-redact", "--quiet")
    assert KEY.encode() in parrot.bodies[0]
    header = json.loads((only_run(runs) / LOG_NAME).read_text("utf-8").splitlines()[0])
    assert header["settings"]["redact"] is False
    assert TOKEN in header["goal"]
