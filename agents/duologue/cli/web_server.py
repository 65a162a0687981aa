"""The screens in a browser of this machine: a server on loopback, behind a secret that the URL holds."""

import asyncio
import secrets
import shlex
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hmac import compare_digest
from importlib.resources import files
from pathlib import Path
from typing import Final

import textual_serve
from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

HOST: Final = "127.0.0.1"
_DRIVER: Final = "duologue.tui.web_driver:WebDriver"
_MOST_S: Final = 5.0
"""Seconds that a screen has to end by itself once the browser has gone."""
_MOST_SIDE: Final = 1_000
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src ws://{host}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    # The terminal's widget would open every address that is clicked; without this permission it cannot.
    "sandbox allow-scripts allow-same-origin"
)


class ScreenService(AppService):
    """One screen for one connection: a process whose end, and nothing else, closes the connection."""

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return {**super()._build_environment(width, height), "TEXTUAL_DRIVER": _DRIVER}

    async def run(self) -> None:
        """Hand on what the process draws, until it ends."""
        await super().run()
        await self.remote_close()

    async def on_meta(self, data: bytes) -> None:
        """Nothing: no text of a run opens a page or saves a file in the browser."""

    async def stop(self) -> None:
        """End the process: by asking, then by force."""
        process = self._process
        if process is None:
            return
        await self.send_meta({"type": "quit"})
        try:
            async with asyncio.timeout(_MOST_S):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
        if self._task is not None:
            await self._task
        await process.wait()


class WebServer:
    """Serves the screen of `command` to whoever has the URL, on this machine alone."""

    def __init__(self, command: Sequence[str], port: int) -> None:
        """`port` is 0 for any free one. Raises OSError where it is taken."""
        self._command = f"exec {shlex.join(command)}"
        self._token = secrets.token_urlsafe(24)
        self._socket = socket.create_server((HOST, port))
        self.host = f"{HOST}:{self._socket.getsockname()[1]}"
        self._statics = Path(textual_serve.__path__[0]) / "static"

    @property
    def url(self) -> str:
        """Where it is served, with the secret."""
        return f"http://{self.host}/{self._token}/"

    async def serve(self, ready: Callable[[], None]) -> None:
        """Serve until an interrupt or SIGTERM."""
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=_MOST_S)
        await runner.setup()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        try:
            await web.SockSite(runner, self._socket).start()
            ready()
            await ended.wait()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._guarded])
        app.add_routes(
            [
                web.get("/{token}/", self._page),
                web.get("/{token}/page.js", self._script),
                web.get("/{token}/ws", self._connection),
                web.get("/{token}/static/{path:.+}", self._static),
            ]
        )
        return app

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Only for who has the secret, asked by this machine's name, from no other page."""
        token = request.path.split("/")[1]
        origin = request.headers.get("Origin")
        foreign = origin is not None and origin != f"http://{self.host}"
        if request.headers.get("Host") != self.host or foreign:
            raise web.HTTPForbidden(text="This is not for you.\n")
        if not compare_digest(token.encode("utf-8", "replace"), self._token.encode()):
            raise web.HTTPNotFound(text="There is nothing here. Take the whole URL that was printed.\n")
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = _POLICY.format(host=self.host)
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Cache-Control"] = "no-store"
        return response

    async def _page(self, _request: web.Request) -> web.Response:
        page = (files("duologue.cli") / "web_page.html").read_text("utf-8")
        address = f"ws://{self.host}/{self._token}/ws"
        return web.Response(text=page.replace("@websocket@", address), content_type="text/html")

    async def _script(self, _request: web.Request) -> web.Response:
        script = (files("duologue.cli") / "web_page.js").read_text("utf-8")
        return web.Response(text=script, content_type="text/javascript")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        wanted = (self._statics / request.match_info["path"]).resolve()
        if not wanted.is_relative_to(self._statics.resolve()) or not wanted.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(wanted)

    async def _connection(self, request: web.Request) -> web.WebSocketResponse:
        # A page of another origin may open a connection; a browser always says whose page asks.
        if request.headers.get("Origin") is None:
            raise web.HTTPForbidden(text="This is not for you.\n")
        connection = web.WebSocketResponse(heartbeat=15)
        await connection.prepare(request)
        service = ScreenService(
            self._command,
            write_bytes=connection.send_bytes,
            write_str=connection.send_str,
            close=connection.close,  # type: ignore[arg-type]
            download_manager=DownloadManager(),
        )
        await service.start(_side(request.query.get("width"), 80), _side(request.query.get("height"), 24))
        try:
            async for message in connection:
                if message.type == WSMsgType.TEXT:
                    await _take(message.json(), service, connection)
        except (ValueError, KeyError, TypeError, IndexError, ConnectionError):
            await connection.close(message=b"that was no message of the page")
        finally:
            await asyncio.shield(service.stop())
        return connection


async def _take(message: list[object], service: ScreenService, connection: web.WebSocketResponse) -> None:
    """What the page says: keys, its size, whether it is looked at."""
    match message:
        case ["stdin", str(keys)]:
            await service.send_bytes(keys.encode("utf-8", "replace"))
        case ["resize", {"width": width, "height": height}]:
            await service.set_terminal_size(_side(width, 80), _side(height, 24))
        case ["ping", data]:
            await connection.send_json(["pong", data])
        case ["blur", *_]:
            await service.blur()
        case ["focus", *_]:
            await service.focus()
        case _:
            pass


def _side(told: object, default: int) -> int:
    """Columns or lines, as the page says them; whatever is none is the default."""
    try:
        return max(1, min(int(str(told)), _MOST_SIDE))
    except ValueError:
        return default
