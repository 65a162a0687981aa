"""One pool of connections per client: cheap for plain HTTP, one TLS context shared by all the rest.

This is httpx's transport without its client. The client's cookies, redirects and credentials from ~/.netrc
are just what an endpoint must not get, and going without them makes a call cheaper.
"""

# The environment is read here and not in config.py because these variables are httpx's own, not ours.

import functools
import importlib
import os
import ssl
import sys
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, cast
from urllib.request import getproxies, proxy_bypass

import httpx

from duologue.endpoint.causes import without_credentials
from duologue.endpoint.hints import HINTS
from duologue.endpoint.loopback import LoopbackBackend
from duologue.endpoint.network import Network, over
from duologue.errors import ConfigError, EndpointError

_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=20)
"""How many requests go at a time is the limiter's. httpcore never gives back the room of a connection whose
handshake failed behind a proxy: with a limit, a pool stood still after so many of them."""

_CERTIFICATES: Final = "It has to lead to certificate authorities in the PEM format."


@dataclass(slots=True)
class Pool:
    """Connections to one origin, which several clients may share. `proxy` is the URL of the proxy on the
    way, without its credentials, or None; `may_be_stale` is True while it may hold a connection that the
    server has closed since."""

    transport: httpx.AsyncBaseTransport
    proxy: str | None = None
    may_be_stale: bool = False


@functools.lru_cache(maxsize=64)
def endpoint_url(base_url: str) -> httpx.URL:
    """The base URL without a slash at its end; ConfigError when nothing can be sent there."""
    try:
        url = httpx.URL(base_url.rstrip("/"))
        host = url.host
    except (httpx.InvalidURL, UnicodeError) as exc:
        raise ConfigError(f"The base URL is not valid: {without_credentials(base_url)}") from exc
    if url.scheme not in ("http", "https") or not host:
        hint = "A base URL looks like http://127.0.0.1:8080/v1."
        raise ConfigError(f"The base URL is not valid: {without_credentials(base_url)}", hint=hint)
    return url


def open_pool(base_url: str, *, local_only: bool = False) -> Pool:
    """A pool that connects with its first request, to this machine alone where it is `local_only`;
    ConfigError when the URL or a certificate file cannot be used, EndpointError when the environment's proxy
    cannot."""
    url = endpoint_url(base_url)
    if local_only:
        trust = _authorities() if url.scheme == "https" else _trusting_nobody()
        transport = httpx.AsyncHTTPTransport(verify=trust, trust_env=False, limits=_LIMITS)
        return Pool(over(LoopbackBackend(), transport))
    proxy = proxy_for(url)
    masked = without_credentials(proxy) if proxy else None
    trust = _authorities() if url.scheme == "https" else _trusting_nobody()
    try:
        through = _through(proxy) if proxy else None
        transport = httpx.AsyncHTTPTransport(proxy=through, verify=trust, trust_env=False, limits=_LIMITS)
    except (ImportError, ValueError, httpx.InvalidURL) as exc:
        message = f"The proxy {masked} cannot be used: {exc}"
        raise EndpointError(message, kind="proxy", hint=HINTS["proxy"]) from exc
    return Pool(over(Network(), transport), masked)


def _through(proxy: str) -> httpx.Proxy:
    """The proxy. Where it is spoken to over TLS the same authorities vouch for it, read once: httpcore's own
    would be read for each connection."""
    secure = httpx.URL(proxy).scheme == "https"
    return httpx.Proxy(proxy, ssl_context=_authorities() if secure else None)


def proxy_for(url: httpx.URL) -> str | None:
    """The proxy that the environment asks for on the way to this URL, or None."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(f"{url.host}:{url.port}" if url.port else url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _authorities() -> ssl.SSLContext:
    """The usual certificate authorities, or those of SSL_CERT_FILE or SSL_CERT_DIR; ConfigError where these
    cannot be read."""
    return _trusting(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _trusting(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Loading takes tens of milliseconds, hence once."""
    named = f"SSL_CERT_FILE names {file}" if file else f"SSL_CERT_DIR names {folder}"
    if not file and folder and not os.path.isdir(folder):
        raise ConfigError(f"{named}, which is no folder.", hint=_CERTIFICATES)
    try:
        return httpx.create_ssl_context()
    except OSError as exc:
        why = "which holds no certificate" if isinstance(exc, ssl.SSLError) else f"and: {exc.strerror}"
        raise ConfigError(f"{named}, {why}.", hint=_CERTIFICATES) from exc


@functools.cache
def _trusting_nobody() -> ssl.SSLContext:
    """For plain HTTP, where it is never used: no authority is loaded, so any TLS would be refused."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def settle_sniffio() -> None:
    """Say which event loop this is, for whatever this task asks next.

    httpcore and anyio ask sniffio a dozen times a call. Where it is installed, it looks up the running task
    each time; where it is not, httpcore tries to import it, and the whole path is searched: a tenth of what
    a call costs.
    """
    if (library := _told_to_sniffio()) is not None:
        library.set("asyncio")


@functools.cache
def _told_to_sniffio() -> ContextVar[str | None] | None:
    """Where sniffio is told; None, and Python told that there is none, where it is not installed."""
    try:
        return cast(ContextVar[str | None], importlib.import_module("sniffio").current_async_library_cvar)
    except ImportError:
        # This is how Python itself remembers that a module is not to be had.
        sys.modules["sniffio"] = None  # type: ignore[assignment]
        return None
