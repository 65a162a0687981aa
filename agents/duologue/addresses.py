"""Base URLs and their keys: a key belongs to one origin."""

import re
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr

from duologue.config import FallbackTable, RoleTable, config_path
from duologue.errors import ConfigError


def same_origin(url: str, chosen: str) -> bool:
    """Whether a key for the one URL may go to the other; False where either is none."""
    try:
        return origin(url.strip()) == origin(chosen)
    except ValueError:
        return False


def key_in(table: RoleTable | FallbackTable, environ: Mapping[str, str]) -> SecretStr | None:
    """The key that the table names, None where it names none. Raises ConfigError where it is missing."""
    if table.api_key is not None:
        return table.api_key
    if table.api_key_env is None:
        return None
    value = environ.get(table.api_key_env)
    if not value:
        raise ConfigError(
            f"The key is missing: the environment variable {table.api_key_env} is not set.",
            hint=f"Set it, or change api_key_env in {config_path()}.",
        )
    return SecretStr(value)


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of a URL: what a key belongs to."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def checked_url(url: str) -> str:
    """The base URL without a trailing slash. Raises ConfigError where it is none, or holds credentials."""
    # No message repeats a password that was put into the URL.
    shown = re.sub(r"[^/]*@", "…@", url)
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as exc:
        raise ConfigError(
            f"The base URL {shown!r} is not valid.", hint="It looks like http://127.0.0.1:8080/v1."
        ) from exc
    if parts.username is not None:
        raise ConfigError("The base URL holds credentials.", hint="Give the key as OPENAI_API_KEY instead.")
    if parts.scheme not in ("http", "https") or not host:
        meant = "http://127.0.0.1:8080/v1" if "://" in shown or "@" in shown else f"http://{shown.strip()}"
        raise ConfigError(
            f"The base URL {shown!r} is not an http or https address.", hint=f"It looks like {meant}"
        )
    return url.strip().rstrip("/")


def is_loopback(address: str) -> bool:
    """Whether packets to the address stay on this machine: 127.0.0.0/8, ::1, and the first as the second
    writes it."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (mapped or ip).is_loopback
