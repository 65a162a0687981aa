"""Criteria that a program decides: each kind at its limits, and what is no check at all."""

import json
import socket
from pathlib import Path

import pytest

from duologue.conversation.checks import parse_check, recall_check
from duologue.errors import ConfigError

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}

PASSES = [
    ("max_words:3", "one two three"),
    ("max_words: 3 ", "one"),
    ("max_words:0", ""),
    ("max_words:2", "日本"),
    ("min_words:3", "one two three"),
    ("min_words:0", ""),
    ("contains:a: b", "x a: b y"),
    ("contains: ", "a b"),
    (r"regex:^b$", "a\nb\nc"),
    (r"regex:a:\d+", "a:12"),
    ("regex:ü", "grün"),
]
FAILS = [
    ("max_words:3", "one two three four", "4 words; at most 3"),
    ("max_words:2", "日本語", "3 words; at most 2"),
    ("min_words:3", "one two", "2 words; at least 3"),
    ("min_words:1", "...", "0 words; at least 1"),
    ("contains:Abc", "abc", "does not contain 'Abc'"),
    (r"regex:^b$", "ab", "does not match the pattern ^b$"),
]


@pytest.mark.parametrize(("spec", "result"), PASSES)
def test_passes(spec: str, result: str) -> None:
    """A result that just meets the check passes."""
    assert parse_check(spec).fault(result) is None


@pytest.mark.parametrize(("spec", "result", "why"), FAILS)
def test_fails(spec: str, result: str, why: str) -> None:
    """A result that just misses the check fails, and the reason says by how much."""
    assert why in (parse_check(spec).fault(result) or "")


@pytest.mark.parametrize("spec", [*(spec for spec, _ in PASSES), *(spec for spec, *_ in FAILS)])
def test_check_says_what_it_asks(spec: str) -> None:
    """A check keeps what the person wrote, and says it as a sentence."""
    check = parse_check(spec)
    assert check.spec == spec
    assert check.text.startswith("The result ")


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("", "no check"),
        ("max_words", "says nothing behind it"),
        ("max_words:", "says nothing behind it"),
        (":5", "no check"),
        ("most_words:5", "no check"),
        ("max_words:five", "whole number"),
        ("max_words:-1", "whole number"),
        ("max_words:1.5", "whole number"),
        ("max_words:" + "9" * 5000, "whole number"),
        ("min_words: ", "whole number"),
        ("regex:(", "not a valid pattern"),
        ("regex:a{99999999999}", "not a valid pattern"),
        ("regex:" + "(" * 5000 + ")" * 5000, "not a valid pattern"),
        ("json_schema:/no/such/file.json", "cannot be read"),
        ("json_schema:/", "cannot be read"),
    ],
    ids=lambda text: text[:20],
)
def test_no_check(spec: str, why: str) -> None:
    """What is no check is refused before anything is paid for, with the reason."""
    with pytest.raises(ConfigError, match=why):
        parse_check(spec)


def test_hint_names_the_checks() -> None:
    """Who types an unknown check is told the known ones."""
    with pytest.raises(ConfigError) as caught:
        parse_check("words:5")
    assert all(
        kind in str(caught.value.hint) for kind in ("max_words:N", "json_schema:FILE", "regex:PATTERN")
    )


def schema_file(folder: Path, schema: object) -> str:
    """The check of a schema in a file."""
    path = folder / "schema.json"
    path.write_text(schema if isinstance(schema, str) else json.dumps(schema), "utf-8")
    return f"json_schema:{path}"


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ('{"n": 1}', None),
        (' \n{"n": 1}\n', None),
        ('{"n": "1"}', "At n: "),
        ("{}", "At the top: 'n' is a required property"),
        ("[]", "At the top: "),
        ("", "not JSON"),
        ('{"n": 1} and more', "not JSON"),
        ("n = 1", "not JSON"),
        ('{"n": NaN}', "not JSON"),
        ('{"n": 1, "m": -Infinity}', "not JSON"),
        ('{"n": ' + "9" * 5000 + "}", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
    ids=lambda text: str(text)[:20],
)
def test_json_schema(tmp_path: Path, result: str, why: str | None) -> None:
    """A result passes where it is JSON and nothing else, and fits; else the reason names the place."""
    fault = parse_check(schema_file(tmp_path, SCHEMA)).fault(result)
    assert fault is None if why is None else why in (fault or "")


def test_long_value_is_not_repeated(tmp_path: Path) -> None:
    """The reason for a failure does not carry the whole result."""
    fault = parse_check(schema_file(tmp_path, SCHEMA)).fault(json.dumps("x" * 5000))
    assert fault is not None
    assert len(fault) < 500


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not an object"),
        ('"text"', "not an object"),
        ('{"type": "objekt"}', "not a valid JSON schema"),
        ('{"type": "string", "pattern": "("}', "not a valid JSON schema"),
        ('{"required": "n"}', "not a valid JSON schema"),
    ],
    ids=lambda text: text[:20],
)
def test_bad_schema(tmp_path: Path, schema: str, why: str) -> None:
    """A schema that is none is refused before anything is paid for."""
    with pytest.raises(ConfigError, match=why):
        parse_check(schema_file(tmp_path, schema))


def test_schema_that_is_no_text(tmp_path: Path) -> None:
    """A binary file is no schema."""
    (tmp_path / "schema.json").write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(ConfigError, match="schema"):
        parse_check(f"json_schema:{tmp_path / 'schema.json'}")


@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef"])
def test_remote_schema_is_never_fetched(tmp_path: Path, keyword: str) -> None:
    """A reference to another document opens no connection; the check fails and says why."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        draft = "https://json-schema.org/draft/2020-12/schema"
        check = parse_check(schema_file(tmp_path, {"$schema": draft, keyword: url}))
        assert url in (check.fault("{}") or "")
        with pytest.raises(TimeoutError):
            server.accept()


def test_local_reference(tmp_path: Path) -> None:
    """A reference within the schema works."""
    check = parse_check(schema_file(tmp_path, {"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}))
    assert check.fault("1") is None
    assert check.fault('"1"') is not None


def test_endless_nesting(tmp_path: Path) -> None:
    """A result that is nested too deeply for a recursive schema fails its check, and nothing else does."""
    schema = {"type": "array", "items": {"$ref": "#"}}
    fault = parse_check(schema_file(tmp_path, schema)).fault("[" * 900 + "]" * 900)
    assert fault == "The result is nested too deeply for the schema."


def test_recalled_check_needs_no_file(tmp_path: Path) -> None:
    """A saved run's check works from what the run kept, though the schema's file is gone."""
    check = parse_check(schema_file(tmp_path, SCHEMA))
    (tmp_path / "schema.json").unlink()
    recalled = recall_check(check.spec, check.material)
    assert str(tmp_path) not in check.spec
    assert recalled.fault('{"n": 1}') is None
    assert recalled.fault("{}") is not None
    assert recall_check("max_words:2", None).fault("a b c") is not None
