"""Models on this machine, served by llama.cpp itself while a context lasts."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from duologue.endpoint.local import serve_local
from duologue.errors import ConfigError, UserError
from duologue.messages import Seat
from duologue.targets import LocalModel, Target
from tests.endpoint.gguf_file import gguf_file

pytestmark = pytest.mark.llamacpp


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))


def target(path: Path, **more: str) -> Target:
    """A target that the file at this path answers for."""
    return Target("local:", f"local:{path}", local=LocalModel(path, threads=1, **more))


async def serve(stack: AsyncExitStack, **files: Path) -> dict[Seat, Target]:
    """The targets of these roles, served."""
    roles: dict[Seat, Path] = {"user": files["user"], "judge": files.get("judge", files["user"])}
    targets: dict[Seat, Target] = {role: target(path) for role, path in roles.items()}
    return await serve_local(targets, 2048, stack, lambda *told: None)


def children() -> list[str]:
    """The pids of this process's children."""
    found: list[str] = []
    for task in Path("/proc/self/task").iterdir():
        found += (task / "children").read_text().split()
    return found


def seen_by(pid: str) -> tuple[bytes, bytes]:
    """The environment of a process, and its command line."""
    return Path(f"/proc/{pid}/environ").read_bytes(), Path(f"/proc/{pid}/cmdline").read_bytes()


def linked(file: Path, link: Path) -> tuple[Path, int]:
    """Another name for the file, and its size."""
    link.symlink_to(file)
    return link, file.stat().st_size


async def snapshots() -> AsyncIterator[list[str]]:
    """The children, again and again."""
    for _ in range(10_000):
        yield children()
        await asyncio.sleep(0.005)


def ask(target: Target, *, key: str | None = None, **more: object) -> httpx.Request:
    """A request for a completion."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = {"messages": [{"role": "user", "content": "the"}], "max_tokens": 2, **more}
    return httpx.Request("POST", f"{target.base_url}/chat/completions", headers=headers, json=body)


async def test_roles_share_a_file_only_we_are_answered_and_nothing_stays(
    noise_model: Path, tmp_path: Path
) -> None:
    """One server for one file, under another name too; a request without the key is refused; with the context
    the process ends, and its port is closed."""
    link, size = linked(noise_model, tmp_path / "link.gguf")
    before = children()
    async with httpx.AsyncClient(trust_env=False) as client:
        async with AsyncExitStack() as stack:
            served = await serve(stack, user=noise_model, judge=link)
            user, judge = served["user"], served["judge"]
            assert len(children()) == len(before) + 1
            assert user.base_url == judge.base_url
            assert user.base_url.startswith("http://127.0.0.1:")
            assert user.api_key is not None
            assert user.local is not None
            assert (user.local.size, len(user.local.sha256 or "")) == (size, 64)
            key = user.api_key.get_secret_value()
            assert [
                (await client.send(ask(user, key=each))).status_code for each in (None, "wrong", key)
            ] == [401, 401, 200]
        assert children() == before
        with pytest.raises(httpx.ConnectError):
            await client.send(ask(user, key=key))


async def test_the_server_sees_no_secret(noise_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment holds what it needs of ours: no key, also where a variable's name begins like one that
    it needs."""
    canary = "canarykey-7Hq2vTz9Lm4X"
    for name in ("OPENAI_API_KEY", "HF_TOKEN", "NVIDIA_API_KEY", "LC_TOKEN", "ANYTHING"):
        monkeypatch.setenv(name, canary)
    before = children()
    async with AsyncExitStack() as stack:
        await serve(stack, user=noise_model)
        (pid,) = set(children()) - set(before)
        seen, told = seen_by(pid)
    assert b"PATH=" in seen
    assert canary.encode() not in seen + told


async def test_different_files_have_a_server_each(noise_model: Path, tmp_path: Path) -> None:
    """Each with its own address and its own key."""
    other = shutil.copy(noise_model, tmp_path / "other.gguf")
    async with AsyncExitStack() as stack:
        served = await serve(stack, user=noise_model, judge=other)
        assert served["user"].base_url != served["judge"].base_url
        assert served["user"].api_key != served["judge"].api_key


async def test_a_reply_under_way_does_not_hold_up_the_end(noise_model: Path) -> None:
    """The server is left in the middle of a stream."""
    before = children()
    async with httpx.AsyncClient(trust_env=False) as client, AsyncExitStack() as outer:
        async with AsyncExitStack() as stack:
            user = (await serve(stack, user=noise_model))["user"]
            assert user.api_key is not None
            request = ask(
                user, key=user.api_key.get_secret_value(), stream=True, max_tokens=2000, ignore_eos=True
            )
            response = await client.send(request, stream=True)
            outer.push_async_callback(response.aclose)
            await anext(response.aiter_bytes())
        assert children() == before


async def test_leaving_while_it_loads_leaves_no_process(noise_model: Path) -> None:
    """A cancellation before the server is ready ends it."""
    before = children()
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        task = group.create_task(serve(stack, user=noise_model))
        async for now in snapshots():
            if now != before:
                break
        task.cancel()
    assert task.cancelled()
    assert children() == before


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"context_length": 64}, "llama.cpp cannot load m.gguf: .*"),
        (
            {
                "context_length": 2**31,
                "block_count": 2**16,
                "embedding_length": 2**31,
                "attention.head_count": 1,
            },
            "memory is too short for m.gguf",
        ),
    ],
)
async def test_what_cannot_be_served_is_told(numbers: dict[str, int], said: str, tmp_path: Path) -> None:
    """llama.cpp's own reason, and a window that no machine has room for."""
    (tmp_path / "m.gguf").write_bytes(gguf_file(numbers))
    with pytest.raises(UserError, match=said):
        async with AsyncExitStack() as stack:
            await serve(stack, user=tmp_path / "m.gguf")


async def test_another_file_than_was_meant_is_refused(noise_model: Path) -> None:
    """A digest that somebody named is held to, and the message names both and who said it."""
    targets: dict[Seat, Target] = {"user": target(noise_model, sha256="0" * 64, origin="the run")}
    with pytest.raises(ConfigError, match=f"the run says {'0' * 64}") as caught:
        async with AsyncExitStack() as stack:
            await serve_local(targets, 2048, stack, lambda *told: None)
    assert caught.value.hint is not None
    assert "--model" in caught.value.hint
