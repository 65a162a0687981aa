"""Fetching a model file from its hub, once: resumable, checked, and never seen half.

The only requests that follow redirects, since hubs send a file's bytes from elsewhere: over https alone
(http on this machine), and the key stays with the origin that it is for.
"""

import asyncio
import errno
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from duologue import __version__
from duologue.addresses import is_loopback
from duologue.endpoint.causes import FOREIGN, Place, from_exception, without_credentials
from duologue.endpoint.connection import open_pool
from duologue.endpoint.decoding import decoded
from duologue.endpoint.digest import digest
from duologue.errors import ConfigError, EndpointError, EndpointFault, UserError

Progress = Callable[[str, int, int | None], None]
"""Told what is being done, the bytes that are here, and of how many: None where that is not known."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 5
_SPARE_BYTES: Final = 64 * 2**20
_CLOCKS: Final = {"connect": 15.0, "read": 60.0, "write": 60.0, "pool": None}
_LOCK_PAUSE_S: Final = 0.1
_DIGEST: Final = re.compile(r'^"?([0-9a-f]{64})"?$')
_OFFLINE: Final = (
    "Run the same command again when there is a network: what has come is kept. Or put the file here "
    "yourself and name it: --model local:/path/to/model.gguf"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file comes from. `sha256` is the digest that it has to have, None where none is known; `key`
    goes to the URL's origin; `local_only` refuses any other machine."""

    url: str
    sha256: str | None = None
    key: SecretStr | None = None
    local_only: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """The file and its digest; `verified` says that somebody else had named the digest before."""

    path: Path
    sha256: str
    verified: bool


class _Note(BaseModel):
    """What is kept beside a file: the validator of the bytes while they arrive, then the digest."""

    etag: str | None = None
    sha256: str | None = None
    verified: bool = False


class _Broken(Exception):
    """The reply ended before the file did, or the connection with it."""


async def fetch(source: Source, folder: Path, progress: Progress) -> Fetched:
    """The file in the folder, fetched where it is not there yet; only one process fetches it at a time.

    A fetch that breaks off goes on where it was as long as each try brings more. Raises ConfigError for an
    address or a digest that is wrong, UserError where the disk is full, EndpointError for the network.
    """
    url = _checked(source.url)
    target = folder / hashlib.sha256(str(url).encode()).hexdigest()[:12] / _file_name(url)
    with _on_disk(target):
        _make_private(folder, target.parent)
        async with _locked(target.with_name(f"{target.name}.lock")):
            note = _read_note(_note_of(target))
            if target.exists() and note.sha256 is not None:
                return Fetched(target, note.sha256, note.verified)
            return await _Fetch(source, url, target, progress).finish()


class _Fetch:
    """One file on its way."""

    def __init__(self, source: Source, url: httpx.URL, target: Path, progress: Progress) -> None:
        self._source = source
        self._url = url
        self._target = target
        self._part = target.with_name(f"{target.name}.part")
        self._progress = progress
        self._named = source.sha256
        self._total: int | None = None

    async def finish(self) -> Fetched:
        here = self._here()
        while True:
            try:
                if await self._go_on():
                    break
            except (_Broken, *FOREIGN) as exc:
                before, here = here, self._here()
                if here <= before:
                    raise self._gave_up(exc) from exc
        return await self._settle()

    def _here(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    async def _go_on(self) -> bool:
        """Fetch what is missing; False where the part that was here turned out to be of no use."""
        here = self._here()
        etag = _read_note(_note_of(self._part)).etag
        asked = {"Range": f"bytes={here}-", "If-Range": etag} if here and etag else {}
        async with self._reply(asked) as response:
            if response.status_code == 416:
                # It may be the whole file, fetched by a process that did not come to say so.
                whole = bool(response.headers.get("content-range") == f"bytes */{here}")
                if not whole:
                    self._part.unlink()
                return whole
            if not self._goes_on(response, here):
                asked, here = {}, 0
            length = _number(response.headers.get("content-length"))
            self._total = None if length is None else here + length
            _test_space(self._part.parent, length or 0, self._target.name)
            _write_note(_note_of(self._part), _Note(etag=_strong(response.headers.get("etag"))))
            with _opened(self._part, append=bool(asked)) as file:
                await self._take(response, file, here)
        return True

    def _goes_on(self, response: httpx.Response, here: int) -> bool:
        told = response.headers.get("content-range", "")
        return response.status_code == 206 and told.startswith(f"bytes {here}-")

    async def _take(self, response: httpx.Response, file: BinaryIO, here: int) -> None:
        self._progress(f"Fetching {self._target.name}", here, self._total)
        async for chunk in decoded(response):
            file.write(chunk)
            here += len(chunk)
            self._progress(f"Fetching {self._target.name}", here, self._total)
        if self._total is not None and here < self._total:
            raise _Broken(f"{here} of {self._total} bytes came")

    @asynccontextmanager
    async def _reply(self, asked: dict[str, str]) -> AsyncIterator[httpx.Response]:
        """The reply that holds the bytes, after the redirects that lead to it."""
        url = self._url
        for _ in range(_MOST_REDIRECTS + 1):
            pool = open_pool(
                f"{url.scheme}://{url.netloc.decode('ascii')}", local_only=self._source.local_only
            )
            async with pool.transport as transport:
                response = await transport.handle_async_request(self._request(url, asked))
                try:
                    self._learn(url, response)
                    if response.status_code not in _REDIRECTS:
                        self._test_status(url, response, ranged=bool(asked))
                        yield response
                        return
                    url = _checked(str(url.join(response.headers.get("location", ""))))
                finally:
                    await response.aclose()
        raise EndpointError(f"{_origin(self._url)} redirects without end.", kind="redirect")

    def _request(self, url: httpx.URL, asked: dict[str, str]) -> httpx.Request:
        headers = {"User-Agent": f"duologue/{__version__}", "Accept-Encoding": "identity", **asked}
        if self._source.key is not None and _origin(url) == _origin(self._url):
            headers["Authorization"] = f"Bearer {self._source.key.get_secret_value()}"
        extensions: dict[str, Any] = {"timeout": _CLOCKS}
        return httpx.Request("GET", url, headers=headers, extensions=extensions)

    def _learn(self, url: httpx.URL, response: httpx.Response) -> None:
        """The digest as the hub itself names it, where the person named none."""
        if self._named is None and _origin(url) == _origin(self._url):
            told = (response.headers.get(name, "") for name in ("x-linked-etag", "etag"))
            self._named = next((found[1] for each in told if (found := _DIGEST.match(each))), None)

    def _test_status(self, url: httpx.URL, response: httpx.Response, *, ranged: bool) -> None:
        status = response.status_code
        if status == 200 or (ranged and status in (206, 416)):
            return
        kind: EndpointFault = "server"
        said, hint = f"answered with HTTP {status}", "Try again later; what has come is kept."
        if status in (401, 403):
            kind, said = "auth", f"does not give the file to anybody (HTTP {status})"
            hint = "Set HF_TOKEN for huggingface.co, or name the key's variable as api_key_env of the model."
        elif status in (404, 410):
            kind, said, hint = "not_found", f"has no such file (HTTP {status})", "Check the model's url."
        raise EndpointError(f"{_origin(url)} {said}: {self._url}", kind=kind, status=status, hint=hint)

    def _gave_up(self, exc: Exception) -> EndpointError:
        if isinstance(exc, _Broken):
            said = f"{_origin(self._url)} broke off while it sent {self._target.name}: {exc}."
            return EndpointError(said, kind="connection", hint=_OFFLINE)
        found = from_exception(exc, Place(_origin(self._url)))
        hint = _OFFLINE if found.kind in ("dns", "refused", "connection", "timeout") else found.hint
        return EndpointError(found.message, kind=found.kind, hint=hint)

    async def _settle(self) -> Fetched:
        """Check the bytes, and give them their name."""
        sha256 = await digest(self._part)
        if self._named is not None and sha256 != self._named:
            self._part.unlink()
            raise ConfigError(
                f"What {_origin(self._url)} sent as {self._target.name} has the wrong checksum: {sha256}, "
                f"not {self._named}.",
                hint="Check sha256 and url in the config file; what was fetched was thrown away.",
            )
        fetched = Fetched(self._target, sha256, verified=self._named is not None)
        _write_note(_note_of(self._target), _Note(sha256=sha256, verified=fetched.verified))
        self._part.replace(self._target)
        _note_of(self._part).unlink(missing_ok=True)
        return fetched


def _checked(url: str) -> httpx.URL:
    """The URL. Raises ConfigError where a file is not fetched from such a place."""
    try:
        parsed = httpx.URL(url)
        host = parsed.host
    except (httpx.InvalidURL, UnicodeError) as exc:
        raise ConfigError(f"The model's url is not valid: {without_credentials(url)}") from exc
    here = parsed.scheme == "http" and (host == "localhost" or is_loopback(host))
    if (parsed.scheme != "https" and not here) or not host or parsed.userinfo:
        said = f"A model is not fetched from {without_credentials(url)}"
        raise ConfigError(f"{said}: only over https, without a password in the address.")
    return parsed


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _file_name(url: httpx.URL) -> str:
    name = re.sub(r"[^\w.+-]", "_", url.path.rpartition("/")[2]).lstrip(".")[:120]
    return name or "model.gguf"


def _make_private(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _strong(etag: str | None) -> str | None:
    """Only a strong validator says that two replies are the same bytes."""
    return None if etag is None or etag.startswith("W/") else etag


def _note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _read_note(path: Path) -> _Note:
    try:
        return _Note.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return _Note()


def _write_note(path: Path, note: _Note) -> None:
    with _opened(path, append=False) as file:
        file.write(note.model_dump_json().encode())


def _opened(path: Path, *, append: bool) -> BinaryIO:
    flags = os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | (os.O_APPEND if append else os.O_TRUNC)
    return os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0)


def _test_space(folder: Path, wanted: int, name: str) -> None:
    free = shutil.disk_usage(folder).free
    if wanted + _SPARE_BYTES > free:
        raise UserError(
            f"There is no room for {name}: {wanted / 1e9:.1f} GB are still to come, and {free / 1e9:.1f} GB "
            f"are free under {folder}.",
            hint="Make room, or give the model a path on another disk.",
        )


@contextmanager
def _on_disk(target: Path) -> Iterator[None]:
    """Errors of the file system as the person's own."""
    try:
        yield
    except OSError as exc:
        full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
        raise UserError(
            f"The model {target.name} cannot be saved in {target.parent}: {exc.strerror or exc}.",
            hint="Make room and run the same command again: what has come is kept." if full else None,
        ) from exc


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Alone with the file: waits for another process that fetches it."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600), "rb") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_LOCK_PAUSE_S)
        yield
