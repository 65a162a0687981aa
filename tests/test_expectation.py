"""What a setting has to be, told in our words for every setting of every file that a person writes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from duologue.batch.suite import load_suite
from duologue.config import ConfigFile, load_config
from duologue.endpoint.scenario import load_scenario
from duologue.errors import ConfigError

NOT_OURS = ("Input", "should", "valid", "Field", "String", "Value error", "pattern", "instance", "class")
MISFITS = (
    '"\\u202ea b"',
    "3",
    "-2.5",
    "nan",
    "true",
    "[]",
    "[1]",
    '["x"]',
    "{}",
    "{zz = 1}",
    "1979-05-27",
    '""',
)
TABLES = {
    "limits": ("turns", "tokens", "minutes", "cost"),
    "clocks": ("connect", "first_token", "idle", "total"),
    "retry": ("attempts", "minutes", "fallback_attempts", "fallback_seconds", "cool_off_minutes"),
    "rate": ("rpm", "tpm", "concurrency"),
    "judging": ("cadence", "votes"),
    "roles.judge": ("model", "stop", "fallbacks", "max_tokens"),
    "prices.m": ("input", "output", "cached"),
    "local": ("model", "models"),
    "local.models.m": ("url", "path", "sha256", "context", "threads", "gpu_layers"),
    "screen": ("theme",),
    "keys": ("help",),
}
KEYS = [
    *(f"{table}.{key}" for table, keys in TABLES.items() for key in keys),
    *(key for key in ConfigFile.model_fields if key != "extra_body"),
]


def refusal(load: Callable[[Path], object], path: Path) -> str:
    """What is said against the file; nothing where it is good."""
    try:
        load(path)
    except ConfigError as exc:
        return exc.message
    return ""


def said(path: Path, text: str) -> str:
    """What is said against a config file of this text."""
    path.write_text(text, "utf-8")
    return refusal(load_config, path)


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_explained(tmp_path: Path, key: str) -> None:
    """Whatever is wrong with a setting is said in one sentence with its line, and in no library's words."""
    path = tmp_path / "config.toml"
    table, _, name = key.rpartition(".")
    head = f"[{table}]" if table else ""
    beside = "path = 'x'" if table.startswith("local.models") and name not in ("url", "path") else ""
    told = [said(path, f"{head}\n{name} = {value}\n{beside}\n") for value in MISFITS]
    assert any(told)
    for message in filter(None, told):
        assert message.startswith(f"The config file {path}, line "), message
        sentence = message.partition(": ")[2]
        assert (table or key) in sentence or "zz" in sentence, message
        assert not any(word in sentence for word in NOT_OURS), message
        assert message.endswith("."), message


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[limits]\nturns = "many"', 'line 2: limits.turns has to be a whole number, not "many".'),
        ("[limits]\nturns = 2.5", "line 2: limits.turns has to be a whole number, not 2.5."),
        ("local_only = 2", "line 1: local_only has to be true or false, not 2."),
        ("roles = [1]", "line 1: roles has to be a table, not a list."),
        ("runs = {a = 1}", "line 1: runs has to be a path, not a table."),
        ("[prices.m]\ninput = 1", "line 1: prices.m.output is missing."),
        ("[[fallbacks]]\nmodel = ''\nbase_url = 'x'", "line 2: fallbacks.0.model is empty."),
        ("[roles.judge]\nstop = 4", "line 2: roles.judge.stop: give a text, or a list of texts."),
        ("[local.models.m]\nn = 1", "line 2: unknown setting 'local.models.m.n'."),
        ("[local.models.m]", "line 1: local.models.m: give either url or path."),
        (f"model = 'm'\ntop_p = '{'x' * 99}'", f'line 2: top_p has to be a number, not "{"x" * 39}…".'),
    ],
)
def test_what_stands_there_is_said(tmp_path: Path, text: str, sentence: str) -> None:
    """The sentence names the setting, what it has to be, and what it is."""
    assert said(tmp_path / "config.toml", text).endswith(sentence)


@pytest.mark.parametrize("value", ['["sk-a-secret"]', '{"sk-a-secret" = 1}', "4711471147"])
def test_a_key_is_never_shown(tmp_path: Path, value: str) -> None:
    """What stands where a key belongs may be one."""
    told = said(tmp_path / "config.toml", f"api_key = {value}")
    assert told.endswith("line 1: api_key has to be a text.")


@pytest.mark.parametrize("value", MISFITS)
@pytest.mark.parametrize(
    "key", ["pair", "criteria", "derive", "sources", "limits", "max_turns", "goal", "reply"]
)
def test_suites_and_scenarios_are_explained_alike(tmp_path: Path, key: str, value: str) -> None:
    """The other files that a person writes are told of in the same words."""
    path = tmp_path / "file.toml"
    path.write_text(f"{key} = {value}\n", "utf-8")
    told = [refusal(load, path) for load in (load_suite, load_scenario)]
    assert not any(word in message for word in NOT_OURS for message in told), told
