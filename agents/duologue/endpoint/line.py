"""The line to one endpoint: where requests go, with which headers, over which connection."""

import functools
from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Final

import httpx

from duologue import __version__
from duologue.endpoint.causes import Place
from duologue.endpoint.connection import Pool, endpoint_url, open_pool, settle_sniffio
from duologue.endpoint.dialects import Dialects
from duologue.endpoint.interpreter import Interpreter
from duologue.endpoint.limiter import Limiter
from duologue.errors import ConfigError
from duologue.record.redact_stream import RedactedStreams
from duologue.targets import Clocks, Target

_HEADERS: Final = {
    "Accept": "text/event-stream, application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": f"duologue/{__version__}",
}

_AZURE: Final = (".azure.com", ".azure.us", ".azure.cn", ".azure-api.net")
"""Where a key goes into a header of its own; a token of Entra, which begins like any JWT, does not."""

_TOKEN: Final = "eyJ"


@dataclass(slots=True)
class Line:
    """What all calls to one endpoint share."""

    target: Target
    clocks: Clocks
    max_reply_bytes: int
    pool: Pool
    place: Place
    completions: httpx.URL
    models: httpx.URL
    headers: httpx.Headers
    extensions: dict[str, Any]
    limiter: Limiter
    interpreter: Interpreter

    def post(self, body: bytes) -> httpx.Request:
        """A request for a completion."""
        # With a stream, httpx leaves the headers as they are, and does not look through them three times.
        length = (b"Content-Length", b"%d" % len(body))
        headers = [(b"Host", self.completions.netloc), *self.headers.raw, length]
        stream = httpx.ByteStream(body)
        return httpx.Request(
            "POST", self.completions, headers=headers, stream=stream, extensions=self.extensions
        )

    async def send(self, request: httpx.Request) -> httpx.Response:
        """The response to a request, its body yet to be read. A host name that cannot even be put to the
        DNS is one that it does not know."""
        settle_sniffio()
        try:
            return await self.pool.transport.handle_async_request(request)
        except UnicodeError as exc:
            raise httpx.ConnectError("not a host name") from exc

    def get_models(self) -> httpx.Request:
        """A request for the list of models."""
        return httpx.Request("GET", self.models, headers=self.headers, extensions=self.extensions)


def open_line(
    target: Target,
    clocks: Clocks,
    pool: Pool | None,
    max_reply_bytes: int,
    limiter: Limiter,
    streams: RedactedStreams | None = None,
    dialects: Dialects | None = None,
) -> Line:
    """A line over the pool, or over one of its own; without `dialects`, nothing is known of the endpoint's.
    ConfigError when the URL or the key cannot be used."""
    url = endpoint_url(target.base_url)
    if pool is None:
        pool = open_pool(target.base_url, local_only=target.local_only)
    return Line(
        target,
        clocks,
        max_reply_bytes,
        pool=pool,
        place=_place(target, url, pool.proxy, streams),
        completions=_below(url, "chat/completions"),
        models=_below(url, "models"),
        headers=_headers(target, url),
        # httpx minds the clock for connecting; the three others are watch.py's.
        extensions={"timeout": {"connect": clocks.connect_s, "read": None, "write": None, "pool": None}},
        limiter=limiter,
        interpreter=(dialects or Dialects()).interpreter(target.base_url, target.model),
    )


def _place(target: Target, url: httpx.URL, proxy: str | None, streams: RedactedStreams | None) -> Place:
    secret = target.api_key.get_secret_value() if target.api_key else None
    return Place(f"{url.scheme}://{url.netloc.decode('ascii')}", proxy, secret or None, streams)


@functools.lru_cache(maxsize=64)
def _below(url: httpx.URL, path: str) -> httpx.URL:
    # The query stays: some gateways keep their API version there.
    return url.copy_with(path=f"{url.path.rstrip('/')}/{path}")


def _headers(target: Target, url: httpx.URL) -> httpx.Headers:
    """The key goes into one header of requests to one origin, and nowhere else. Without a key, a user and
    password in the URL are sent, as a server behind basic authentication wants them."""
    key = target.api_key.get_secret_value() if target.api_key is not None else ""
    if not key:
        basic = b64encode(f"{url.username}:{url.password}".encode()).decode()
        return httpx.Headers({**_HEADERS, "Authorization": f"Basic {basic}"} if url.userinfo else _HEADERS)
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError("The API key holds a character that cannot be sent.", hint="Was it copied whole?")
    if url.host.endswith(_AZURE) and not key.startswith(_TOKEN):
        return httpx.Headers({**_HEADERS, "api-key": key})
    return httpx.Headers({**_HEADERS, "Authorization": f"Bearer {key}"})
