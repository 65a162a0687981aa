"""Headless Chromium, driven over its own protocol: what it asks for, and what it shows."""

import asyncio
import base64
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

BROWSER: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_OPTIONS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--remote-debugging-port=0",
    "--no-first-run",
)
MOST_S: Final = 40.0


class Tab:
    """One page: `asked` are the addresses that it asked for, `said` what its console printed,
    `received` what came over its connections."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._count = 0
        self.asked: list[str] = []
        self.said: list[str] = []
        self.received = b""

    async def listen(self) -> None:
        """Take what the browser says."""
        async for message in self._connection:
            told = message.json()
            if (waiting := self._answers.pop(told.get("id"), None)) is not None:
                waiting.set_result(told)
            elif told.get("method") == "Network.requestWillBeSent":
                self.asked.append(told["params"]["request"]["url"])
            elif told.get("method") == "Network.webSocketCreated":
                self.asked.append(told["params"]["url"])
            elif told.get("method") == "Network.webSocketFrameReceived":
                self.received += _payload(told["params"]["response"])
            elif told.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.said.append(str(told["params"]))

    async def do(self, method: str, **values: Any) -> dict[str, Any]:
        """Ask the browser for something."""
        self._count += 1
        waiting = self._answers[self._count] = asyncio.get_running_loop().create_future()
        await self._connection.send_json({"id": self._count, "method": method, "params": values})
        return (await waiting).get("result", {})

    async def evaluate(self, script: str) -> Any:
        """What the script comes to in the page."""
        found = await self.do("Runtime.evaluate", expression=script, returnByValue=True)
        return found.get("result", {}).get("value")

    async def until(self, script: str) -> None:
        """Wait until the script holds in the page."""
        async with asyncio.timeout(MOST_S):
            while not await self.evaluate(script):  # noqa: ASYNC110 - the page cannot call back
                await asyncio.sleep(0.1)

    async def picture(self, path: Path) -> None:
        """Save what it looks like."""
        shot = await self.do("Page.captureScreenshot")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))


def _payload(frame: dict[str, Any]) -> bytes:
    data = str(frame["payloadData"])
    return data.encode() if frame["opcode"] == 1 else base64.b64decode(data)


@asynccontextmanager
async def open_tab(folder: Path, url: str) -> AsyncIterator[Tab]:
    """The page at that address in a browser of its own."""
    assert BROWSER is not None
    process = await asyncio.create_subprocess_exec(
        BROWSER,
        *_OPTIONS,
        f"--user-data-dir={folder}",
        "--window-size=1200,700",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port = await _port(folder)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tabs = await answer.json()
            address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            async with (
                session.ws_connect(address, max_msg_size=0) as connection,
                asyncio.TaskGroup() as group,
            ):
                tab = Tab(connection)
                listening = group.create_task(tab.listen())
                for part in ("Network", "Page", "Log", "Runtime"):
                    await tab.do(f"{part}.enable")
                await tab.do("Emulation.setFocusEmulationEnabled", enabled=True)
                await tab.do("Page.navigate", url=url)
                yield tab
                listening.cancel()
    finally:
        process.kill()
        await process.wait()


async def _port(folder: Path) -> int:
    told = folder / "DevToolsActivePort"
    await until(lambda: told.exists() and told.read_text().strip() != "")
    return int(told.read_text().split()[0])


async def until(holds: Callable[[], object]) -> None:
    """Wait until this holds."""
    async with asyncio.timeout(MOST_S):
        while not holds():  # noqa: ASYNC110 - what is waited for is another process's
            await asyncio.sleep(0.05)
