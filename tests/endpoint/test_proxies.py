"""Proxies and certificate authorities named by the usual variables, with real tunnels and real TLS."""

import asyncio
import importlib.util
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from duologue.endpoint.connection import endpoint_url, proxy_for
from duologue.errors import ConfigError
from duologue.targets import Target
from tests.endpoint.conftest import ASK, Bench
from tests.endpoint.wire import Wire, chunked, said

trustme = pytest.importorskip("trustme", reason="makes an authority with trustme")


@dataclass
class Tunnel:
    """A proxy that opens tunnels to this machine; `asked` holds the head of each request to it."""

    url: str = ""
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect as asked, whatever the name, and carry bytes both ways."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        port = int(head.split()[1].rsplit(":", 1)[1])
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        async with asyncio.TaskGroup() as both:
            both.create_task(_carry(reader, far_writer))
            both.create_task(_carry(far_reader, writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def tunnelling(tls: ssl.SSLContext | None = None) -> AsyncIterator[Tunnel]:
    """The proxy on a free port, while the context lasts; spoken to over TLS where it is given."""
    tunnel = Tunnel()
    server = await asyncio.start_server(tunnel.serve, "127.0.0.1", 0, ssl=tls)
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    tunnel.url = f"http://{place}" if tls is None else f"https://{place.replace('127.0.0.1', 'localhost')}"
    async with server:
        yield tunnel


@dataclass
class Secure:
    """A TLS server's context, and the authority that vouches for it."""

    tls: ssl.SSLContext
    file: Path


@pytest.fixture
def secure(tmp_path: Path) -> Secure:
    """A server named model.test and localhost, with an authority of its own."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "model.test").configure_cert(tls)
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return Secure(tls, file)


def _at(wire: Wire, host: str = "localhost", *, local_only: bool = False) -> Target:
    port = wire.origin.rsplit(":", 1)[1]
    return Target(f"https://{host}:{port}/v1", "m", local_only=local_only)


@pytest.mark.parametrize("local_only", [False, True])
async def test_an_authority_of_ones_own(
    bench: Bench, secure: Secure, monkeypatch: pytest.MonkeyPatch, local_only: bool
) -> None:
    """A server is trusted by the authority in SSL_CERT_FILE, and by no other."""
    async with Wire([chunked(said("hi"))], tls=secure.tls) as wire:
        assert (await bench.fail(target=_at(wire, local_only=local_only))).kind == "tls"
        monkeypatch.setenv("SSL_CERT_FILE", str(secure.file))
        client = await bench.client(target=_at(wire, local_only=local_only))
        assert (await client.complete(ASK)).text == "hi"
        wrong = await bench.client(target=_at(wire, "127.0.0.1", local_only=local_only))
        with pytest.raises(Exception, match="cannot be trusted"):
            await wrong.complete(ASK)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY", "https_proxy"])
async def test_a_tunnel(bench: Bench, secure: Secure, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """TLS goes through the proxy's tunnel to the server itself: the proxy sees a name and no request."""
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.file))
    async with Wire([chunked(said("hi"))], tls=secure.tls) as wire, tunnelling() as proxy:
        monkeypatch.setenv(variable, proxy.url.replace("//", "//me:pass@"))
        client = await bench.client(target=_at(wire, "model.test"))
        place = f"model.test:{wire.origin.rsplit(':', 1)[1]}"
        assert (await client.complete(ASK)).text == "hi"
        await client.aclose()
    assert [head.split()[:2] for head in proxy.asked] == [["CONNECT", place]]
    assert "Basic bWU6cGFzcw==" in proxy.asked[0]
    assert "POST" not in proxy.asked[0]


async def test_a_tunnel_within_tls(bench: Bench, secure: Secure, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that is spoken to over TLS is trusted by the same authority as a server."""
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.file))
    async with Wire([chunked(said("hi"))], tls=secure.tls) as wire, tunnelling(secure.tls) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        client = await bench.client(target=_at(wire, "model.test"))
        assert (await client.complete(ASK)).text == "hi"
        await client.aclose()
    assert len(proxy.asked) == 1


_NO_SOCKS = pytest.mark.skipif(importlib.util.find_spec("socksio") is not None, reason="socksio is here")
_WRONG = ("http://[::1", "ftp://127.0.0.1:1", "http://127.0.0.1:99999")


@pytest.mark.parametrize("proxy", [*_WRONG, pytest.param("socks5://127.0.0.1:1", marks=_NO_SOCKS)])
async def test_a_proxy_that_cannot_be_one(bench: Bench, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """It is named, and is no defect of ours."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    fault = await bench.fail(target=Target("http://model.test/v1", "m"))
    assert fault.kind == "proxy"
    assert proxy in fault.message


def _hashed(file: Path) -> Path:
    """A folder that holds the authority under the name that OpenSSL looks for."""
    folder = file.parent / "authorities"
    folder.mkdir()
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(file)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    (folder / f"{name}.0").write_bytes(file.read_bytes())
    return folder


@pytest.mark.skipif(shutil.which("openssl") is None, reason="a file there is named by openssl")
@pytest.mark.parametrize("proxied", [False, True])
async def test_a_folder_of_authorities(
    bench: Bench, secure: Secure, monkeypatch: pytest.MonkeyPatch, proxied: bool
) -> None:
    """SSL_CERT_DIR is looked in, and NO_PROXY keeps a host out of the tunnel."""
    monkeypatch.setenv("SSL_CERT_DIR", str(_hashed(secure.file)))
    async with Wire([chunked(said("hi"))], tls=secure.tls) as wire, tunnelling() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        if not proxied:
            monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
        client = await bench.client(target=_at(wire))
        assert (await client.complete(ASK)).text == "hi"
        await client.aclose()
    assert len(proxy.asked) == proxied


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/v1", "http://model.test/v1"])
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_wrong_path(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    variable: str,
    content: str | None,
) -> None:
    """A path that leads to no certificates is said in one sentence that names variable and path, whether the
    server or the proxy is spoken to over TLS."""
    path = tmp_path / "wrong.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(variable, str(path))
    monkeypatch.setenv("HTTP_PROXY", "https://127.0.0.1:1")
    with pytest.raises(ConfigError) as caught:
        await bench.client(target=Target(url, "m"))
    why = "which holds no certificate" if content else "and: No such file or directory"
    why = "which is no folder" if variable == "SSL_CERT_DIR" else why
    assert caught.value.message == f"{variable} names {path}, {why}."
    assert caught.value.hint


async def test_a_file_counts_for_more_than_a_folder(
    bench: Bench, secure: Secure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where both are named, nobody looks for the folder."""
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    async with Wire([chunked(said("hi"))], tls=secure.tls) as wire:
        assert (await (await bench.client(target=_at(wire))).complete(ASK)).text == "hi"


def test_who_is_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its URL may lack the scheme; hosts are kept out of it by name and port."""
    monkeypatch.setenv("HTTP_PROXY", "10.0.0.1:3128")
    monkeypatch.setenv("NO_PROXY", "near:8080,here")
    for url, proxy in (
        ("http://near:8080/v1", None),
        ("http://near:8081/v1", "http://10.0.0.1:3128"),
        ("http://here/v1", None),
        ("http://there/v1", "http://10.0.0.1:3128"),
        ("https://there/v1", None),
    ):
        assert proxy_for(endpoint_url(url)) == proxy
