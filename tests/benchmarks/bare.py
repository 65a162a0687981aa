"""The bare loop: no judge, no log, no checks, no retries, nothing but two agents talking over httpx."""

import json

import httpx

_SYSTEM = "You are the {role} agent of two. " + "Keep to your part and to the goal. " * 80
"""About as long as the prompt of a pair."""


async def converse(client: httpx.AsyncClient, url: str, exchanges: int) -> int:
    """Let both agents talk for so many exchanges; returns how many calls that took."""
    user = [_message("system", _SYSTEM.format(role="user")), _message("user", "Begin.")]
    assistant = [_message("system", _SYSTEM.format(role="assistant"))]
    for _ in range(exchanges):
        said = await _complete(client, url, "user", user)
        user.append(_message("assistant", said))
        assistant.append(_message("user", said))
        said = await _complete(client, url, "assistant", assistant)
        assistant.append(_message("assistant", said))
        user.append(_message("user", said))
    return 2 * exchanges


def new_client() -> httpx.AsyncClient:
    """A client as a person would make it, but for the time limit."""
    return httpx.AsyncClient(timeout=60, trust_env=False, verify=False)


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


async def _complete(client: httpx.AsyncClient, url: str, model: str, messages: list[dict[str, str]]) -> str:
    body = {"model": model, "messages": messages, "stream": True}
    text = ""
    async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if not line.startswith("data: ") or line == "data: [DONE]":
                continue
            choices = json.loads(line[6:])["choices"]
            if choices:
                text += choices[0]["delta"].get("content") or ""
    return text
