"""A line of the log, byte for byte as the design says, and whatever else may stand where one should."""

import json
from hashlib import blake2b

import pytest
from filled import every_event
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import COMPLETION, EVENTS, GOLDEN, HEADER, LATER, NEWER, log_lines, turns_log

from duologue.errors import LogTooNew
from duologue.record import events as ev
from duologue.record.lines import BadLine, encode_json, encode_line, parse_line
from duologue.record.reader import read_log, read_strict

ESCAPED = [0x7F, 0x80, 0x9B, 0x9F, 0x61C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069]


def test_golden_log_reads_back() -> None:
    """The log that schema 1.0 wrote reads back, strictly, to exactly the events that went in."""
    records = read_strict(GOLDEN / "1.0.jsonl")
    assert [record.event for record in records] == [*EVENTS, *LATER]
    assert [record.seq for record in records] == list(range(1, len(EVENTS) + len(LATER) + 1))


def test_golden_log_has_every_event() -> None:
    """The golden log holds every kind of event that this version knows, so that none can change unseen."""
    kinds = [json.loads(line)["type"] for line in (GOLDEN / "1.0.jsonl").read_bytes().splitlines()]
    assert sorted(kinds) == sorted(str(kind.model_fields["type"].default) for kind in ev.KNOWN)


def test_the_newest_golden_log_has_every_field() -> None:
    """The log of this schema holds every event with every field set, so that none can be renamed, retyped or
    added unseen."""
    records = read_strict(GOLDEN / f"{ev.SCHEMA}.jsonl")
    assert [record.event for record in records] == every_event()
    assert not any(record.event.model_extra for record in records)


def test_what_utf8_cannot_hold_changes_nothing_else() -> None:
    """A lone surrogate is escaped; names, compactness and all other letters are as in any other line."""
    header = HEADER.model_copy(update={"goal": "Zürich \ud800"})
    line, _ = encode_line(1, "2026-11-22T03:12:45.120Z", 0.0, header, "")
    plain, _ = encode_line(1, "2026-11-22T03:12:45.120Z", 0.0, HEADER, "")
    told, usual = (data.partition(b',"sum"')[0] for data in (line, plain))
    assert told == usual.replace(
        json.dumps(HEADER.goal, ensure_ascii=False).encode(), '"Zürich \\ud800"'.encode(), 1
    )
    assert parse_line(line[:-1]).record.event == header


def test_newer_minor_reads_back() -> None:
    """A newer minor version's unknown event and unknown fields are kept as they came."""
    records = read_strict(GOLDEN / "1.7.jsonl")
    assert [record.event for record in records] == list(NEWER)
    started, changed, turn = (record.event for record in records)
    assert started.model_extra == {"weather": "rain"}
    assert changed.type == "mood.changed"
    assert changed.model_extra == {"turn": 1, "plan": ["a", {"b": None}]}
    assert turn.model_extra == {"mood": "brisk"}


@pytest.mark.parametrize("name", ["1.0.jsonl", "1.1.jsonl", "1.7.jsonl"])
def test_sums_as_the_design_says(name: str) -> None:
    """Each sum is 16 hex digits of BLAKE2b over the sum before and the line's bytes up to `,"sum"`."""
    previous = b""
    for raw in (GOLDEN / name).read_bytes().splitlines():
        body, _, tail = raw.rpartition(b',"sum":"')
        assert tail[:-2] == blake2b(previous + body).hexdigest()[:16].encode()
        assert tail[-2:] == b'"}'
        previous = tail[:-2]


def test_order_of_fields() -> None:
    """A line begins with seq, type, at and mono and ends with sum; the event's own fields stand between."""
    (line,) = log_lines([HEADER])
    keys = list(json.loads(line))
    assert keys[:5] == ["seq", "type", "at", "mono", "schema"]
    assert keys[-1] == "sum"
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1


def test_text_stays_readable() -> None:
    """Letters of any script stand in the log as they are."""
    assert "«rivers» – 川".encode() in log_lines([HEADER])[0]


@pytest.mark.parametrize("point", [*range(0x20), *ESCAPED, 0xD800, 0xDFFF])
def test_acting_characters_are_escaped(point: int) -> None:
    """Characters that could act on a terminal, or that UTF-8 cannot hold, are escaped and read back."""
    text = f"a{chr(point)}b"
    encoded = encode_json({"text": text})
    assert encoded.isascii()
    assert b"\\" in encoded
    assert not any(byte < 0x20 or byte == 0x7F for byte in encoded)
    assert json.loads(encoded) == {"text": text}


def joined(text: str) -> str:
    """The text as the endpoint leaves it: two halves of a character that stand together are one."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@given(
    st.text(st.characters(), max_size=40).map(joined), st.text(st.characters(categories=["Cs"]), max_size=1)
)
@settings(max_examples=100, deadline=None)
def test_any_text_reads_back(text: str, half: str) -> None:
    """Whatever a model wrote reads back from its line as it was, the lone halves of characters included."""
    event = COMPLETION.model_copy(update={"text": text, "reasoning": half})
    line, total = encode_line(1, "now", 0.5, event, "")
    assert line.count(b"\n") == 1
    found = parse_line(line[:-1])
    assert found.record.event == event
    assert found.follows("")
    assert found.stored == total


@pytest.mark.parametrize("version", ["2.0", "17.3"])
def test_newer_major_is_refused(version: str) -> None:
    """A log of a newer major version is refused, and the message says what to do."""
    (line,) = log_lines([HEADER.model_copy(update={"schema_": version})])
    with pytest.raises(LogTooNew, match=version) as caught:
        parse_line(line[:-1])
    assert caught.value.hint is not None


SUM = b',"sum":"0123456789abcdef"}'
GARBAGE = {
    "empty": b"",
    "no sum": b'{"seq":1}',
    "sum in capitals": b'{"seq":1,"sum":"0123456789ABCDEF"}',
    "not json": b'{"seq":' + SUM,
    "a list": b'[{"seq":1' + SUM[:-1] + b"}]",
    "no seq": b'{"type":"x","at":"now","mono":1' + SUM,
    "seq is no number": b'{"seq":"1","type":"x","at":"now","mono":1' + SUM,
    "seq is true": b'{"seq":true,"type":"x","at":"now","mono":1' + SUM,
    "no type": b'{"seq":1,"at":"now","mono":1' + SUM,
    "endless time": b'{"seq":1,"type":"x","at":"now","mono":' + b"9" * 400 + SUM,
    "endless number": b'{"seq":' + b"9" * 5000 + b',"type":"x","at":"now","mono":1' + SUM,
    "deep nesting": b'{"seq":1,"type":"x","at":"now","mono":1,"a":' + b"[" * 100_000 + SUM,
    "invalid utf-8": b'{"seq":1,"type":"\xff","at":"now","mono":1' + SUM,
    "field missing": b'{"seq":1,"type":"turn.started","at":"now","mono":1,"turn":1' + SUM,
    "role unknown": b'{"seq":1,"type":"turn.started","at":"n","mono":1,"turn":1,"role":"cat"' + SUM,
    "schema unreadable": b'{"seq":1,"type":"run.started","at":"now","mono":1,"schema":"new"' + SUM,
}


@pytest.mark.parametrize("raw", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_a_bad_line(raw: bytes) -> None:
    """What is no line of a log is called one, with the reason, and nothing else is raised."""
    with pytest.raises(BadLine, match=r"^it|^its"):
        parse_line(raw)


@given(st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_a_line_or_not(raw: bytes) -> None:
    """Any bytes, with a sum behind them, are a line or a bad one."""
    for candidate in (raw, b'{"seq":1,"type":"x","at":"now","mono":1,"a":' + raw + SUM):
        try:
            line = parse_line(candidate)
        except BadLine:
            continue
        assert line.record.seq == 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
ODD = (
    b"-0",
    b"1e999",
    b"5e-324",
    b"NaN",
    b'"\\ud800"',
    b'"\xed\xa0\x80"',
    b'{"b":1,"b":2}',
    b"[" * 250 + b"]" * 250,
)


@given(
    st.builds(json.dumps, VALUES, ensure_ascii=st.booleans()).map(
        lambda t: t.encode("utf-8", "surrogatepass")
    ),
    st.integers(0, 60),
    st.binary(max_size=2),
)
@settings(max_examples=200, deadline=None)
def test_a_line_says_what_its_json_says(value: bytes, place: int, put_in: bytes) -> None:
    """A field reads as Python's own JSON reads it, odd and altered ones included, or else the line is bad."""
    for raw in (value, value[:place] + put_in + value[place:], *ODD):
        candidate = b'{"seq":1,"type":"x","at":"now","mono":1,"a":' + raw + SUM
        try:
            expected = json.loads(candidate)
        except ValueError:
            with pytest.raises(BadLine):
                parse_line(candidate)
            continue
        if expected["type"] == "x" and expected["seq"] == 1:
            found = parse_line(candidate).record.event.model_extra
            assert found is not None
            assert repr(found["a"]) == repr(expected["a"])


def test_bad_line_is_reported_with_its_number(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Reading a log names the line at fault, and reads on after it."""
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    lines = turns_log(4)
    lines[1] = b"garbage\n"
    path.write_bytes(b"".join(lines))
    records, problems = read_log(path)
    assert [problem.line for problem in problems][:1] == [2]
    assert records[0].event == HEADER
