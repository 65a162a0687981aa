"""The line to one endpoint: where requests go, with which headers, over which connection."""

from dataclasses import dataclass, field
from typing import Final

import httpx

from duologue import __version__
from duologue.endpoint.causes import Place
from duologue.endpoint.connection import endpoint_url, open_http, place_of
from duologue.endpoint.dialect import Dialect
from duologue.errors import ConfigError
from duologue.targets import Clocks, Target

_HEADERS: Final = {
    "Accept": "text/event-stream, application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": f"duologue/{__version__}",
}


@dataclass(slots=True)
class Line:
    """What all calls to one endpoint share. `may_be_stale` is True while the pool may hold a connection
    that the server has closed since."""

    target: Target
    clocks: Clocks
    max_reply_bytes: int
    http: httpx.AsyncClient
    place: Place
    completions: httpx.URL
    models: httpx.URL
    headers: httpx.Headers
    dialect: Dialect = field(default_factory=Dialect)
    may_be_stale: bool = False

    def post(self, body: bytes) -> httpx.Request:
        """A request for a completion."""
        return httpx.Request("POST", self.completions, headers=self.headers, content=body)

    def get_models(self) -> httpx.Request:
        """A request for the list of models."""
        return httpx.Request("GET", self.models, headers=self.headers)


def open_line(
    target: Target, clocks: Clocks, transport: httpx.AsyncBaseTransport | None, max_reply_bytes: int
) -> Line:
    """A line that connects with its first request; ConfigError when the URL or the key cannot be used."""
    url = endpoint_url(target.base_url)
    return Line(
        target,
        clocks,
        max_reply_bytes,
        http=open_http(url, clocks.connect_s, transport),
        place=place_of(target, url),
        completions=_below(url, "chat/completions"),
        models=_below(url, "models"),
        headers=_headers(target),
    )


def _below(url: httpx.URL, path: str) -> httpx.URL:
    # The query stays: some gateways keep their API version there.
    return url.copy_with(path=f"{url.path.rstrip('/')}/{path}")


def _headers(target: Target) -> httpx.Headers:
    """The key goes into one header of requests to one origin, and nowhere else."""
    key = target.api_key.get_secret_value() if target.api_key is not None else ""
    if not key:
        return httpx.Headers(_HEADERS)
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError("The API key holds a character that cannot be sent.", hint="Was it copied whole?")
    return httpx.Headers({**_HEADERS, "Authorization": f"Bearer {key}"})
