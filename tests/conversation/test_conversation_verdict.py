"""Finding a judge's answer in whatever a model wrote."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import validate

from duologue.conversation.verdict import (
    CRITERIA_SCHEMA,
    CriteriaAnswer,
    JudgeAnswer,
    find_answer,
    verdict_schema,
)

ANSWER = {
    "thinking": "c1: {the last line} names Corva.",
    "criteria": [
        {"id": "c1", "state": "met", "reason": "Named.", "evidence": [{"where": "result", "quote": "Corva"}]}
    ],
    "decision": "done",
    "summary": "It is there.",
}
TEXT = json.dumps(ANSWER)
DRAFT = json.dumps(ANSWER | {"decision": "continue"})
FOUND = {
    "plain": TEXT,
    "white space around": f"\n  {TEXT}\n\n",
    "over lines": json.dumps(ANSWER, indent=2),
    "fenced": f"```json\n{TEXT}\n```",
    "fenced, with prose": f"Here is my verdict:\n\n```\n{TEXT}\n```\nThat is all.",
    "prose around": f"My verdict is {TEXT}, and I stand by it.",
    "after thinking": f"<think>\nc1 {{is}} met, {{}} I find.\n</think>\n{TEXT}",
    "after a draft": f"First: {DRAFT}\nNo, rather: {TEXT}",
    "after a fenced draft": f"```json\n{DRAFT}\n```\nOn reflection:\n```json\n{TEXT}\n```",
    "before another object": f'{TEXT}\n{{"note": "done"}}',
    "with another inside": f"So: {json.dumps(ANSWER | {'as': {'criteria': [], 'decision': 'continue'}})}",
    "in an array's place": f"[{TEXT}]",
    "with more fields": json.dumps(ANSWER | {"confidence": 0.9}),
    "with a raw newline before": "The text has {\nunbalanced\nbraces.\n" + TEXT,
    "after many objects": '{"a": 1} ' * 200 + TEXT,
    "after nested objects": json.dumps({"draft": [{"n": n} for n in range(100)]}) + TEXT,
}


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND.keys())
def test_answer_is_found(text: str) -> None:
    """The answer is found, the last one where there are several, with whatever stands around it."""
    found = find_answer(text, JudgeAnswer)
    assert isinstance(found, JudgeAnswer)
    assert (found.decision, found.summary) == ("done", "It is there.")
    assert found.criteria[0].evidence[0].quote == "Corva"


NOT_FOUND = {
    "nothing": ("", "no JSON object"),
    "prose": ("The goal is reached.", "no JSON object"),
    "an array": ("[1, 2]", "no JSON object"),
    "cut off": (TEXT[:-20], "Field required"),
    "no decision": ('{"criteria": []}', "decision: Field required"),
    "another decision": (TEXT.replace('"done"', '"finished"'), "decision: "),
    "another state": (TEXT.replace('"met"', '"fulfilled"'), "criteria.0.state: "),
    "criteria as text": ('{"criteria": "all met", "decision": "done"}', "criteria: "),
    "quote is a list": (TEXT.replace('"Corva"', '["Corva"]'), "criteria.0.evidence.0.quote: "),
    "single quotes": (TEXT.replace('"', "'"), "no JSON object"),
    "deep nesting": ('{"a":' * 100_000, "no JSON object"),
    "deep array": ('{"criteria": ' + "[" * 100_000, "no JSON object"),
    "endless number": ('{"criteria": [], "decision": ' + "9" * 5000 + "}", "no JSON object"),
    "braces only": ("{" * 10_000, "no JSON object"),
}


@pytest.mark.parametrize(("text", "why"), NOT_FOUND.values(), ids=NOT_FOUND.keys())
def test_no_answer(text: str, why: str) -> None:
    """Where no valid answer stands, the reason can be told to the model."""
    found = find_answer(text, JudgeAnswer)
    assert isinstance(found, str)
    assert why in found


@given(st.text(st.characters(), max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_an_answer_or_not(text: str) -> None:
    """No text whatever is an error."""
    assert isinstance(find_answer(text, JudgeAnswer), str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["criteria", "decision", "id", "state", "evidence", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON, st.text(max_size=10))
@settings(max_examples=100, deadline=None)
def test_any_json_is_an_answer_or_not(value: object, around: str) -> None:
    """No JSON whatever is an error, and what is found as criteria was said so."""
    found = find_answer(f"{around}{json.dumps(value)}{around}", CriteriaAnswer)
    if isinstance(found, CriteriaAnswer):
        assert all(isinstance(text, str) for text in found.criteria)
    else:
        assert found


@given(st.integers(0, len(TEXT)))
@settings(max_examples=100, deadline=None)
def test_answer_cut_anywhere(place: int) -> None:
    """A cut answer is none, never a different one."""
    found = find_answer(TEXT[:place], JudgeAnswer)
    assert isinstance(found, JudgeAnswer) == (place == len(TEXT))


def test_schema_fits_the_answer() -> None:
    """The schema that servers are given accepts the answer that is read, and only known criteria."""
    validate(ANSWER, verdict_schema(["c1", "c2"]))
    validate({**ANSWER, "contradictions": []}, verdict_schema(["c1", "c2"], sources=True))
    validate({"question": "", "assumptions": [], "criteria": ["One."]}, CRITERIA_SCHEMA)
    with pytest.raises(Exception, match="c1"):
        validate(ANSWER, verdict_schema(["c2"]))


def test_schema_is_strict_enough_for_servers() -> None:
    """Every object of the schema requires all its fields and allows no others, as strict servers demand."""

    def objects(schema: object) -> list[dict[str, object]]:
        if isinstance(schema, dict):
            inner = [one for value in schema.values() for one in objects(value)]
            return [schema, *inner] if schema.get("type") == "object" else inner
        return []

    found = objects(verdict_schema(["c1"]))
    assert len(found) == 3
    for one in found:
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])  # type: ignore[call-overload]  # a dict
