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
    url: httpx.URL
    place: Place
    headers: dict[str, str]
    dialect: Dialect = field(default_factory=Dialect)
    may_be_stale: bool = False

    def post(self, body: bytes) -> httpx.Request:
        """A request for a completion."""
        headers = {**self.headers, "Content-Type": "application/json"}
        return httpx.Request("POST", self._to("chat/completions"), headers=headers, content=body)

    def get_models(self) -> httpx.Request:
        """A request for the list of models."""
        return httpx.Request("GET", self._to("models"), headers=self.headers)

    def _to(self, path: str) -> httpx.URL:
        # The query stays: some gateways keep their API version there.
        return self.url.copy_with(path=f"{self.url.path.rstrip('/')}/{path}")


def open_line(
    target: Target, clocks: Clocks, transport: httpx.AsyncBaseTransport | None, max_reply_bytes: int
) -> Line:
    """A line that connects with its first request; ConfigError when the URL or the key cannot be used."""
    url = endpoint_url(target.base_url)
    http = open_http(url, clocks.connect_s, transport)
    return Line(target, clocks, max_reply_bytes, http, url, place_of(target, url), _headers(target))


def _headers(target: Target) -> dict[str, str]:
    """The key goes into one header of requests to one origin, and nowhere else."""
    key = target.api_key.get_secret_value() if target.api_key is not None else ""
    if not key:
        return dict(_HEADERS)
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError("The API key holds a character that cannot be sent.", hint="Was it copied whole?")
    return {**_HEADERS, "Authorization": f"Bearer {key}"}
