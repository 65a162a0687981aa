"""The config file: what may stand in it, and where a mistake in it is said to be."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.config import ConfigFile, config_path, did_you_mean, load_config
from duologue.errors import ConfigError
from duologue.targets import Clocks, RetryPolicy

WHOLE = """
pair = "code"
base_url = "http://127.0.0.1:8080/v1"
api_key = "sk-123"
model = "m"
temperature = 0.5
stop = ["a", "b"]
context_tokens = 8192
extra_body = {think = true}

[limits]
turns = 10
minutes = 1.5

[clocks]
first_token = 10

[retry]
attempts = 2

[roles.judge]
model = "j"
api_key_env = "JUDGE_KEY"
"""


def write(folder: Path, text: str) -> Path:
    """A config file of this text."""
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_whole_file(tmp_path: Path) -> None:
    """Everything that a config file may hold is read from it."""
    found = load_config(write(tmp_path, WHOLE))
    assert (found.pair, found.model, found.context_tokens) == ("code", "m", 8192)
    assert found.sampling == {"temperature": 0.5, "stop": ["a", "b"], "think": True}
    assert (found.limits.turns, found.limits.tokens, found.limits.minutes) == (10, None, 1.5)
    assert (found.clocks.first_token, found.retry.attempts) == (10, 2)
    assert found.roles["judge"].model == "j"
    assert found.api_key is not None
    assert found.api_key.get_secret_value() == "sk-123"
    assert "sk-123" not in repr(found)


def test_no_file_is_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a config file of one's own, everything has its default; one that is named has to be there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load_config() == load_config(write(tmp_path, "")) == ConfigFile()
    assert ConfigFile().limits.turns == 40
    with pytest.raises(ConfigError, match=r"none\.toml does not exist"):
        load_config(tmp_path / "none.toml")


def test_defaults_are_those_of_the_targets() -> None:
    """Clocks and retries have their defaults in one place."""
    clocks, policy = ConfigFile().clocks, ConfigFile().retry
    assert Clocks(clocks.connect, clocks.first_token, clocks.idle, clocks.total) == Clocks()
    assert RetryPolicy(policy.attempts, policy.minutes * 60) == RetryPolicy()


WRONG = {
    "typo": ('\nmodle = "m"\n', 2, "unknown setting 'modle'", "model"),
    "typo in a table": ("[limits]\nturn = 3\n", 2, "unknown setting 'limits.turn'", "turns"),
    "typo in a role": (
        'model = "m"\n[roles.user]\nmodle = "m"\n',
        3,
        "unknown setting 'roles.user.modle'",
        "model",
    ),
    "typo in a table's name": ("model = 'm'\n[limit]\nturns = 3\n", 2, "unknown setting 'limit'", "limits"),
    "typo with dots": ("limits.turn = 3\n", 1, "unknown setting 'limits.turn'", "turns"),
    "quoted typo": ('"modle" = "m"\n', 1, "unknown setting 'modle'", "model"),
    "unknown role": (
        "[roles.juge]\nmodel = 'm'\n",
        1,
        "roles.juge is none of 'user', 'assistant', 'judge' or 'appeal'",
        None,
    ),
    "nothing like it": ("zzz = 1\n", 1, "unknown setting 'zzz'", None),
    "wrong kind": (
        'model = "m"\ntemperature = "hot"\n',
        2,
        'temperature has to be a number, not "hot".',
        None,
    ),
    "too small": ("[limits]\ntokens = 5\nturns = 0\n", 3, "limits.turns has to be more than 0, not 0.", None),
    "same key elsewhere": (
        "model = 'm'\n[roles.user]\ntop_p = 1\n[clocks]\nidle = -1\n",
        5,
        "clocks.idle has to be more than 0, not -1.",
        None,
    ),
    "unknown action": ('[keys]\nserach = "x"\nhlp = "f2"\n', 2, "there is no action 'serach'", None),
    "misspelt action": ('[keys]\nhlp = "f2"\n', 2, "there is no action 'hlp' to set a key for", "help"),
    "no key": ('[keys]\nhelp = "f2,hyper+x"\n', 2, "keys.help: 'hyper+x' is no key", None),
    "no theme": (
        "[screen]\ntheme = 'pink'\n",
        2,
        "screen.theme has to be 'dark', 'light', 'contrast' or 'terminal'",
        None,
    ),
    "not a number": ("[limits]\nminutes = nan\n", 2, "limits.minutes has to be more than 0, not nan.", None),
}


@pytest.mark.parametrize(("text", "line", "why", "meant"), WRONG.values(), ids=WRONG.keys())
def test_mistake_is_located(tmp_path: Path, text: str, line: int, why: str, meant: str | None) -> None:
    """A mistake is named with file, line and key, and a misspelt key with the one that was meant."""
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert f"{path}, line {line}:" in str(caught.value)
    assert why in str(caught.value)
    assert caught.value.hint == (f"Did you mean {meant!r}?" if meant else None)


@pytest.mark.parametrize("text", ["model =", "model = 'm'\nmodel = 'n'", "[limits", "= 1"])
def test_not_toml(tmp_path: Path, text: str) -> None:
    """A file that is no TOML is refused, with the place where it ceases to be."""
    with pytest.raises(ConfigError, match=r"not valid TOML.*\(at (line|end)"):
        load_config(write(tmp_path, text))


def test_unreadable_file(tmp_path: Path) -> None:
    """A file that is no text, or no file, is refused by its name."""
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "config.toml", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read") as caught:
            load_config(path)
        assert str(path) in str(caught.value)


def test_a_wrong_key_is_not_shown(tmp_path: Path) -> None:
    """A mistake in a secret does not print it."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, 'api_key = ["sk-123"]\n'))
    assert "sk-123" not in str(caught.value)


def test_path_is_the_platforms() -> None:
    """The config file lies in the platform's config folder, never in the working folder."""
    assert config_path().is_absolute()
    assert config_path().name == "config.toml"
    assert config_path().parent.name == "duologue"


def test_nearest_setting() -> None:
    """A hint names the nearest setting, and none where nothing is near."""
    assert did_you_mean("temprature") == "Did you mean 'temperature'?"
    assert did_you_mean("xyzzy") is None


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_config_or_a_mistake(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever stands in the file, it is read or refused with the file's name."""
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, "utf-8")
    try:
        load_config(path)
    except ConfigError as exc:
        found = str(exc)
    else:
        found = str(path)
    assert str(path) in found
