"""What lies behind an exception: DNS, refusal, TLS, proxies, and every exception class of httpx."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from duologue.endpoint.causes import FOREIGN, KINDS, Place, from_exception
from duologue.targets import Clocks, RetryPolicy, Target
from tests.endpoint.conftest import Bench
from tests.endpoint.wire import Wire, chunked, said, whole


def _classes_of_httpx() -> list[type[Exception]]:
    named = [getattr(httpx, name) for name in httpx.__all__]
    return [cls for cls in named if isinstance(cls, type) and issubclass(cls, Exception)]


@pytest.mark.parametrize("cls", _classes_of_httpx(), ids=lambda cls: cls.__name__)
def test_every_exception_of_httpx_is_translated(cls: type[Exception]) -> None:
    """No class that httpx exports escapes: each is caught, and has a kind and a sentence."""
    assert issubclass(cls, FOREIGN)
    assert any(base in KINDS for base in cls.__mro__)
    error = from_exception(cls.__new__(cls), Place("http://x"))
    assert error.message.endswith(".")
    assert "{" not in error.message + (error.hint or "")
    in_reply = from_exception(cls.__new__(cls), Place("http://x"), in_reply=True)
    assert in_reply.kind == ("bad_reply" if cls is httpx.DecodingError else "broken_stream")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_refused_connection(bench: Bench, host: str) -> None:
    """Where nobody listens the hint asks whether a server does, and it is tried again."""
    origin = f"http://{host}:{_free_port()}"
    error = await bench.fail(target=Target(f"{origin}/v1", "m"))
    assert error.kind == "refused"
    assert error.hint == f"Is a server listening at {origin}?"
    assert bench.ear.kinds == ["refused"] * 3
    assert bench.ear.failures[0].usage.total_tokens == 0


async def test_a_name_that_does_not_resolve(bench: Bench) -> None:
    """A name that nobody knows is a DNS fault, tried again and then parked."""
    error = await bench.fail(target=Target("http://nobody.invalid/v1", "m"))
    assert (error.kind, error.parks) == ("dns", True)
    assert len(bench.ear.failures) == 3


async def test_a_name_that_cannot_be_looked_up(bench: Bench) -> None:
    """A name too long for the DNS is a DNS fault, not a crash."""
    assert (await bench.fail(target=Target(f"http://{'a' * 70}.invalid/v1", "m"))).kind == "dns"


async def test_tls_with_a_server_that_speaks_none(bench: Bench) -> None:
    """A broken handshake fails at once."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 this is no TLS\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await bench.fail(target=Target(f"https://127.0.0.1:{port}/v1", "m"))
    assert (error.kind, error.retryable) == ("tls", False)
    assert (error.message.endswith("does not speak TLS."), "http://" in (error.hint or "")) == (True, True)
    assert bench.ear.kinds == ["tls"]


async def test_a_handshake_that_never_ends(bench: Bench) -> None:
    """A server that accepts and says nothing is too slow, not untrustworthy."""
    bench.wire.answers[:] = [chunked(said("hi"))]
    target = Target(bench.wire.url.replace("http:", "https:"), "m")
    error = await bench.fail(target=target, clocks=Clocks(connect_s=0.2), policy=RetryPolicy(attempts=1))
    assert error.kind == "timeout"


def _self_signed(folder: Path) -> ssl.SSLContext:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 1 -keyout key -out crt"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "crt", folder / "key")
    return context


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
async def test_a_certificate_that_nobody_vouches_for(bench: Bench, tmp_path: Path) -> None:
    """A self-signed certificate is refused at once; nothing is sent."""
    async with Wire([chunked(said("hi"))], tls=_self_signed(tmp_path)) as wire:
        error = await bench.fail(target=Target(wire.url.replace("http:", "https:"), "m"))
        assert error.kind == "tls"
        assert wire.requests == []
    assert bench.ear.kinds == ["tls"]


async def test_a_proxy_that_is_down(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault is the proxy's, which is named without its credentials, and not tried again."""
    monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{_free_port()}")
    error = await bench.fail(target=Target("http://model.invalid/v1", "m"))
    assert (error.kind, error.retryable) == ("proxy", False)
    assert "***@127.0.0.1" in error.message
    assert "secret" not in error.message
    assert bench.ear.kinds == ["proxy"]


@pytest.mark.parametrize(("scheme", "variable"), [("http", "HTTP_PROXY"), ("https", "ALL_PROXY")])
async def test_a_proxy_that_wants_credentials(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, scheme: str, variable: str
) -> None:
    """A 407 is the proxy's, for plain requests and for tunnels; what it was given is in no message."""
    monkeypatch.setenv(variable, bench.wire.origin.replace("//", "//me:pass-word@"))
    answer = whole(b"", 407)
    error = await bench.fail(answer, target=Target(f"{scheme}://model.invalid/v1", "m"))
    assert error.kind == "proxy"
    assert "pass-word" not in error.message + (error.hint or "") + error.body
    assert len(bench.wire.requests) == 1


async def test_a_proxy_is_used_unless_told_not_to(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY carries the request, and NO_PROXY excepts hosts from that."""
    monkeypatch.setenv("HTTP_PROXY", bench.wire.origin)
    got = await bench.ask(chunked(said("hi")), target=Target("http://model.invalid/v1", "m"))
    assert got.text == "hi"
    assert bench.wire.requests[0].head.startswith("POST http://model.invalid/v1/chat/completions ")
    monkeypatch.setenv("NO_PROXY", "model.invalid")
    error = await bench.fail(target=Target("http://model.invalid/v1", "m"))
    assert error.kind == "dns"


async def test_a_proxy_that_cannot_be_spoken_to(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of an unknown kind is named when the client is made."""
    monkeypatch.setenv("ALL_PROXY", "gopher://me:secret@127.0.0.1:70")
    error = await bench.fail(target=Target("http://model.invalid/v1", "m"))
    assert error.kind == "proxy"
    assert "gopher://***@127.0.0.1:70" in error.message
