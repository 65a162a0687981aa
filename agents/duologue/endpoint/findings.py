"""What was found out about an endpoint, in a sentence each, with what it means for a run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from duologue.endpoint.completion import Completion
from duologue.endpoint.server import Window
from duologue.errors import EndpointError

Ability = Literal[
    "models", "completion", "streaming", "usage", "JSON schema", "tools", "embeddings", "context"
]

State = Literal["works", "adapted", "missing", "failed", "unknown"]
"""It does; it does once the request is put otherwise; the endpoint has it not; what was tried failed; it
could not be seen."""

SCHEMA_FIELD: Final = "it_holds"
"""A field that no answer has by chance."""

_MEANS: Final[Mapping[Ability, str]] = {
    "streaming": "A turn shows only when it is whole.",
    "usage": "Tokens are estimated, and a budget of them holds roughly.",
    "JSON schema": "Verdicts are asked for in the prompt, and again where they cannot be read.",
    "tools": "Runs work without them; the user agent keeps no plan then.",
    "embeddings": "A run does not need them.",
}
"""What it means for a run where it is not there."""

_ABSENT: Final = frozenset({"bad_request", "not_found", "server"})
"""Refusals that say that the endpoint has no such thing; others are faults of the moment."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found out. `said` is a sentence; `means` what it means for a run, or what to do, None where
    there is nothing to say; `seconds` is the time to the first token, `tokens` the size of the context
    window, each None for any other ability and where it is not known."""

    ability: Ability
    state: State
    said: str
    means: str | None = None
    seconds: float | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Trying:
    """What is found out next."""

    ability: Ability


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, the request body that brought it, and whether it came in a stream."""

    completion: Completion
    sent: Mapping[str, Any]
    streamed: bool


def of_fault(ability: Ability, exc: EndpointError) -> Finding:
    """What was tried failed, or is refused."""
    if exc.kind == "rate" and exc.status is None:
        # The person's own limit, or what the server says is left of its own: nothing was asked.
        return Finding(ability, "unknown", exc.message)
    return Finding(ability, "missing" if exc.kind in _ABSENT else "failed", exc.message, _MEANS.get(ability))


def advice(exc: EndpointError) -> str | None:
    """The error's hint, where there is no run to resume."""
    hint = exc.hint or ""
    return hint.replace(", then resume the run", "").replace("Resume the run", "Try again") or None


def of_completion(heard: Heard) -> Finding:
    """There was an answer; what of the request had to be put otherwise for it."""
    first_s = heard.completion.first_token_s
    took = f"{first_s:.1f} s" if first_s >= 1 else f"{first_s * 1000:.0f} ms"
    said = f"The first token came after {took}."
    if heard.completion.adapted:
        said += f" Put otherwise for this endpoint: {'; '.join(heard.completion.adapted)}."
    return Finding("completion", "works", said, seconds=round(first_s, 3))


def of_streaming(heard: Heard) -> Finding:
    """Whether the answer came while it was written."""
    if heard.streamed:
        return Finding("streaming", "works", "Text arrives while it is written.")
    return _missing("streaming", "The answer came in one piece.")


def of_usage(heard: Heard) -> Finding:
    """Whether the tokens were counted."""
    if "no-usage" not in heard.completion.flags:
        return Finding("usage", "works", "Each answer comes with its count of tokens.")
    refused = "stream_options" not in heard.sent
    return _missing("usage", f"{'It refuses to count' if refused else 'It does not count'} the tokens.")


def of_schema(heard: Heard) -> Finding:
    """Whether the answer was held to the schema."""
    sent = heard.sent.get("response_format")
    if sent is None:
        if "tools" in heard.sent and _follows(heard.completion.text):
            said = "It refuses `response_format`, and gives the answer as the call of a tool."
            return Finding("JSON schema", "adapted", said)
        return _missing("JSON schema", "It refuses `response_format`.")
    if isinstance(sent, dict) and sent.get("type") == "json_object":
        said = "It takes JSON, but no schema: json_schema -> json_object."
        return Finding("JSON schema", "adapted", said, "The fields of a verdict are asked for in the prompt.")
    if _follows(heard.completion.text):
        return Finding("JSON schema", "works", "Answers follow the schema.")
    if "truncated" in heard.completion.flags:
        return Finding(
            "JSON schema", "unknown", "Accepted, but the answer was cut short before it could tell."
        )
    return _missing("JSON schema", "Accepted, but the answer did not follow it.")


def of_tools(heard: Heard) -> Finding:
    """Whether the tool was called."""
    if heard.completion.tool_calls:
        return Finding("tools", "works", "The model called the tool that it was asked to.")
    if "tools" not in heard.sent:
        return _missing("tools", "It refuses tools.")
    said = "Accepted, but the model did not call the tool that it was asked to."
    return Finding("tools", "unknown", said, _MEANS["tools"])


def of_vectors(value: Any) -> Finding:
    """Whether there is a vector in the reply."""
    match value:
        case {"data": [{"embedding": list() as vector}, *_]}:
            return Finding("embeddings", "works", f"Vectors of {len(vector):,} numbers.")
        case _:
            return _missing("embeddings", "The answer holds no vector.")


def of_window(window: Window | None) -> Finding:
    """How large the context window is."""
    if window is None:
        return Finding("context", "unknown", "Its size is not told.")
    if window.certain:
        return Finding("context", "works", f"{window.tokens:,} tokens.", tokens=window.tokens)
    said = f"At most {window.tokens:,} tokens; how many are in force is not told."
    return Finding("context", "unknown", said)


def _missing(ability: Ability, said: str) -> Finding:
    return Finding(ability, "missing", said, _MEANS[ability])


def _follows(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and isinstance(value.get(SCHEMA_FIELD), bool)
