"""Suites: what stands in the file, and what is said of a wrong one."""

from pathlib import Path

import pytest

from duologue.batch.suite import SuiteLimits, held_out_checks, load_suite
from duologue.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "runs" / "examples" / "suite" / "suite.toml"

GOALS = """\
title = "Two"

[[goal]]
id = "first"
goal = "One thing."
held_out = ["contains:x"]

[[goal]]
id = "second"
goal = "Another thing."
"""


def suite(folder: Path, text: str) -> Path:
    path = folder / "suite.toml"
    path.write_text(text, "utf-8")
    return path


def test_what_the_suite_says_holds_for_every_goal(tmp_path: Path) -> None:
    """Criteria and checks are added to a goal's own; pair, limits and derive are those of the goal first."""
    text = """\
pair = "general"
criteria = ["Common."]
checks = ["max_words:9"]
derive = false
limits = { turns = 6, minutes = 2 }
[[goal]]
id = "a"
goal = "A thing."
pair = "transform"
criteria = ["Own."]
checks = ["min_words:1"]
limits = { turns = 4 }
[[goal]]
id = "b"
goal = "A thing."
"""
    own, other = load_suite(suite(tmp_path, text)).goal
    assert (own.pair, other.pair) == ("transform", "general")
    assert own.criteria == ("Common.", "Own.")
    assert own.checks == ("max_words:9", "min_words:1")
    assert own.limits == SuiteLimits(turns=4, minutes=2)
    assert other.limits == SuiteLimits(turns=6, minutes=2)
    assert own.derive is False


def test_paths_are_those_beside_the_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources, pairs and the files of checks are looked for beside the suite, wherever one is."""
    beside, here = tmp_path / "beside", tmp_path / "here"
    (beside / "pair").mkdir(parents=True)
    here.mkdir()
    (beside / "schema.json").write_text('{"type": "object"}')
    text = """\
[[goal]]
id = "a"
goal = "A thing."
pair = "pair"
sources = ["note.txt"]
checks = ["json_schema:schema.json"]
held_out = ["json_schema:schema.json"]
"""
    path = suite(beside, text)
    monkeypatch.chdir(here)
    (goal,) = load_suite(Path("..") / "beside" / path.name).goal
    assert (goal.pair, goal.sources) == (str(beside / "pair"), (beside / "note.txt",))
    assert goal.checks == (f"json_schema:{beside / 'schema.json'}",)
    assert [check.fault("{}") for check in held_out_checks(goal)] == [None]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('goal = "Another thing."', 'gaol = "Another thing."', "line 10: unknown setting 'goal.1.gaol'"),
        ('goal = "Another thing."', 'goal = " "', "line 10: goal.1.goal: say it in words"),
        ('goal = "Another thing."', "", "line 8: goal.1.goal is missing."),
        ('id = "second"', 'id = "first"', "two goals have the id 'first'"),
        ('id = "second"', 'id = "a/b"', "line 9: goal.1.id: "),
        ('["contains:x"]', '"contains:x"', 'line 6: goal.0.held_out has to be a list, not "contains:x".'),
        ('["contains:x"]', '["contain:x"]', "goal 'first': There is no check 'contain:x'"),
        (
            'id = "second"',
            'id = "second"\nlimits = { turns = 0 }',
            "line 10: goal.1.limits.turns has to be more than 0, not 0.",
        ),
        (
            'id = "second"',
            'id = "second"\nexpect = "limit"',
            "line 10: goal.1.expect has to be 'done' or 'impossible', not \"limit\".",
        ),
        ('id = "first"', 'id = "first"\ngrounded = true', "line 3: goal.0: "),
        ('id = "first"', 'id = "first"\nexpect = "impossible"', "line 3: goal.0: "),
        ('title = "Two"', 'titel = "Two"', "line 1: unknown setting 'titel'"),
        ('title = "Two"', 'folder = "/"\n', "unknown setting 'folder'"),
        ('title = "Two"', "title =", "is not valid TOML"),
    ],
)
def test_a_wrong_suite_is_refused_with_its_place(old: str, new: str, says: str, tmp_path: Path) -> None:
    """What is wrong is said with its line and key, and with a hint."""
    assert old in GOALS
    with pytest.raises(ConfigError) as caught:
        load_suite(suite(tmp_path, GOALS.replace(old, new, 1)))
    assert says in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "title = 'Nothing'", "goal = []"])
def test_a_suite_without_goals_is_refused(text: str, tmp_path: Path) -> None:
    """There is nothing to try, and that is said."""
    with pytest.raises(ConfigError, match="goal"):
        load_suite(suite(tmp_path, text))


def test_a_suite_that_is_not_there(tmp_path: Path) -> None:
    """A missing file, and a folder, are named."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ConfigError, match=f"{path} cannot be read"):
            load_suite(path)


def test_the_example_is_whole() -> None:
    """Every file that the example names is there."""
    for goal in load_suite(EXAMPLE).goal:
        assert goal.scenario is not None
        assert all(source.is_file() for source in goal.sources)
        for variant in ("careful", "hasty"):
            assert Path(goal.scenario.replace("{variant}", variant)).is_file()
