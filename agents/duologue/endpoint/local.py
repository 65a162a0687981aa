"""Models on this machine: each file is served by llama.cpp in a process that lasts as long as the run."""

import asyncio
import importlib.util
import json
import os
import re
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

import structlog
from pydantic import SecretStr

from duologue.config import cache_folder, environment
from duologue.endpoint.digest import kept_digest
from duologue.endpoint.fetch import Progress, Source, fetch
from duologue.endpoint.gguf import Header, read_header
from duologue.errors import ConfigError, UserError
from duologue.extras import install_command
from duologue.known_secrets import is_secret
from duologue.messages import Seat
from duologue.targets import LocalModel, Target

_log = structlog.get_logger()
_STOP_S: Final = 5.0
_SPARE_BYTES: Final = 256 * 2**20
_TOLD_BYTES: Final = 4096
_REASON: Final = re.compile(r"(?:error loading model|template parsing error): (.+?)\.?$", re.MULTILINE)
_PASSED: Final = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
_PASSED_KINDS: Final = ("LC_", "LD_", "DYLD_", "PYTHON", "CUDA_", "NVIDIA_", "HIP_", "ROCR_", "GGML_", "OMP_")


@dataclass(frozen=True, slots=True)
class _Order:
    """One file to serve: to which roles, with a window of how many tokens for each of the slots."""

    model: LocalModel
    path: Path
    header: Header
    names: tuple[str, ...]
    context_tokens: int
    slots: int


async def serve_local(
    targets: Mapping[Seat, Target], context_tokens: int, stack: AsyncExitStack, progress: Progress
) -> dict[Seat, Target]:
    """The targets, with those that run on this machine served until the stack closes: at a free port of
    loopback, with a key that nobody else knows. Roles that name the same file share one server.

    Raises UserError where a file cannot be had or served, EndpointError where it cannot be fetched.
    """
    found = {role: target for role, target in targets.items() if target.local is not None}
    if found:
        _test_extra()
    settled: dict[LocalModel, LocalModel] = {}
    files: dict[Seat, Path] = {}
    served = dict(targets)
    for role, target in found.items():
        assert target.local is not None
        if target.local not in settled:
            settled[target.local] = await _settled(target.local, target.local_only, progress)
        local = settled[target.local]
        assert local.path is not None
        files[role] = local.path.resolve()
        served[role] = replace(target, local=local)
    for path in dict.fromkeys(files.values()):
        sharing = [role for role in found if files[role] == path]
        address, key = await stack.enter_async_context(
            _serving(_order(path, [served[role] for role in sharing], context_tokens), progress)
        )
        for role in sharing:
            served[role] = replace(served[role], base_url=f"{address}/v1", api_key=key, local_only=True)
    return served


def _test_extra() -> None:
    if importlib.util.find_spec("xllamacpp") is None:
        raise ConfigError(
            "Models on this machine need llama.cpp, which is not installed.",
            hint=f"Install it: {install_command('local')}",
        )


async def _settled(model: LocalModel, local_only: bool, progress: Progress) -> LocalModel:
    """The model with its file, size and digest. Raises what `fetch` raises, and ConfigError where the file
    is not the one that was meant."""
    path = model.path
    if path is None:
        assert model.url is not None
        source = Source(model.url, model.sha256, model.api_key, local_only)
        fetched = await fetch(source, models_folder(), progress)
        if not fetched.verified:
            name, found = fetched.path.name, fetched.sha256
            progress(f"Not verified: nobody has named the SHA-256 of {name}. It is {found}", 0, None)
        path, sha256 = fetched.path, fetched.sha256
        size = read_header(path).size
    else:
        size = read_header(path).size
        sha256 = await kept_digest(path, models_folder().parent / "digests")
    if model.sha256 is not None and sha256 != model.sha256:
        raise ConfigError(
            f"The model file {path} has the checksum {sha256}, and {model.origin} says {model.sha256}.",
            hint="To go on with another file all the same, name it with --model."
            if model.origin == "the run"
            else "Correct sha256, or fetch the file again.",
        )
    return replace(model, path=path, sha256=sha256, size=size)


def models_folder() -> Path:
    """Where fetched models are kept, for all runs."""
    return cache_folder() / "models"


def _order(path: Path, targets: Sequence[Target], context_tokens: int) -> _Order:
    """Raises UserError where the memory is too short for the file and a single window."""
    header = read_header(path)
    window = min(context_tokens, header.trained_tokens or context_tokens)
    local = targets[0].local
    assert local is not None
    free, whole = available_bytes(), len(targets)
    held = window * header.token_bytes
    slots = next((n for n in (whole, 1) if free is None or _needed(header, held, n) <= free), 0)
    if not slots:
        assert free is not None
        raise UserError(
            f"The memory is too short for {path.name}: it takes {_needed(header, held, 1) / 1e9:.1f} GB with "
            f"a window of {window} tokens, and {free / 1e9:.1f} GB are free.",
            hint="Take a smaller model, or a smaller window with --context.",
        )
    names = tuple(dict.fromkeys(target.model for target in targets))
    return _Order(local, path, header, names, window, slots)


def _needed(header: Header, held: int, slots: int) -> int:
    return header.size + held * slots + _SPARE_BYTES


def available_bytes() -> int | None:
    """The memory that is free for a new process; None where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


@asynccontextmanager
async def _serving(order: _Order, progress: Progress) -> AsyncIterator[tuple[str, SecretStr]]:
    """The server's address and key; the process ends with the context."""
    key = secrets.token_urlsafe(32)
    progress(f"Loading {order.path.name}", 0, None)
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "duologue.endpoint.llamacpp"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            env=_environment(),
            # A terminal's Ctrl-C is ours to answer.
            start_new_session=True,
        )
        loaded = False
        try:
            address = await _address(process, order, key)
            if not address:
                raise _failed(order, await process.wait(), _tail(said))
            loaded = True
            yield address, SecretStr(key)
        finally:
            if loaded and process.returncode is not None:
                _log.error("local_model_ended", code=process.returncode, said=_tail(said))
            await _stop(process, _STOP_S if loaded else 0.0)


async def _address(process: asyncio.subprocess.Process, order: _Order, key: str) -> str:
    """What the process prints when the model is loaded; empty where it ends before that."""
    assert process.stdin is not None
    assert process.stdout is not None
    orders = {
        "path": str(order.path),
        "names": order.names,
        "key": key,
        "slots": order.slots,
        "context_tokens": order.context_tokens,
        "threads": order.model.threads or _threads(),
        "gpu_layers": -1 if order.model.gpu_layers is None else order.model.gpu_layers,
    }
    with suppress(ConnectionError):
        process.stdin.write(json.dumps(orders).encode() + b"\n")
        await process.stdin.drain()
    return (await process.stdout.readline()).decode().strip()


def _failed(order: _Order, code: int, said: str) -> UserError:
    reason = _REASON.search(said)
    why = f": {reason[1][:300]}" if reason else f": it ended with code {code}"
    if code < 0:
        memory = " (was the memory too short?)" if -code == signal.SIGKILL else ""
        why = f": it was ended by {signal.Signals(-code).name}{memory}"
    return UserError(
        f"llama.cpp cannot load {order.path.name}{why}.",
        hint="It may be damaged, or newer than the installed xllamacpp: pip install --upgrade xllamacpp",
    )


def _threads() -> int:
    """One for every two processors that this process may use: a core has two as a rule, and llama.cpp's
    threads wait for each other by spinning, so that one too many costs more than it brings."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable // 2, 16))


def _environment() -> dict[str, str]:
    """What the server's process sees: no key of anybody, such as NVIDIA_API_KEY."""
    passed = environment()
    kinds = (name for name in passed if name.startswith(_PASSED_KINDS) and not is_secret(name))
    return {name: passed[name] for name in (*_PASSED, *kinds) if name in passed}


def _tail(said: BinaryIO) -> str:
    """The end of what llama.cpp said before it ended; a run's screen shows none of it."""
    end = said.seek(0, os.SEEK_END)
    said.seek(max(0, end - _TOLD_BYTES))
    return said.read().decode("utf-8", "replace").strip()


async def _stop(process: asyncio.subprocess.Process, patience_s: float) -> None:
    """End the process, by force where it does not end in time; a cancellation meanwhile ends it too."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(patience_s):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())
