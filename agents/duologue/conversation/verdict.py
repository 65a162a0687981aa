"""The judge's answer: its JSON schema, and finding it in whatever text a model wrote."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from duologue.record.parts import CriterionState, Decision

_FENCE: Final = re.compile(r"```[^\n]*\n(.*?)```", re.DOTALL)
_MOST_MISSES: Final = 64
"""Braces that begin no object before the search is given up: each costs time with the length of the text."""
_Answer = TypeVar("_Answer", bound=BaseModel)


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class QuotedEvidence(_Lenient):
    """A quote and the place it is said to stand in: `result`, `turn N` or `source NAME`."""

    where: str
    quote: str


class CriterionAnswer(_Lenient):
    """The judge's word on one criterion."""

    id: str
    state: CriterionState
    reason: str = ""
    evidence: list[QuotedEvidence] = Field(default_factory=list)


class ContradictionAnswer(_Lenient):
    """What the judge holds against the result: see `record.parts.Contradiction`."""

    kind: Literal["intrinsic", "extrinsic"]
    claim: str
    where: str = ""
    quote: str = ""
    reason: str = ""


def _readable(value: Any) -> list[ContradictionAnswer]:
    """Those of the right form: what is wrong with one spoils neither the others nor the verdict."""
    found = []
    for each in value if isinstance(value, list) else ():
        with suppress(ValidationError):
            found.append(ContradictionAnswer.model_validate(each))
    return found


class JudgeAnswer(_Lenient):
    """The whole answer. `thinking` comes first, so that a model reasons before it decides."""

    thinking: str = ""
    criteria: list[CriterionAnswer]
    contradictions: Annotated[list[ContradictionAnswer], BeforeValidator(_readable)] = Field(
        default_factory=list
    )
    decision: Decision
    summary: str = ""


class CriteriaAnswer(_Lenient):
    """Criteria that a model derives from a goal; for a vague one what it would ask, and assumes meanwhile."""

    criteria: list[str]
    question: str = ""
    assumptions: list[str] = Field(default_factory=list)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def verdict_schema(ids: list[str], *, sources: bool = False) -> dict[str, Any]:
    """The JSON schema of a verdict on these criteria, in the subset that strict servers accept; where there
    are sources, it asks what contradicts them."""
    text = {"type": "string"}
    evidence = {"type": "array", "items": _object({"where": text, "quote": text})}
    state = {"type": "string", "enum": ["met", "unmet", "unknown"]}
    criterion = _object(
        {"id": {"type": "string", "enum": ids}, "state": state, "reason": text, "evidence": evidence}
    )
    decision = {"type": "string", "enum": ["done", "continue", "impossible"]}
    kind = {"type": "string", "enum": ["intrinsic", "extrinsic"]}
    contradiction = _object({"kind": kind, "claim": text, "where": text, "quote": text, "reason": text})
    against = {"contradictions": {"type": "array", "items": contradiction}} if sources else {}
    return _object(
        {
            "thinking": text,
            "criteria": {"type": "array", "items": criterion},
            **against,
            "decision": decision,
            "summary": text,
        }
    )


_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
CRITERIA_SCHEMA: Final = _object({"question": {"type": "string"}, "assumptions": _TEXTS, "criteria": _TEXTS})


def find_answer(text: str, kind: type[_Answer]) -> _Answer | str:
    """The first JSON object in the text that is a valid answer of this kind, else why there is none.

    The whole text is tried, then fenced blocks, then every object in it, the last first: models tend to
    think before they answer.
    """
    fault = "no JSON object was found"
    for value in _candidates(text):
        try:
            return kind.model_validate(value)
        except ValidationError as exc:
            first = exc.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            fault = f"{where}: {first['msg']}"
    return fault


def _candidates(text: str) -> Iterator[dict[str, Any]]:
    for piece in (text, *reversed(_FENCE.findall(text))):
        value = _parse(piece.strip())
        if value is not None:
            yield value
    decoder = json.JSONDecoder()
    end_of_previous = misses = 0
    found: list[dict[str, Any]] = []
    for match in re.finditer(r"\{", text):
        if match.start() < end_of_previous or misses == _MOST_MISSES:
            continue
        try:
            value, end_of_previous = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            misses += 1
            continue
        found.append(value)
    yield from reversed(found)


def _parse(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
