"""Pairs as folders of data: loading them, and what is said of a folder that is none."""

import shutil
from pathlib import Path

import pytest

from duologue.errors import PairError
from duologue.roles import list_pairs, load_pair, pairs_folder, render


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A folder that is a pair, to be spoilt."""
    folder = tmp_path / "mine"
    shutil.copytree(pairs_folder() / "general", folder)
    return folder


def test_bundled_pair_by_name() -> None:
    """A bundled pair answers to its name, with its three prompts."""
    found = load_pair("general")
    assert (found.name, found.path) == ("general", pairs_folder() / "general")
    assert set(found.prompts) == {"user", "assistant", "judge"}
    assert found in list_pairs()
    assert [one.name for one in list_pairs()] == sorted(one.name for one in list_pairs())


def test_pair_by_path(pair: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair of the person's own answers to its folder's path, also from beside it."""
    assert load_pair(str(pair)).path == pair
    monkeypatch.chdir(pair.parent)
    assert load_pair("mine").path == pair
    assert load_pair("./mine").path == pair


def test_bundled_pair_comes_before_a_folder(pair: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in the working folder does not stand in for a bundled pair of its name."""
    pair.rename(pair.parent / "general")
    monkeypatch.chdir(pair.parent)
    assert load_pair("general").path == pairs_folder() / "general"
    assert load_pair("./general").path == pair.parent / "general"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("genral", "Did you mean 'general'?"), ("zzz", "The pairs are: "), ("", "roles/README.md")],
)
def test_unknown_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, hint: str) -> None:
    """An unknown name is refused with the nearest one, or all there are."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PairError) as caught:
        load_pair(name)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "~nobody-of-that-name/x"], ids=["long", "nul", "home"])
def test_name_that_can_be_none(name: str) -> None:
    """A name that no folder can have is an unknown pair."""
    with pytest.raises(PairError, match="no pair"):
        load_pair(name)


@pytest.mark.parametrize("name", ["user.md", "assistant.md", "judge.md"])
def test_missing_prompt(pair: Path, name: str) -> None:
    """A pair without one of its prompts is refused, naming the file."""
    (pair / name).unlink()
    with pytest.raises(PairError, match=name) as caught:
        load_pair(str(pair))
    assert "user.md, assistant.md, judge.md" in str(caught.value.hint)


def test_folder_that_is_no_pair(tmp_path: Path) -> None:
    """A folder without pair.toml is told what it lacks."""
    with pytest.raises(PairError, match=r"no pair\.toml"):
        load_pair(str(tmp_path))


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        ("title =", "cannot be read"),
        ("", "title is missing"),
        ('title = ""\nversion = 1', "line 1: title is empty"),
        ('title = "x"\nversion = 0', "line 2: version has to be 1 or more, not 0"),
        ('title = "x"\nversion = 1\ntitel = "y"', "line 3: unknown setting 'titel'"),
        ('title = "x"\nversion = 1\n[roles.cat]\ntop_p = 1', r"roles\.cat"),
        ('title = "x"\nversion = 1\ncriteria = "one"', "line 3: criteria has to be a list, not"),
    ],
)
def test_wrong_toml(pair: Path, toml: str, why: str) -> None:
    """A pair.toml that is wrong is refused, naming file and key."""
    (pair / "pair.toml").write_text(toml)
    with pytest.raises(PairError, match=why) as caught:
        load_pair(str(pair))
    assert str(pair / "pair.toml") in str(caught.value)


def test_prompt_that_is_no_text(pair: Path) -> None:
    """A prompt in another encoding is refused by its file."""
    (pair / "user.md").write_bytes("grün".encode("latin-1"))
    with pytest.raises(PairError, match=r"user\.md cannot be read"):
        load_pair(str(pair))


@pytest.mark.parametrize(
    ("role", "text", "line"),
    [
        ("user", "Goal:\n\n{{gaol}}", 3),
        ("assistant", "{{criteria}}", 1),
        ("judge", "{{goal}}\n{{ verdict }}", 2),
    ],
)
def test_unknown_placeholder(pair: Path, role: str, text: str, line: int) -> None:
    """A placeholder that a role does not have is refused with its line and the known ones."""
    (pair / f"{role}.md").write_text(text)
    with pytest.raises(PairError, match=f"line {line}: unknown placeholder") as caught:
        load_pair(str(pair))
    assert "goal" in str(caught.value.hint)


def test_what_is_put_in_is_not_looked_at_again() -> None:
    """A goal that holds a placeholder, or anything else with a meaning, is put in as it is."""
    values = {"goal": r"{{criteria}} \1 \g<0> {{goal}}", "criteria": "secret"}
    assert render("  {{goal}} | {{ criteria }}\n", values) == r"{{criteria}} \1 \g<0> {{goal}} | secret"
