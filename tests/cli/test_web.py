"""The screens in a browser: shown to who has the URL, on this machine, with nothing from elsewhere."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.cli.browser import BROWSER, open_tab, until
from tests.cli.conftest import Duologue
from tests.cli.running import COMMAND

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
from run_samples import run, save
from screen_sample import haiku

browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")


@asynccontextmanager
async def served(*arguments: str) -> AsyncIterator[str]:
    """The URL that the command prints; it ends by SIGTERM, with nothing left behind."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "web", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        yield (await process.stdout.readline()).decode().strip()
        process.terminate()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@browser
async def test_a_run_is_shown_in_a_browser(runs: Path, tmp_path: Path) -> None:
    """The page draws what the screen shows, keys reach it unclicked, and it asks nobody but this machine."""
    save(runs / "haiku", haiku().records)
    async with served("haiku") as url, open_tab(tmp_path / "profile", url) as tab:
        await tab.until("document.body.classList.contains('-first-byte')")
        await until(lambda: b"haiku about rivers" in tab.received)
        await tab.do("Input.dispatchKeyEvent", type="keyDown", key="?", text="?", windowsVirtualKeyCode=191)
        await until(lambda: b"go to that tenth of the recording" in tab.received)
        host = urlsplit(url).netloc
        assert {urlsplit(asked).netloc for asked in tab.asked if not asked.startswith("data:")} == {host}
        assert any(asked.startswith(f"ws://{host}/") for asked in tab.asked)
        assert not any("Refused" in said or "Content Security" in said for said in tab.said), tab.said
        assert not any("exceptionDetails" in said for said in tab.said), tab.said


_CUT_OFF = "document.querySelector('.xterm-screen').clientHeight > innerHeight"


@browser
async def test_a_window_that_changes_shows_every_row(runs: Path, tmp_path: Path) -> None:
    """The terminal's rows are as tall as its font's from the first on, so that none is cut off below."""
    save(runs / "haiku", haiku().records)
    async with served("haiku") as url, open_tab(tmp_path / "profile", url) as tab:
        await tab.until("document.body.classList.contains('-first-byte')")
        for width, height in ((420, 420), (1000, 700), (640, 300)):
            await tab.do(
                "Emulation.setDeviceMetricsOverride",
                width=width,
                height=height,
                deviceScaleFactor=1,
                mobile=False,
            )
            await tab.until(f"innerHeight === {height} && !({_CUT_OFF})")


async def test_only_who_has_the_secret_gets_in(runs: Path) -> None:
    """Without the secret, under another name, or from another page there is nothing."""
    run(runs, "a")
    async with served() as url, aiohttp.ClientSession() as session:
        host = urlsplit(url).netloc
        origin = f"http://{host}"

        async def status(address: str, **headers: str) -> int:
            async with session.get(address, headers=headers) as answer:
                return answer.status

        assert await status(url) == 200
        assert await status(f"{origin}/") == 404
        assert await status(f"{origin}/{'x' * 32}/") == 404
        assert await status(f"{origin}/ü/ws") == 404
        assert await status(url, Host="evil.example") == 403
        assert await status(url, Host=f"evil.example:{urlsplit(url).port}") == 403
        assert await status(url, Origin="http://evil.example") == 403
        assert await status(f"{url}static/js/textual.js") == 200
        assert await status(f"{url}static/%2e%2e/server.py") == 404
        assert await status(f"{url}static/..%2fserver.py") == 404
        assert await status(f"{url}static/gone.js") == 404
        for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(f"{url}ws", headers=headers)
        async with session.get(url) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            # An address that is clicked in the terminal's widget opens no page.
            assert policy.endswith("sandbox allow-scripts allow-same-origin")
            assert "//" not in (await answer.text()).replace(f"ws://{host}", "")


async def test_the_list_goes_to_a_run_and_back(runs: Path) -> None:
    """Over one connection the list is shown, then a run, then the list again; leaving it closes the
    connection. What needs a terminal is not offered, and what is no message of the page is passed over."""
    save(runs / "haiku", haiku().records)
    async with served() as url, aiohttp.ClientSession() as session:
        origin = f"http://{urlsplit(url).netloc}"
        async with session.ws_connect(f"{url}ws?width=100&height=x", headers={"Origin": origin}) as page:
            seen = b""

            async def shown(mark: bytes) -> None:
                nonlocal seen
                async with asyncio.timeout(40):
                    while mark not in seen:
                        message = await page.receive()
                        assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
                        seen += message.data if isinstance(message.data, bytes) else message.data.encode()
                seen = b""

            await shown(b"haiku about rivers")
            for odd in (["resize", {"width": "-5", "height": 10**9}], ["what"], [], ["stdin", 5]):
                await page.send_json(odd)
            await page.send_json(["resize", {"width": 90, "height": 30}])
            await page.send_json(["ping", "p1"])
            await shown(b"pong")
            await page.send_json(["stdin", "r"])
            await page.send_json(["stdin", "\r"])
            await shown(b"replay")
            await page.send_json(["stdin", "q"])
            await shown(b"newest")
            await page.send_json(["stdin", "q"])
            async with asyncio.timeout(40):
                while not page.closed:
                    await page.receive()


async def test_a_browser_that_goes_leaves_no_process(runs: Path) -> None:
    """When the page is closed, its screen ends."""
    run(runs, "a")
    async with served() as url, aiohttp.ClientSession() as session:
        origin = f"http://{urlsplit(url).netloc}"
        async with session.ws_connect(f"{url}ws", headers={"Origin": origin}) as page:
            await page.receive()
            assert screens(runs)
        await until(lambda: not screens(runs))


def screens(runs: Path) -> list[int]:
    """The processes that show these runs for a browser."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"duologue.cli.web_screen" in words and os.fsencode(runs) in words:
                found.append(int(entry.name))
    return found


def test_a_port_that_is_taken_is_told(duologue: Duologue, runs: Path) -> None:
    """A port of somebody else's is a sentence, and no traceback."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = duologue("web", "--port", str(taken.getsockname()[1]))
    assert ran.code == 2
    assert "cannot be used" in ran.err


def test_a_missing_extra_is_told(duologue: Duologue, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library the message says what to install."""
    monkeypatch.setattr("duologue.cli.web.find_spec", lambda _name: None)
    ran = duologue("web")
    assert ran.code == 2
    assert '"duologue[web]"' in ran.err
