"""What a model can do, found out from one small call each over a real socket."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from duologue.endpoint.examination import Choice, examine
from duologue.endpoint.findings import Finding
from duologue.targets import Target
from tests.servers.pretending import (
    BARE,
    LM_STUDIO,
    LOCKED,
    OLLAMA,
    VLLM,
    WEB_PAGE,
    Answer,
    Route,
    fixed,
    json_of,
    model_list,
    pretending,
    refused,
    talking,
)


async def findings(
    routes: Mapping[str, Route], model: str = "", within_s: float = 30.0
) -> dict[str, Finding]:
    """What is found out about a server, by ability."""
    with pretending(routes) as server:
        steps = [step async for step in examine(Target(server.url, model), within_s)]
    return {step.ability: step for step in steps if isinstance(step, Finding)}


def states(found: Mapping[str, Finding]) -> dict[str, str]:
    """The state of each ability."""
    return {ability: finding.state for ability, finding in found.items()}


ALL = ("completion", "streaming", "usage", "JSON schema", "tools", "embeddings", "context")


async def test_a_server_that_can_do_everything() -> None:
    """Each ability works, with the time to the first token and the context window in force."""
    found = await findings(OLLAMA)
    assert states(found) == dict.fromkeys(ALL, "works")
    assert found["context"].tokens == 4096
    assert found["completion"].seconds is not None


async def test_a_server_that_can_do_nothing_but_complete() -> None:
    """What it refuses is put otherwise or missing, each with what that means for a run."""
    found = await findings(BARE)
    assert states(found) == {
        **dict.fromkeys(ALL, "missing"),
        "completion": "works",
        "context": "unknown",
    }
    assert "max_tokens -> max_completion_tokens" in found["completion"].said
    assert "asked for in the prompt" in (found["JSON schema"].means or "")


def only_json_objects(body: Mapping[str, Any]) -> Answer:
    """Completions of a server that takes JSON objects, but no schema."""
    if body.get("response_format", {}).get("type") == "json_schema":
        return refused("'response_format.type' must be 'json_object'", param="response_format")(body)
    return talking()(body)


def cut_short(body: Mapping[str, Any]) -> Answer:
    """Completions that end in the middle of thinking."""
    message = {"content": "", "reasoning_content": "Let me see"}
    return json_of({"choices": [{"index": 0, "message": message, "finish_reason": "length"}]})


@pytest.mark.parametrize(
    ("complete", "state"),
    [(only_json_objects, "adapted"), (talking(follows=False), "missing"), (cut_short, "unknown")],
)
async def test_a_schema_is_followed_or_not(complete: Route, state: str) -> None:
    """A schema that is taken and not followed is missing; one that became a JSON object is adapted."""
    found = await findings({**BARE, "POST /v1/chat/completions": complete})
    assert found["completion"].state == "works"
    assert found["JSON schema"].state == state


@pytest.mark.parametrize(
    ("routes", "tokens"),
    [
        (VLLM, 131072),
        (LM_STUDIO, 8192),
        (
            {
                "GET /v1/models": model_list("m", owned_by="llamacpp"),
                "GET /props": fixed({"default_generation_settings": {"n_ctx": 2048}}),
            },
            2048,
        ),
        (
            {
                **OLLAMA,
                "GET /api/ps": fixed({"models": []}),
                "POST /api/show": fixed({"model_info": {"qwen.context_length": 40960}}),
            },
            None,
        ),
        ({"GET /v1/models": model_list("m", max_model_len="many")}, None),
    ],
)
async def test_the_context_window_is_read_where_it_is_told(
    routes: Mapping[str, Route], tokens: int | None
) -> None:
    """Each server tells its window in its own place; what a model could have is not what is in force."""
    found = await findings({"POST /v1/chat/completions": talking(), **routes})
    assert found["context"].tokens == tokens


async def test_without_a_completion_nothing_else_is_tried() -> None:
    """The first call's fault is the last thing found out, with a hint for somebody who has no run."""
    found = await findings({**VLLM, "POST /v1/chat/completions": refused("Loading model", 503)}, model="big")
    assert states(found) == {"completion": "failed"}
    assert "resume" not in (found["completion"].means or "").lower()


@pytest.mark.parametrize("routes", [LOCKED, WEB_PAGE, {}, {"GET /v1/models": fixed({"data": []})}])
async def test_without_a_model_nothing_is_called(routes: Mapping[str, Route]) -> None:
    """Where no model is named and none is listed, the list is what is told of."""
    found = await findings(routes)
    assert set(found) == {"models"}
    assert found["models"].state in ("failed", "missing")


async def test_a_call_that_hangs_is_given_up_in_time() -> None:
    """A server that lists its models and never answers is told of as such."""
    over = threading.Event()

    def hang(_body: Mapping[str, Any]) -> Answer:
        over.wait(20)
        return json_of({})

    with pretending({**VLLM, "POST /v1/chat/completions": hang}) as server:
        try:
            steps = [step async for step in examine(Target(server.url, "big"), 0.3)]
        finally:
            over.set()
    (found,) = [step for step in steps if isinstance(step, Finding)]
    assert (found.ability, found.state) == ("completion", "failed")
    assert "s." in found.said or "clock" in found.said


async def test_of_several_models_one_that_talks_is_tried_here_and_none_elsewhere() -> None:
    """On this machine, the first that is no embedding model."""
    routes = {**OLLAMA, "GET /v1/models": model_list("nomic-embed-text", "b", "c")}
    with pretending(routes) as server:
        steps = [step async for step in examine(Target(server.url, ""), 30)]
        assert [step.model for step in steps if isinstance(step, Choice)] == ["b"]
        assert all(body["model"] == "b" for body in server.bodies("/v1/chat/completions"))


async def test_each_ability_costs_one_call_with_few_tokens() -> None:
    """Three completions, none of more than 200 tokens, and one embedding; the key goes with each."""
    with pretending(OLLAMA) as server:
        target = Target(server.url, "qwen:8b", SecretStr("sk-mine"))
        assert [step async for step in examine(target, 30)]
        bodies = server.bodies("/v1/chat/completions")
        assert [body["max_tokens"] for body in bodies] == [200, 200, 200]
        assert len(server.bodies("/v1/embeddings")) == 1
        assert {head.get("Authorization") for _, head, _ in server.asked} == {"Bearer sk-mine"}
