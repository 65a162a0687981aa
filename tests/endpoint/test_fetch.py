"""Fetching a model file: over real sockets that break off, ignore, redirect and lie."""

import asyncio
import hashlib
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from duologue.endpoint.fetch import Fetched, Source, fetch
from duologue.errors import ConfigError, EndpointError, UserError
from tests.endpoint.wire import Answer, End, Wire, head, whole

BODY = bytes(range(256)) * 40
SHA = hashlib.sha256(BODY).hexdigest()
ETAG = '"one"'


@pytest.fixture
async def hub() -> AsyncIterator[Wire]:
    async with Wire() as wire:
        yield wire


def cut(at: int, *, etag: str = ETAG, end: End = "close") -> Answer:
    """An answer that ends, or waits, in the middle of the file."""
    return Answer([head(200, Content_Length=str(len(BODY)), ETag=etag) + BODY[:at]], end)


def rest(start: int) -> Answer:
    """The file from there on, as a server that knows ranges sends it."""
    told = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
    return whole(BODY[start:], 206, Content_Range=told, ETag=ETAG)


async def get(
    hub: Wire, folder: Path, *answers: Answer, sha256: str | None = SHA, key: str | None = None
) -> Fetched:
    """Fetch the hub's file; it gives these answers."""
    hub.answers[:], hub.requests[:] = answers, []
    secret = None if key is None else SecretStr(key)
    source = Source(f"{hub.origin}/resolve/small.gguf", sha256, secret)
    return await fetch(source, folder, lambda what, done, total: None)


def asked(hub: Wire, number: int, name: str) -> str | None:
    """A header of one of the requests."""
    found = re.search(rf"^{name}: (.*)\r$", hub.requests[number].head, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else None


def left(folder: Path, names: str) -> list[bytes]:
    """What the files of such names hold."""
    return [path.read_bytes() for path in folder.glob(f"*/{names}")]


def complete(folder: Path) -> None:
    """Make the part the whole file."""
    (part,) = folder.glob("*/*.part")
    part.write_bytes(BODY)


async def test_a_file_is_fetched_once_and_kept_private(hub: Wire, tmp_path: Path) -> None:
    """The second time nothing is asked; file and folder are the person's alone, and no part stays."""
    seen: list[tuple[str, int, int | None]] = []
    hub.answers[:] = [whole(BODY)]
    source = Source(f"{hub.origin}/resolve/small.gguf", SHA)
    first = await fetch(source, tmp_path, lambda *told: seen.append(told))
    assert (first.path.read_bytes(), first.sha256, first.verified) == (BODY, SHA, True)
    assert seen[-1] == ("Fetching small.gguf", len(BODY), len(BODY))
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.path.parent.stat().st_mode) == 0o700
    assert await fetch(source, tmp_path, lambda *told: None) == first
    assert len(hub.requests) == 1
    assert not list(first.path.parent.glob("*.part*"))


async def test_a_fetch_that_breaks_off_goes_on_where_it_was(hub: Wire, tmp_path: Path) -> None:
    """After a cut the rest is asked for, on the condition that it is the same file."""
    assert (await get(hub, tmp_path, cut(3000), rest(3000))).path.read_bytes() == BODY
    assert (asked(hub, 1, "range"), asked(hub, 1, "if-range")) == ("bytes=3000-", ETAG)


async def test_a_server_without_ranges_sends_the_file_anew(hub: Wire, tmp_path: Path) -> None:
    """A 200 to a request for the rest is the whole file, and takes the place of the part."""
    assert (await get(hub, tmp_path, cut(3000), whole(BODY))).path.read_bytes() == BODY


async def test_a_part_that_is_of_no_use_is_dropped(hub: Wire, tmp_path: Path) -> None:
    """A 416, or a part without a strong validator, begins the file anew."""
    assert (await get(hub, tmp_path / "a", cut(3000), whole(b"", 416), whole(BODY))).sha256 == SHA
    assert asked(hub, 2, "range") is None
    assert (await get(hub, tmp_path / "b", cut(3000, etag='W/"weak"'), whole(BODY))).sha256 == SHA
    assert asked(hub, 1, "range") is None


async def test_a_part_that_is_the_whole_file_is_taken_as_it_is(hub: Wire, tmp_path: Path) -> None:
    """A process that was killed with the last byte leaves nothing to fetch."""
    with pytest.raises(EndpointError):
        await get(hub, tmp_path, Answer([*cut(len(BODY) - 1).parts], "close"), Answer([], "close"))
    complete(tmp_path)
    end = whole(b"", 416, Content_Range=f"bytes */{len(BODY)}")
    assert (await get(hub, tmp_path, end)).sha256 == SHA


async def test_a_server_that_brings_nothing_more_ends_the_fetch_and_the_part_stays(
    hub: Wire, tmp_path: Path
) -> None:
    """It is tried again only as long as that brings more; the next command goes on."""
    with pytest.raises(EndpointError, match="The connection to") as caught:
        await get(hub, tmp_path, cut(3000), Answer([], "close"))
    assert caught.value.hint is not None
    assert "what has come is kept" in caught.value.hint
    assert (await get(hub, tmp_path, rest(3000))).sha256 == SHA
    assert asked(hub, 0, "range") == "bytes=3000-"


async def test_a_cancelled_fetch_keeps_its_part(hub: Wire, tmp_path: Path) -> None:
    """Leaving a slow server leaves what has come, and no lock."""
    hub.answers[:] = [cut(3000, end="hang")]
    source = Source(f"{hub.origin}/resolve/small.gguf", SHA)
    came = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(
            fetch(source, tmp_path, lambda what, done, total: came.set() if done == 3000 else None)
        )
        await came.wait()
        task.cancel()
    assert left(tmp_path, "*.part") == [BODY[:3000]]
    assert (await get(hub, tmp_path, rest(3000))).sha256 == SHA


async def test_a_wrong_checksum_throws_the_file_away(hub: Wire, tmp_path: Path) -> None:
    """Neither the file nor its part stays, and the message names both digests."""
    with pytest.raises(ConfigError, match="wrong checksum") as caught:
        await get(hub, tmp_path, whole(BODY), sha256="0" * 64)
    assert SHA in caught.value.message
    assert left(tmp_path, "*.gguf") == left(tmp_path, "*.part") == []


@pytest.mark.parametrize("name", ["X_Linked_ETag", "ETag"])
async def test_without_a_checksum_that_of_the_hub_counts(hub: Wire, tmp_path: Path, name: str) -> None:
    """The hub's header names the digest, if it looks like one; else the file is not verified."""
    fetched = await get(hub, tmp_path / "a", whole(BODY, **{name: f'"{SHA}"'}), sha256=None)
    assert fetched.verified
    with pytest.raises(ConfigError, match="wrong checksum"):
        await get(hub, tmp_path / "b", whole(BODY, **{name: f'"{"1" * 64}"'}), sha256=None)
    plain = await get(hub, tmp_path / "c", whole(BODY, **{name: ETAG}), sha256=None)
    assert (plain.sha256, plain.verified) == (SHA, False)


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [(404, "not_found", "url"), (401, "auth", "HF_TOKEN"), (503, "server", "later")],
)
async def test_a_refusal_says_what_to_do(
    hub: Wire, tmp_path: Path, status: int, kind: str, said: str
) -> None:
    """Each refusal has its kind and its hint, and is not tried again."""
    with pytest.raises(EndpointError) as caught:
        await get(hub, tmp_path, whole(b"no", status))
    assert (caught.value.kind, caught.value.status) == (kind, status)
    assert caught.value.hint is not None
    assert said in caught.value.hint
    assert len(hub.requests) == 1


async def test_the_key_stays_with_its_origin(hub: Wire, tmp_path: Path) -> None:
    """A redirect within the origin takes the key along; one to another place does not."""
    async with Wire() as other:
        other.answers.append(whole(BODY, ETag=f'"{"2" * 64}"'))
        near = whole(b"", 302, Location="/elsewhere")
        far = whole(b"", 302, Location=f"{other.url}/bytes?signed=1")
        fetched = await get(hub, tmp_path, near, far, sha256=None, key="hf-key")
        assert (fetched.sha256, fetched.verified) == (SHA, False)
        assert [asked(hub, number, "authorization") for number in (0, 1)] == ["Bearer hf-key"] * 2
        assert asked(other, 0, "authorization") is None
        assert "hf-key" not in other.requests[0].head


@pytest.mark.parametrize("place", ["http://models.example/m.gguf", "file:///etc/passwd", "ftp://a/b"])
async def test_only_encrypted_places_are_fetched_from(hub: Wire, tmp_path: Path, place: str) -> None:
    """Neither the config file nor a redirect leads to a place without TLS, but on this machine."""
    with pytest.raises(ConfigError, match="only over https"):
        await fetch(Source(place), tmp_path, lambda *told: None)
    with pytest.raises(ConfigError, match="only over https"):
        await get(hub, tmp_path, whole(b"", 302, Location=place))


async def test_a_name_that_no_host_can_have(hub: Wire, tmp_path: Path) -> None:
    """It is told as an address that is not valid, and a redirect to it too."""
    with pytest.raises(ConfigError, match="not valid"):
        await fetch(Source("https://xn--a/m"), tmp_path, lambda *told: None)
    with pytest.raises(ConfigError, match="not valid"):
        await get(hub, tmp_path, whole(b"", 302, Location="https://xn--a/m"))


async def test_redirects_come_to_an_end(hub: Wire, tmp_path: Path) -> None:
    """A hub that sends in circles is left."""
    with pytest.raises(EndpointError, match="without end"):
        await get(hub, tmp_path, whole(b"", 302, Location="/again"))


async def test_room_is_looked_for_before_anything_is_taken(hub: Wire, tmp_path: Path) -> None:
    """A file that is larger than the disk is refused, with both figures."""
    with pytest.raises(UserError, match=r"no room.*1000000\.0 GB"):
        await get(hub, tmp_path, Answer([head(200, Content_Length=str(10**15))], "hang"))


async def test_local_only_fetches_nothing_from_elsewhere(tmp_path: Path) -> None:
    """With `--local-only` no other machine is asked."""
    source = Source("https://192.0.2.1/m.gguf", local_only=True)
    with pytest.raises(EndpointError, match="not on this machine"):
        await fetch(source, tmp_path, lambda *told: None)


async def test_two_who_want_the_same_file_fetch_it_once(hub: Wire, tmp_path: Path) -> None:
    """The second waits for the first, and finds the file."""
    hub.answers[:] = [Answer([head(200, Content_Length=str(len(BODY))), 0.05, BODY], "keep")]
    source = Source(f"{hub.origin}/resolve/small.gguf", SHA)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(source, tmp_path, lambda *told: None)) for _ in range(2)]
    assert tasks[0].result() == tasks[1].result()
    assert len(hub.requests) == 1
