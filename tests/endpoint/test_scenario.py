"""Scenario files: what they hold, and what is said of a bad one."""

from pathlib import Path

import pytest

from duologue.endpoint.scenario import load_scenario
from duologue.errors import ConfigError

GOOD = """
title = "A title"
goal = "A goal"
pair = "transform"
criteria = ["short"]
checks = ["json_schema:schema.json", "words:3"]
sources = ["note.txt"]
characters_per_second = 400

[[reply]]
model = "assistant"
text = '''{"a": 1}'''
repeat = 2

[[reply]]
model = "judge"
status = 503
error = "the model is loading"
"""


def test_a_scenario_is_read(tmp_path: Path) -> None:
    """Fields are as written; files are found beside the scenario."""
    (tmp_path / "schema.json").write_text("{}")
    path = tmp_path / "s.toml"
    path.write_text(GOOD)
    got = load_scenario(path)
    assert (got.title, got.goal, got.pair, got.derive) == ("A title", "A goal", "transform", False)
    assert got.sources == (tmp_path / "note.txt",)
    assert got.checks == (f"json_schema:{tmp_path / 'schema.json'}", "words:3")
    assert [(r.model, r.text, r.status, r.repeat) for r in got.reply] == [
        ("assistant", '{"a": 1}', 200, 2),
        ("judge", "", 503, 1),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('pair = "x"\ntitle = x', "line 2"),
        ('titel = "x"', "titel"),
        ('[[reply]]\nmodel = "assistant"\n[[reply]]\nmodel = "nobody"', "line 4: reply.1.model has to be"),
        ('[[reply]]\ntext = "x"', "line 1: reply.0.model is missing."),
        ('[[reply]]\nmodel = "judge"\nstatus = 99', "line 3: reply.0.status has to be 200 or more, not 99."),
        ('[[reply]]\nmodel = "judge"\nrepeat = 0', "line 3: reply.0.repeat has to be 1 or more, not 0."),
        ('reply = "x"', "reply"),
        ("characters_per_second = -1", "characters_per_second"),
    ],
)
def test_a_bad_scenario_is_explained(tmp_path: Path, text: str, said: str) -> None:
    """The file and the line or key are named, with a hint."""
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_scenario(path)
    assert str(path) in caught.value.message
    assert said in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_scenario_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A missing file or a folder is the person's to mend."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load_scenario(tmp_path / name)


def test_a_scenario_that_is_no_text(tmp_path: Path) -> None:
    """Binary files are no scenarios."""
    path = tmp_path / "s.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_scenario(path)
