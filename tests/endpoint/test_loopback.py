"""Local only: an address is looked at as it is connected to, and none but loopback is."""

import httpcore
import pytest

from duologue.endpoint.loopback import LoopbackBackend
from duologue.errors import EndpointError
from duologue.targets import Target
from tests.endpoint.conftest import Bench
from tests.endpoint.wire import chunked, said


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_server_on_this_machine(bench: Bench, host: str) -> None:
    """A server here answers, by address and by name."""
    url = bench.wire.url.replace("127.0.0.1", host)
    got = await bench.ask(chunked(said("hi")), target=Target(url, "m", local_only=True))
    assert got.text == "hi"


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "[2001:db8::1]", "[::ffff:192.0.2.1]"])
async def test_a_server_elsewhere(bench: Bench, host: str) -> None:
    """An address elsewhere is refused at once, with a hint, and not tried again."""
    error = await bench.fail(target=Target(f"http://{host}:9/v1", "m", local_only=True))
    assert (error.kind, error.retryable, error.parks) == ("not_local", False, False)
    assert "--no-local-only" in (error.hint or "")
    assert bench.ear.kinds == ["not_local"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
async def test_a_proxy_is_passed_by(bench: Bench, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """A proxy would carry the request elsewhere: it is not spoken to, even on this machine."""
    monkeypatch.setenv(variable, bench.wire.origin)
    error = await bench.fail(target=Target("http://192.0.2.1/v1", "m", local_only=True))
    assert error.kind == "not_local"
    assert bench.wire.connections == 0


async def test_a_name_is_resolved_once_and_looked_at(bench: Bench) -> None:
    """A name counts by all its addresses, and the connection goes to the one that was looked at."""
    port = int(bench.wire.origin.rsplit(":", 1)[1])
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return {"here.test": ["::1", "127.0.0.1"], "both.test": ["127.0.0.1", "192.0.2.1"]}[host]

    backend = LoopbackBackend(resolve)
    stream = await backend.connect_tcp("here.test", port, timeout=5.0)
    assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
    await stream.aclose()
    with pytest.raises(EndpointError, match=r"both\.test \(192\.0\.2\.1\) is not on this machine"):
        await backend.connect_tcp("both.test", port, timeout=5.0)
    assert asked == ["here.test", "both.test"]


@pytest.mark.parametrize("host", ["nobody.invalid", "a" * 70])
async def test_a_name_that_leads_nowhere(host: str) -> None:
    """A name without an address, and one that cannot have any, are faults of connecting."""
    with pytest.raises(httpcore.ConnectError):
        await LoopbackBackend().connect_tcp(host, 9, 5.0)


async def test_a_name_that_is_not_known(bench: Bench) -> None:
    """A name without an address is a fault of name resolution, as ever."""
    error = await bench.fail(target=Target("http://nobody.invalid/v1", "m", local_only=True))
    assert error.kind == "dns"


async def test_all_addresses_refuse() -> None:
    """Where nobody listens at any address, the connection failed."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == "some" else []

    for host in ("some", "none"):
        with pytest.raises(httpcore.ConnectError):
            await LoopbackBackend(resolve).connect_tcp(host, 1, timeout=5.0)
