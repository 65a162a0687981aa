"""What a person may get wrong is told in one sentence with a hint, before anything is paid for."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from duologue.conversation.sources import MOST_BYTES
from duologue.record.log import LOG_NAME
from tests.cli.conftest import Duologue
from tests.cli.endpoint import Endpoint, listening
from tests.cli.running import Ran, only_run
from tests.cli.scenarios import done_at_once
from tests.servers.pretending import PAGE, model_list, pretending, talking


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that would answer, if it were asked."""
    with listening(Endpoint()) as found:
        yield found


def assert_told(ran: Ran, code: int, *words: str) -> None:
    """The command printed nothing but a sentence and at most one hint that hold these words."""
    assert ran.code == code, ran.err
    assert ran.out == ""
    lines = ran.err.rstrip("\n").split("\n")
    assert 1 <= len(lines) <= 2, ran.err
    assert lines[0].startswith("duologue: ")
    assert lines[0].endswith((".", "?"))
    for word in words:
        assert word in ran.err


WRONG_OPTIONS = {
    "unknown pair": (["--pair", "nonesuch"], ["nonesuch", "general"]),
    "empty goal": ([""], ["The goal is empty.", "duologue run"]),
    "blank goal": ([" \n "], ["The goal is empty."]),
    "missing source": (["--source", "absent.txt"], ["absent.txt", "No such file"]),
    "folder as source": (["--source", "."], ["cannot be read", "directory"]),
    "binary source": (["--source", "binary"], ["binary", "plain text"]),
    "source in another encoding": (["--source", "latin"], ["not UTF-8", "Convert"]),
    "large source": (["--source", "large"], ["too large", "2 MB"]),
    "empty source": (["--source", "empty"], ["is empty"]),
    "unknown check": (["--check", "max_word:3"], ["max_word:3", "max_words:N"]),
    "check without its number": (["--check", "max_words:many"], ["whole number"]),
    "check with a bad pattern": (["--check", "regex:("], ["not a valid pattern"]),
    "check with a schema that is missing": (["--check", "json_schema:absent.json"], ["cannot be read"]),
    "check with a schema that is none": (["--check", "json_schema:bad.json"], ["not a valid JSON schema"]),
    "setting without a value": (["--set", "judge.temperature"], ["ROLE.KEY=VALUE"]),
    "setting of nobody": (["--set", "nobody.temperature=1"], ["user, assistant, judge"]),
    "unknown setting": (["--set", "judge.temprature=1"], ["temprature", "Did you mean 'temperature'?"]),
    "setting of the wrong kind": (["--set", "judge.temperature=warm"], ["judge.temperature", "number"]),
    "address that is none": (
        ["--base-url", "127.0.0.1:8080"],
        ["not an http", "It looks like http://127.0.0.1:8080"],
    ),
    "address with credentials": (
        ["--base-url", "http://me:secret@host/v1"],
        ["credentials", "OPENAI_API_KEY"],
    ),
    "output in no folder": (["--output", "absent/result.txt"], ["cannot be saved", "absent"]),
    "output that is a folder": (["--output", "."], ["cannot be saved", "a folder"]),
    "nothing to cite": (["--grounded"], ["--grounded needs a source", "--source FILE"]),
    "missing scenario": (["--scenario", "absent.toml"], ["absent.toml"]),
    "config of bytes": (["--config", "binary"], ["binary", "cannot be read"]),
    "check without anything behind it": (["--check", "max_words"], ["max_words", "As in: max_words:N"]),
    "empty criterion": (["--criterion", " "], ["A criterion is empty."]),
    "criterion of no weight": (["--criterion", "weight=x: It rhymes."], ["weight=x", "weight=2"]),
    "two ways of showing it": (["--plain", "--json"], ["--plain and --json exclude each other."]),
    "number that is none": (["--max-turns", "x"], ["--max-turns: 'x' is not a whole number from 1 up."]),
    "number out of bounds": (["--votes", "10"], ["--votes: '10' is not a whole number from 1 to 9."]),
    "number without end": (["--max-minutes", "inf"], ["--max-minutes: 'inf' is not a number above 0."]),
    "temperature that is none": (
        ["--temperature", "nan"],
        ["--temperature: 'nan' is not a number from 0 up."],
    ),
    "unknown choice": (["--judging", "evry"], ["--judging: 'evry' is not one of", "Did you mean every?"]),
    "unknown option": (
        ["--critrion", "x"],
        ["`duologue run` has no option --critrion.", "mean --criterion?"],
    ),
    "option without its value": (["--pair"], ["--pair", "requires an argument", "duologue run --help"]),
    "goal without quotation marks": (
        ["of", "three words"],
        ["in quotation marks", "duologue run 'A goal of three words'"],
    ),
    "goal that begins with a dash": (["-5 degrees"], ["duologue run -- '-…'"]),
    "missing config": (["--config", "absent.toml"], ["absent.toml does not exist"]),
}


@pytest.mark.parametrize("wrong", WRONG_OPTIONS)
def test_a_wrong_option_is_told_before_the_endpoint_is_asked_anything(
    wrong: str, duologue: Duologue, endpoint: Endpoint, home: Path, runs: Path
) -> None:
    """A wrong option ends the command with code 2, no request, and no run folder."""
    (home / "binary").write_bytes(b"\0\xff\xfe" * 9)
    (home / "latin").write_bytes("Käse".encode("latin-1"))
    (home / "large").write_bytes(b"a line\n" * (MOST_BYTES // 7 + 1))
    (home / "empty").write_text("\n")
    (home / "bad.json").write_text('{"type": 3}')
    options, words = WRONG_OPTIONS[wrong]
    goal = [] if options[0].strip() == "" else ["A goal"]
    base_url = [] if "--base-url" in options else ["--base-url", endpoint.url]
    ran = duologue("run", *base_url, *goal, *options)
    assert_told(ran, 2, *words)
    assert "secret" not in ran.err
    assert (endpoint.asked, endpoint.listed, list(runs.glob("*"))) == (0, 0, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "A goal", "--max-turns", "0"], ["--max-turns: '0'"]),
        (["run", "A goal", "--no-such-option"], ["--no-such-option"]),
        (["show", "one", "another"], ["`duologue show`", "another", "duologue show --help"]),
        (["fork", "last"], ["`duologue fork` needs --at TURN.", "The last turn that both share."]),
        (["control"], ["`duologue control` needs RUN."]),
        (["ls", "--since", "yesterday"], ["--since: 'yesterday'", "2h or 3d"]),
        (["nonesuch"], ["nonesuch", "duologue --help"]),
        (["rnu", "A goal"], ["Did you mean `duologue run`?"]),
        (["Write", "a", "haiku"], ["duologue run 'Write a haiku'"]),
    ],
)
def test_what_the_command_line_itself_refuses_is_a_usage_error(
    arguments: list[str], words: list[str], duologue: Duologue
) -> None:
    """Unknown commands, options and values end with code 2, one sentence and a hint."""
    assert_told(duologue(*arguments), 2, *words)


def test_the_help_says_in_words_what_an_option_takes(duologue: Duologue) -> None:
    """No option's line names a type of Click's, and the long ones stand in sections."""
    said = duologue("run", "--help").out
    assert "Limits:" in said
    assert "--max-minutes X" in said
    assert not re.search(r"RANGE|INTEGER|FLOAT|x>=", said)


def test_without_an_endpoint_the_person_is_told_how_to_name_one(duologue: Duologue, runs: Path) -> None:
    """With no endpoint in options, environment or config, the hint names all three, and the demo."""
    ran = duologue("run", "A goal")
    assert_told(ran, 2, "--base-url", "OPENAI_BASE_URL", "config.toml", "duologue demo")


def test_a_missing_key_is_the_persons_to_set(duologue: Duologue, runs: Path) -> None:
    """Where the endpoint wants a key and none is set, nothing is asked of a model."""
    with listening(Endpoint(key="the-key")) as endpoint:
        ran = duologue("run", "A goal", "--base-url", endpoint.url)
    assert_told(ran, 2, "wants a key", "OPENAI_API_KEY")
    assert (endpoint.asked, list(runs.glob("*"))) == (0, [])


def test_a_wrong_key_is_refused_and_never_shown(
    duologue: Duologue, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the endpoint refuses the key, the command fails at once and does not print it."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-the-one")
    with listening(Endpoint(key="the-key")) as endpoint:
        ran = duologue("run", "A goal", "--base-url", endpoint.url)
    assert_told(ran, 1, "refused", "key")
    assert "sk-not-the-one" not in ran.err
    assert endpoint.asked == 0


def test_a_port_where_nothing_listens_is_told_at_once(duologue: Duologue, runs: Path) -> None:
    """Where no server listens, the command fails with code 1 and leaves no run behind."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ran = duologue("run", "A goal", "--base-url", f"http://127.0.0.1:{port}/v1")
    assert_told(ran, 1, f"127.0.0.1:{port}")
    assert list(runs.glob("*")) == []


def test_a_typing_error_in_the_config_file_is_named_with_file_and_line(
    duologue: Duologue, endpoint: Endpoint, tmp_path: Path
) -> None:
    """An unknown setting is told with the file, the line, and the setting that was probably meant."""
    config = tmp_path / "config" / "duologue" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'# mine\nbase_url = "{endpoint.url}"\n\n[limits]\ntunrs = 10\n')
    ran = duologue("run", "A goal")
    assert_told(ran, 2, f"{config}, line 5", "limits.tunrs", "Did you mean 'turns'?")
    assert endpoint.listed == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ["There is no API at {root}, but at {root}/v1.", "--base-url {root}/v1"]),
        ("/", ["--base-url {root}/v1"]),
        ("/v1/chat/completions", ["--base-url {root}/v1"]),
        ("/page", ["--base-url {root}/v1"]),
    ],
)
def test_a_base_url_that_leads_past_the_api_is_told_the_right_one(
    typed: str, words: list[str], duologue: Duologue, runs: Path
) -> None:
    """Where the API answers nearby, the command names that address, and nothing is begun."""
    with pretending({"GET /v1/models": model_list("small"), "GET /page/models": PAGE}) as server:
        root = server.url.removesuffix("/v1")
        ran = duologue("run", "A goal", "--base-url", f"{root}{typed}")
        told = duologue("doctor", "--base-url", f"{root}{typed}")
    assert_told(ran, 2, *(word.format(root=root) for word in words))
    assert f"The API is at {root}/v1." in " ".join(told.out.split())
    assert list(runs.glob("*")) == []


def test_a_web_page_is_no_api(duologue: Duologue, runs: Path) -> None:
    """Where a page answers and no API is nearby, that is said at once, and not tried for minutes."""
    with pretending({"GET /v1/models": PAGE}) as server:
        ran = duologue("run", "A goal", "--base-url", server.url, "--model", "small")
    assert_told(ran, 2, "is a web page", "/v1")
    assert list(runs.glob("*")) == []


def test_a_path_without_a_list_of_models_is_no_mistake(duologue: Duologue, runs: Path) -> None:
    """An API that lists no models is asked, whatever else there is at its server's root."""
    talks = {"GET /v1/models": model_list("small"), "POST /other/chat/completions": talking()}
    with pretending(talks) as server:
        root = server.url.removesuffix("/v1")
        options = ("--base-url", f"{root}/other", "--model", "m", "--max-turns", "1", "--no-derive")
        ran = duologue("run", "A goal", *options)
    assert ran.code == 3, ran.err


@pytest.mark.parametrize(
    ("typed", "words"),
    [("smal", "Did you mean --model small?"), ("xyzzy", "It lists no model 'xyzzy'. It has grand, small.")],
)
def test_a_model_that_the_endpoint_does_not_know_is_told_with_those_it_has(
    typed: str, words: str, duologue: Duologue, runs: Path
) -> None:
    """What is not there is told with the name that is most like it, or with all there are."""
    routes = {"GET /v1/models": model_list("grand", "small")}
    with pretending(routes) as server:
        ran = duologue("run", "A goal", "--base-url", server.url, "--model", typed, "--quiet")
    assert ran.code == 1
    assert words in ran.err


def test_several_models_and_none_named_lists_them(duologue: Duologue, runs: Path) -> None:
    """Where the endpoint has several models, the person is asked to name one, and told which there are."""
    with listening(Endpoint(models=("tiny", "grand"))) as endpoint:
        ran = duologue("run", "A goal", "--base-url", endpoint.url)
    assert_told(ran, 2, "--model", "tiny, grand")
    assert (endpoint.asked, list(runs.glob("*"))) == (0, [])


def test_no_model_at_all_asks_for_a_name(duologue: Duologue, runs: Path) -> None:
    """Where the endpoint lists no model, the person has to name one."""
    with listening(Endpoint(models=())) as endpoint:
        assert_told(duologue("run", "A goal", "--base-url", endpoint.url), 2, "--model")


def test_a_runs_folder_that_cannot_be_written_costs_nothing(
    duologue: Duologue, endpoint: Endpoint, home: Path
) -> None:
    """Where no run can be saved, no model is asked, and the hint names the option that helps."""
    (home / "file").write_text("in the way")
    ran = duologue("run", "A goal", "--base-url", endpoint.url, "--runs", "file/runs")
    assert_told(ran, 1, "cannot be made", "--runs")
    assert endpoint.asked == 0


@pytest.mark.parametrize("command", ["show", "replay", "watch"])
def test_a_run_that_does_not_exist_is_told(command: str, duologue: Duologue, runs: Path) -> None:
    """A name that no saved run answers to ends with code 2, and hints at the list of runs."""
    assert_told(duologue(command, "nonesuch"), 2, "nonesuch", "duologue ls")


@pytest.mark.parametrize("command", ["show", "replay", "watch"])
def test_without_any_run_the_last_one_is_told_to_be_missing(
    command: str, duologue: Duologue, runs: Path
) -> None:
    """`last` in an empty folder ends with code 2, and hints at how to start a run."""
    assert_told(duologue(command, "last"), 2, "duologue run")


@pytest.mark.parametrize("command", ["show", "replay", "watch"])
def test_a_log_of_a_newer_version_is_refused(
    command: str, duologue: Duologue, runs: Path, home: Path
) -> None:
    """A log whose schema has a newer major version is not shown as if it were understood."""
    log = make_newer(duologue, runs, home)
    extra = ["--plain"] if command != "show" else []
    assert_told(duologue(command, log.parent.name, *extra), 1, "schema 2.", "Upgrade")


def test_a_log_of_a_newer_version_is_listed_as_unreadable(duologue: Duologue, runs: Path, home: Path) -> None:
    """A list of runs is not stopped by one of them that a newer version wrote."""
    make_newer(duologue, runs, home)
    ran = duologue("ls")
    assert (ran.code, ran.err) == (0, "")
    assert "unreadable" in ran.out


def make_newer(duologue: Duologue, runs: Path, home: Path) -> Path:
    """A whole log whose header says schema 2 and something."""
    assert duologue("run", "--scenario", done_at_once(home), "--quiet").code == 0
    log = only_run(runs) / LOG_NAME
    lines = log.read_bytes().splitlines(keepends=True)
    newer = lines[0].replace(b'"schema":"1.', b'"schema":"2.', 1)
    assert newer != lines[0]
    assert json.loads(newer)["schema"].startswith("2.")
    log.write_bytes(b"".join([newer, *lines[1:]]))
    return log
