"""`duologue export` and `duologue import`, as a person runs them."""

import json
from pathlib import Path

import pytest

from duologue.cli.export import export_to
from tests.cli.conftest import Duologue

SECRET = "hunter2-hunter2"
TALK = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": f"My password is {SECRET}, I am anna@example.org."},
    {"role": "assistant", "content": "\x1b[31mNever tell me that.\x1b[0m"},
]


@pytest.fixture
def talk(duologue: Duologue, runs: Path, home: Path) -> str:
    """The name of an imported run."""
    (home / "talk.json").write_text(json.dumps(TALK))
    ran = duologue("import", "talk.json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Imported 1 conversation from talk.json into ")
    (run,) = runs.iterdir()
    assert f"duologue replay {run.name}" in ran.out
    return run.name


def test_an_imported_run_can_be_listed_shown_and_replayed(duologue: Duologue, talk: str) -> None:
    """An imported conversation is a run like any other to the other commands."""
    assert talk in duologue("ls").out
    for command in (("show", talk), ("replay", talk, "--plain")):
        ran = duologue(*command)
        assert (ran.code, ran.err) == (0, "")
        assert "Never tell me that." in ran.out
        assert "Imported from talk.json" in ran.out
        assert "\x1b[31m" not in ran.out


def test_the_format_is_the_ending_of_the_file(duologue: Duologue, talk: str, home: Path) -> None:
    """Each ending brings its format, and the same is printed where a format and no file is named."""
    for ending, beginning in {
        "md": "# My password",
        "jsonl": '{"messages":[',
        "html": "<!doctype html>",
    }.items():
        ran = duologue("export", talk, "--output", f"x.{ending}")
        assert (ran.code, ran.out, ran.err) == (0, "", f"Saved to x.{ending}.\n")
        saved = (home / f"x.{ending}").read_text("utf-8")
        assert saved.startswith(beginning)
        assert duologue("export", "--format", ending).out == saved
        assert "\x1b" not in saved


def test_redacted(duologue: Duologue, talk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --redact neither the environment's secret nor an address is in any format, and it is said."""
    monkeypatch.setenv("MAIL_PASSWORD", SECRET)
    for format_ in ("md", "jsonl", "html"):
        ran = duologue("export", talk, "--format", format_, "--redact")
        assert SECRET not in ran.out
        assert "anna@example.org" not in ran.out
        assert "⟨secret-1⟩, I am ⟨email-1⟩" in ran.out
        assert ran.err == "Replaced: 1 secret, 1 e-mail address.\n"
        assert SECRET in duologue("export", talk, "--format", format_).out


def test_the_list_redacts_as_the_option_does(
    duologue: Duologue, talk: str, home: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the list of runs saves is what the command prints, with --redact and without."""
    monkeypatch.setenv("MAIL_PASSWORD", SECRET)
    for redact, options in ((True, ["--redact"]), (False, [])):
        export_to(runs / talk, home / f"{redact}.md", redact)
        assert (home / f"{redact}.md").read_text() == duologue("export", talk, "--format", "md", *options).out


def test_several_runs_are_lines_of_one_file(duologue: Duologue, talk: str, home: Path) -> None:
    """jsonl takes several runs, one line each, and leaves out the one that teaches nothing."""
    (home / "mute.json").write_text(json.dumps(TALK[:2]))
    assert duologue("import", "mute.json").code == 0
    ran = duologue("export", talk, "last", talk, "--format", "jsonl")
    assert len(ran.out.splitlines()) == 2
    assert "is left out: its assistant says nothing" in ran.err
    assert duologue("export", talk, talk, "--format", "md").code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "last"), "The format is not said."),
        (("export", "last", "-o", "x.pdf"), "The ending of x.pdf names no format."),
        (("export", "nope", "--format", "md"), "There is no run 'nope'"),
        (("import", "none.json"), "The file none.json cannot be read: No such file or directory."),
        (("import", "."), "The file . cannot be read: Is a directory."),
    ],
)
def test_wrong_usage(duologue: Duologue, talk: str, arguments: tuple[str, ...], said: str) -> None:
    """What cannot be done is said in one sentence, with the exit code of wrong usage."""
    ran = duologue(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_damaged_log_is_exported_as_far_as_it_reads(duologue: Duologue, talk: str, runs: Path) -> None:
    """What had to be skipped is said, and stands in the document."""
    log = runs / talk / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"Never", b"Always", 1))
    ran = duologue("export", talk, "--format", "md")
    assert ran.code == 0
    assert "Skipped line" in ran.err
    assert "could not be read and are left out: 1." in ran.out
    assert "Always" not in ran.out
