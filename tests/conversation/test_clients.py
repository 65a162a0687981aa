"""The clients of a run's roles."""

import json
from contextlib import AsyncExitStack

import httpx

from duologue.config import ConfigFile, cache_folder
from duologue.conversation.clients import open_clients
from duologue.conversation.host import Host
from duologue.endpoint.completion import Request
from duologue.endpoint.dialects import load_dialects
from duologue.messages import Message
from duologue.settings import Options, resolve

ASK = Request([Message("user", "Hello?")])


class _Refusing(httpx.AsyncBaseTransport):
    """Stands in for an endpoint that knows no seed."""

    def __init__(self) -> None:
        self.seeds = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(await request.aread() or b"{}")
        if "seed" in body:
            self.seeds += 1
            return httpx.Response(400, json={"error": {"message": "seed?"}})
        choice = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
        return httpx.Response(200, json={"data": [{"id": "m"}], "choices": [choice]})


async def test_roles_of_one_model_learn_together_and_a_stand_in_leaves_no_trace() -> None:
    """What one role is refused no other asks for; nothing is kept of what stands in for the network."""
    settings = resolve(Options(base_url="http://x/v1", sampling={"seed": 1}), ConfigFile(), {}, {})
    transport = _Refusing()
    async with AsyncExitStack() as stack:
        clients = await open_clients(settings, stack, Host(transport=transport))
        told = [(await client.complete(ASK)).adapted for client in clients.values()]
    assert told == [("seed dropped",), (), ()]
    assert transport.seeds == 1
    assert load_dialects(cache_folder()) == []
    assert not cache_folder().exists()
