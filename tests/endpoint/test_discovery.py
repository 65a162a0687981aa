"""Servers on this machine: which are found, told apart by what they answer, and sent nothing secret."""

import asyncio
import socket
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from duologue.endpoint.discovery import LocalServer, discover
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
)

TGI = {"GET /v1/models": model_list("it", owned_by="it"), "GET /info": fixed({"model_id": "it"})}
FOREIGN_OLLAMA = {**OLLAMA, "GET /v1/models": model_list("mine", owned_by="me-and-mine")}
LLAMA_CPP_PYTHON = {"GET /v1/models": model_list("file.gguf", owned_by="me")}
LOADING = {"GET /v1/models": refused("Loading model", 503)}
EMPTY = {
    "GET /v1/models": fixed({"object": "list", "data": None}),
    "GET /api/version": fixed({"version": "1"}),
}


async def find(routes: Mapping[str, Route]) -> LocalServer:
    """The one server that is found where there is this one."""
    with pretending(routes) as server:
        (found,) = await discover([server.port], within_s=20)
    return found


@pytest.mark.parametrize(
    ("routes", "name", "models"),
    [
        (OLLAMA, "Ollama", ("qwen:8b", "nomic-embed-text", "llama:3b")),
        (FOREIGN_OLLAMA, "Ollama", ("mine",)),
        (LM_STUDIO, "LM Studio", ("gemma",)),
        (VLLM, "vLLM", ("big",)),
        (TGI, "TGI", ("it",)),
        (LLAMA_CPP_PYTHON, "llama-cpp-python", ("file.gguf",)),
        (BARE, "a server", ("plain",)),
    ],
)
async def test_servers_are_told_apart_by_what_they_answer(
    routes: Mapping[str, Route], name: str, models: tuple[str, ...]
) -> None:
    """The list of models says whose it is, or a path does that only this server has."""
    found = await find(routes)
    assert (found.name, found.standing, found.served.models.ids) == (name, "ready", models)


@pytest.mark.parametrize(
    ("routes", "standing"),
    [(LOCKED, "locked"), (WEB_PAGE, "foreign"), (LOADING, "loading"), (EMPTY, "empty"), ({}, "foreign")],
)
async def test_what_is_of_no_use_as_it_is_says_why(routes: Mapping[str, Route], standing: str) -> None:
    """A server that wants a key, loads, or has no model is told from one that is no model server at all."""
    assert (await find(routes)).standing == standing


async def test_a_closed_port_is_left_out_and_a_silent_one_is_not_waited_for() -> None:
    """What refuses the connection is not there; what takes it and says nothing is there, and silent."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        free = closed.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = await discover([free, silent.getsockname()[1], free], within_s=0.2)
    assert [each.standing for each in found] == ["silent"]


async def test_the_ports_are_asked_at_once() -> None:
    """Each of two servers answers only when the other has been asked."""
    both = threading.Barrier(2)

    def wait(_body: Mapping[str, Any]) -> Answer:
        both.wait(15)
        return json_of({"data": [{"id": "m", "owned_by": "vllm"}]})

    with ExitStack() as stack:
        servers = [stack.enter_context(pretending({"GET /v1/models": wait})) for _ in range(2)]
        found = await discover([server.port for server in servers], within_s=20)
    assert [each.standing for each in found] == ["ready", "ready"]


async def test_only_questions_without_a_key_are_asked_and_past_any_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A key in the environment stays there, and a proxy of the environment hears nothing."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with pretending(OLLAMA) as server, pretending({}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        await discover([server.port], within_s=20)
        assert proxy.asked == []
        assert {asked for asked, _, _ in server.asked} == {"GET /v1/models"}
        assert all("authorization" not in {name.lower() for name in head} for _, head, _ in server.asked)


async def test_a_list_without_end_is_given_up() -> None:
    """A server that never stops sending its list is no server that could be used."""

    async def pour(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not writer.is_closing():
                writer.write(b" " * 65536)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(pour, "127.0.0.1", 0) as server:
        (found,) = await discover([server.sockets[0].getsockname()[1]], within_s=10)
    assert found.standing == "foreign"
    assert found.served.fault is not None
    assert found.served.fault.kind == "too_large"
