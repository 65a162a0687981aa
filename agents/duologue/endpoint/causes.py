"""What lies behind an exception of httpx: name resolution, refusal, TLS, a proxy, a time-out."""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from duologue.endpoint.hints import HINTS
from duologue.errors import EndpointError, EndpointFault
from duologue.record.redact_stream import RedactedStreams


@dataclass(frozen=True, slots=True)
class Place:
    """The endpoint that an error is about. `origin` is its scheme, host and port; `proxy` is the masked
    URL of the proxy on the way, or None; `secret` is the key, which no message may hold; `streams` redact
    what the endpoint says, None leaves it as it is."""

    origin: str
    proxy: str | None = None
    secret: str | None = None
    streams: RedactedStreams | None = None

    def masked(self, text: str) -> str:
        """The text without the key and other secrets, should the server have echoed them."""
        if self.streams is not None:
            text = self.streams.whole(text)
        return text.replace(self.secret, "[key]") if self.secret else text


KINDS: Final[Mapping[type[Exception], EndpointFault]] = {
    httpx.TimeoutException: "timeout",
    httpx.ProxyError: "proxy",
    httpx.NetworkError: "connection",
    httpx.RemoteProtocolError: "connection",
    httpx.LocalProtocolError: "bad_request",
    httpx.UnsupportedProtocol: "bad_request",
    httpx.InvalidURL: "bad_request",
    httpx.TooManyRedirects: "redirect",
    httpx.DecodingError: "bad_reply",
    httpx.HTTPStatusError: "server",
    httpx.CookieConflict: "bad_reply",
    httpx.HTTPError: "connection",
    httpx.StreamError: "broken_stream",
}
"""The kind of each exception, found by its nearest listed ancestor."""

FOREIGN: Final = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict)
"""What may come out of httpx. Errors of the operating system arrive wrapped in these: a bare OSError is a
listener's own, and none of the endpoint's."""

_MESSAGES: Final[Mapping[EndpointFault, str]] = {
    "dns": "The name of {origin} could not be resolved.",
    "refused": "{origin} refused the connection.",
    "tls": "The certificate or the encryption of {origin} cannot be trusted.",
    "proxy": "The proxy {proxy} on the way to {origin} failed.",
    "timeout": "{origin} did not accept the connection in time.",
    "connection": "The connection to {origin} failed.",
    "bad_request": "A request to {origin} cannot be put together: its address or a header is not valid.",
    "redirect": "{origin} answered with a redirect, which is not followed.",
    "bad_reply": "{origin} sent a reply that cannot be decoded.",
    "server": "{origin} failed.",
    "broken_stream": "The connection to {origin} broke in the middle of the reply.",
}

_HINTS: Final[Mapping[EndpointFault, str]] = {
    "refused": "Is a server listening at {origin}?",
    "timeout": "Is the address right, and does a firewall stand between?",
    "bad_request": "A base URL begins with http:// or https://, and a key holds no blanks or line ends.",
}
"""Hints that say more than hints.py does."""


def from_exception(exc: Exception, place: Place, *, in_reply: bool = False) -> EndpointError:
    """The error for an exception; `in_reply` says that the reply had begun to arrive."""
    broken = in_reply and not isinstance(exc, httpx.DecodingError)
    kind = "broken_stream" if broken else _kind(exc, place)
    names = {"origin": place.origin, "proxy": place.proxy or "(from the environment)"}
    said, hint = _MESSAGES[kind], _HINTS.get(kind, HINTS[kind])
    if kind == "tls" and any(_speaks_no_tls(cause) for cause in _causes(exc)):
        said, hint = "{origin} does not speak TLS.", "Begin the base URL with http://, if that is meant."
    return EndpointError(said.format(**names), kind=kind, hint=hint.format(**names))


def _kind(exc: Exception, place: Place) -> EndpointFault:
    plain = next(KINDS[base] for base in type(exc).__mro__ if base in KINDS)
    causes = list(_causes(exc))
    if isinstance(exc, httpx.ConnectError) and any(_distrusts(cause) for cause in causes):
        return "tls"
    if place.proxy is not None and isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout):
        return "proxy"
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        return "dns"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "refused"
    return plain


def _distrusts(cause: BaseException) -> bool:
    """A handshake that merely broke off is no matter of trust, and another may go through."""
    passing = ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLWantReadError | ssl.SSLSyscallError
    return isinstance(cause, ssl.SSLError) and not isinstance(cause, passing)


def _speaks_no_tls(cause: BaseException) -> bool:
    """What came back was no TLS at all, as from a server of plain HTTP."""
    return isinstance(cause, ssl.SSLError) and cause.reason in (
        "WRONG_VERSION_NUMBER",
        "RECORD_LAYER_FAILURE",
    )


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    """The exception, what it came from, and the members of groups among these."""
    while exc is not None:
        yield exc
        if isinstance(exc, BaseExceptionGroup):
            for member in exc.exceptions:
                yield from _causes(member)
        exc = exc.__cause__ or exc.__context__


def without_credentials(url: str) -> str:
    """The URL with the user and password of its authority masked."""
    return re.sub(r"//[^/@]*@", "//***@", url)
