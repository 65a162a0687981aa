"""`--model local…`: a run whose model is served on this machine, as people start it."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from duologue.config import cache_folder
from duologue.endpoint.dialects import load_dialects
from duologue.record.events import CompletionReceived, RunResumed, RunStarted
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.conftest import Duologue
from tests.cli.running import Ran, child, only_run, run_child
from tests.servers.answering import listening_at

pytestmark = pytest.mark.llamacpp

GOAL = "Write one line"
BRIEF = ("--temperature", "0.8", "--no-derive", "--context", "8192", "--set", "judge.max_tokens=200")


def pursue(*more: str | Path) -> Ran:
    return run_child("run", GOAL, "--json", "--max-turns", "2", *BRIEF, *more)


def configured(tmp_path: Path, **settings: str | int) -> Path:
    """A config file with one local model, called `small`."""
    lines = [f"{key} = {value!r}" for key, value in {"threads": 1, **settings}.items()]
    path = tmp_path / "config.toml"
    path.write_text("\n".join(["[local.models.small]", *lines]))
    return path


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def hub(folder: Path) -> Iterator[str]:
    """The address of a server of the files in the folder."""
    with listening_at(partial(_Silent, directory=str(folder))) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_file_answers_and_is_started_again_to_go_on(noise_model: Path, runs: Path, tmp_path: Path) -> None:
    """The log names the file, its size and digest, and neither address nor key; `resume` serves it again, and
    refuses another file in its place."""
    model = tmp_path / "mine.gguf"
    model.write_bytes(noise_model.read_bytes())
    ran = pursue("--model", f"local:{model}", "--set", "judge.max_tokens=60")
    assert (ran.code, ran.err) == (3, "")
    records = read_strict(only_run(runs) / LOG_NAME)
    assert isinstance(records[0].event, RunStarted)
    digest = sha256(model.read_bytes()).hexdigest()
    assert records[0].event.settings["roles"]["judge"] | {"sampling": {}} == {
        "base_url": "local:",
        "model": f"local:{model}",
        "sampling": {},
        "local": {"file": "mine.gguf", "size": model.stat().st_size, "sha256": digest},
    }
    assert "127.0.0.1" not in ran.out
    again = run_child("resume", "--plain", "--max-turns", "3", "--set", "judge.max_tokens=100")
    assert (again.code, "The limit of 3 turns" in again.out) == (3, True), again
    resumed = [r.event for r in read_strict(only_run(runs) / LOG_NAME) if isinstance(r.event, RunResumed)]
    assert resumed[0].settings["roles"]["user"]["local"]["sha256"] == digest
    model.write_bytes(model.read_bytes() + b"\0")
    other = run_child("resume", "--plain", "--max-turns", "4")
    assert (other.code, f"and the run says {digest}" in other.err) == (2, True)


def test_a_model_of_the_config_file_is_fetched_on_first_use(
    noise_model: Path, runs: Path, tmp_path: Path
) -> None:
    """`--model local` means the only model there is; it is fetched once, with its progress in lines, and then
    used without its hub."""
    digest = sha256(noise_model.read_bytes()).hexdigest()
    with hub(noise_model.parent) as url:
        config = configured(tmp_path, url=f"{url}/noise.gguf", sha256=digest)
        first = pursue("--model", "local", "--config", config)
    assert first.code == 3, first.err
    told = first.err.splitlines()
    assert told[0] == "Fetching noise.gguf: 0 % of 0.6 MB"
    assert told[-1] == "Fetching noise.gguf: 100 % of 0.6 MB"
    second = run_child("resume", "--json", "--max-turns", "3", "--config", config)
    assert (second.code, second.err) == (3, "")


def test_nothing_leaves_the_machine_and_nothing_is_kept_of_a_passing_address(
    noise_model: Path, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --local-only a model of this machine answers, past any proxy; what it refuses is learnt for the
    run alone, since its port is another one next time."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    config = configured(tmp_path, path=str(noise_model))
    config.write_text(f"{config.read_text()}\n[roles.user.extra_body]\nlogprobs = true\n")
    ran = pursue("--model", "local", "--local-only", "--config", config)
    assert ran.code == 3, ran.err
    said = [record.event for record in read_strict(only_run(runs) / LOG_NAME)]
    adapted = [each.adapted for each in said if isinstance(each, CompletionReceived)]
    assert adapted[0] == ["logprobs dropped"], adapted
    assert load_dialects(cache_folder()) == []


def test_a_fallback_elsewhere_is_refused_before_a_model_is_fetched(runs: Path, tmp_path: Path) -> None:
    """What --local-only forbids is said at once: neither the file nor the hub is looked at."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = configured(tmp_path, url=f"http://127.0.0.1:{silent.getsockname()[1]}/m.gguf")
        spare = ("--local-only", "--fallback", "m@http://198.51.100.1/v1")
        ran = run_child("run", GOAL, "--plain", "--model", "local", "--config", config, *spare)
    assert (ran.code, ran.out, runs.exists()) == (1, "", False)
    assert ran.err.splitlines() == [
        "duologue: 198.51.100.1 is not on this machine.",
        "  The run is local only: name a server on this machine, or say --no-local-only.",
    ]


def test_an_interrupt_while_a_model_is_fetched_ends_the_command(runs: Path, tmp_path: Path) -> None:
    """Ctrl-C does not wait for a server that sends nothing; no run is begun."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = configured(tmp_path, url=f"http://127.0.0.1:{silent.getsockname()[1]}/m.gguf")
        with child("run", GOAL, "--plain", "--model", "local:small", "--config", config) as process:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1000)
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.decode() == "duologue: Interrupted by SIGINT before the run began.\n"
    assert not runs.exists()


def test_without_the_extra_the_command_to_install_it_is_told(noise_model: Path, tmp_path: Path) -> None:
    """A missing xllamacpp is one sentence and a hint, and nothing is fetched first."""
    script = "import sys; sys.modules['xllamacpp'] = None; from duologue.cli.main import main; main()"
    ran = run_child(
        "run", GOAL, "--plain", "--model", f"local:{noise_model}", command=(sys.executable, "-c", script)
    )
    assert (ran.code, ran.out) == (2, "")
    assert '"duologue[local]"' in ran.err


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("local", "does not say which model"),
        ("local:large", "no local model 'large'"),
        ("local:https://hub.example/m.gguf", "only from a URL that the config file names"),
        ("local:/nowhere/m.gguf", "no model file /nowhere/m.gguf"),
    ],
)
def test_a_model_that_is_not_there_is_told(model: str, words: str, runs: Path, duologue: Duologue) -> None:
    """What cannot be found is bad input, with a hint on how models are named."""
    ran = duologue("run", GOAL, "--plain", "--model", model)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert not runs.exists()


def test_doctor_says_that_there_is_no_endpoint_to_examine(duologue: Duologue) -> None:
    """A file that a run serves itself is no endpoint, and is not looked for at one."""
    ran = duologue("doctor", "--model", "local:/models/m.gguf")
    assert (ran.code, ran.out) == (2, "")
    assert "local:/models/m.gguf needs no endpoint" in ran.err
