"""The driver of screens that are shown in a browser: several screens of one process, one after another."""

from typing import Any, ClassVar, Final

from textual import messages
from textual.app import App
from textual.drivers.web_driver import WebDriver as TextualsDriver

_READY: Final = b"__GANGLION__\n"
_MOST_S: Final = 2.0


class WebDriver(TextualsDriver):
    """Textual's, except that the stream begins once, that a later screen has the size of the one before, and
    that whatever ends the connection ends every screen."""

    begun: ClassVar[bool] = False
    left: ClassVar[bool] = False
    last: ClassVar[tuple[int, int] | None] = None

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size or WebDriver.last)
        write = self._write

        def once(data: bytes) -> int:
            if data == _READY:
                if WebDriver.begun:
                    return len(data)
                WebDriver.begun = True
            return write(data)

        self._write = once  # type: ignore[assignment]

    def start_application_mode(self) -> None:
        """Begin, unless the browser has gone."""
        super().start_application_mode()
        if WebDriver.left:
            self._app.post_message(messages.ExitApp())

    def stop_application_mode(self) -> None:
        """End, with its reader: a key that comes now is for the screen that follows."""
        super().stop_application_mode()
        if self._key_thread.is_alive():
            self._key_thread.join(_MOST_S)

    def write_meta(self, data: dict[str, object]) -> None:
        """Hand on what the server is told, but not that a screen ended: another may follow."""
        if data.get("type") != "exit":
            super().write_meta(data)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Take what the server tells: a size, or that the browser has gone."""
        if packet_type == "resize":
            WebDriver.last = (int(str(payload["width"])), int(str(payload["height"])))
        if packet_type == "quit":
            WebDriver.left = True
        super().on_meta(packet_type, payload)

    def run_input_thread(self) -> None:
        """Read keys; where the server has gone, leave."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            WebDriver.left = True
            self._app.post_message(messages.ExitApp())
